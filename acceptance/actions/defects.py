"""整改: the supplier puts right what a round found, and says how."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from acceptance.actions.log import log
from acceptance.enums import Level, Part
from acceptance.models import Defect
from acceptance.rounds import open_defects
from procurement.models import ProjectSchool
from registry import clock


@transaction.atomic
def rectify(*, defect: Defect, user, words: str) -> Defect:
    """Record how ``defect`` was put right; until it is re-inspected the words may be bettered.

    Raises ``ValidationError`` without words or when a later round has closed it.
    """
    if defect.closed_by_id:
        raise ValidationError("这一项已经复验，不能再改整改记录。")
    if not words.strip():
        raise ValidationError("请写明怎样整改。")
    if defect.rectified_on and defect.rectification == words.strip():
        return defect
    defect.rectified_on, defect.rectified_by = clock.today(), user
    defect.rectification = words.strip()
    defect.full_clean()
    defect.save(update_fields=["rectified_on", "rectified_by", "rectification"])
    found = defect.found
    log(
        found.inspection.project_school,
        actor=user,
        verb="整改",
        sentence=f"{found.plan_line.classroom.name}{Part(found.part).label}:{words.strip()}"[:300],
    )
    return defect


@transaction.atomic
def finish_rectification(*, project_school: ProjectSchool, level: Level, user) -> None:
    """整改完毕: nothing found at ``level`` waits for the supplier. Raises ``ValidationError``."""
    waiting = [one for one in open_defects(project_school, level) if not one.rectified_on]
    if waiting:
        names = "、".join(
            f"{one.found.plan_line.classroom.name}{Part(one.found.part).label}"
            for one in waiting[:6]
        )
        raise ValidationError(f"还有 {len(waiting)} 项没有整改：{names}。已填的可以先暂存。")
    log(
        project_school,
        actor=user,
        verb="整改完毕",
        sentence=f"{level.label}发现的问题全部整改，报请复验",
    )
