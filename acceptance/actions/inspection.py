"""Judge rooms part by part, and finish a round: defects, closed defects, passes."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from acceptance.actions.log import log
from acceptance.enums import Level, Part, Verdict
from acceptance.models import Defect, Inspection, InstalledItem, PartResult, RoomPass
from acceptance.rooms import NOT_THERE, room_states
from acceptance.rounds import due_parts, live_lines, open_defects, open_round, settled
from procurement.models import PlanLine, ProjectSchool
from registry import calendar, clock


@dataclass(frozen=True)
class Judgement:
    """One verdict: room (plan line pk), part, pass or fail, and in words what failed."""

    line: int
    part: str
    verdict: str
    remark: str = ""


@transaction.atomic
def judge(
    *,
    project_school: ProjectSchool,
    level: Level,
    user,
    judgements: list[Judgement],
    again: bool = False,
) -> Inspection | None:
    """Keep verdicts in the open round, opening one if need be; until it is finished they may be corrected.

    Raises ``ValidationError`` for a failure without words, a room or part that this round does not
    judge, a room that is not fully installed, and a person who installed here or (county)
    inspected for the school.
    """
    _fresh_eyes(project_school, level, user)
    _in_order(project_school, level)
    due = {
        line.pk: (line, parts)
        for line, parts in due_parts(project_school, level, again=again).items()
    }
    for one in judgements:
        line, parts = due.get(one.line, (None, ()))
        if one.part not in parts:
            raise ValidationError("提交的班级或验收内容不在本轮验收范围，请刷新页面。")
        if one.verdict == Verdict.FAIL and not one.remark.strip():
            raise ValidationError(
                f"{line.classroom.name}的{Part(one.part).label}判不合格，须写明问题。"
            )
    if not judgements:
        return open_round(project_school, level)
    _installed({one.line for one in judgements})
    inspection = open_round(project_school, level) or _open(project_school, level)
    _write(inspection, user, judgements)
    return inspection


def _open(project_school: ProjectSchool, level: Level) -> Inspection:
    rounds = Inspection.objects.filter(project_school=project_school, level=level)
    last = rounds.aggregate(last=Max("round"))["last"] or 0
    inspection = Inspection(
        project_school=project_school, level=level, round=last + 1, opened_at=clock.now()
    )
    inspection.full_clean()
    inspection.save()
    return inspection


def _fresh_eyes(project_school: ProjectSchool, level: Level, user) -> None:
    """安装与验收分离; the county does not take the word of whoever judged for the school."""
    lines = project_school.lines.all()
    if InstalledItem.objects.filter(plan_line__in=lines, installed_by=user).exists():
        raise ValidationError("您登记过本校的安装，不能参加本校验收（安装与验收岗位分离）。")
    if (
        level == Level.COUNTY
        and PartResult.objects.filter(
            inspection__project_school=project_school,
            inspection__level=Level.SCHOOL,
            decided_by=user,
        ).exists()
    ):
        raise ValidationError("您参加过本校的学校验收，县级验收须由他人进行。")


def _in_order(project_school: ProjectSchool, level: Level) -> None:
    if level == Level.COUNTY and not settled(project_school, Level.SCHOOL):
        raise ValidationError("学校验收还没有合格，不能进行县级验收。")


def _installed(lines: set[int]) -> None:
    rooms = room_states(PlanLine.objects.filter(pk__in=lines)).filter(room_state__in=NOT_THERE)
    names = "、".join(room.classroom.name for room in rooms.select_related("classroom"))
    if names:
        raise ValidationError(f"{names}的设备还没有装齐，不能验收。")


def _write(inspection: Inspection, user, judgements: list[Judgement]) -> None:
    known = {(row.plan_line_id, row.part): row for row in inspection.results.all()}
    now, new, changed = clock.now(), [], []
    for one in {(j.line, j.part): j for j in judgements}.values():
        remark = one.remark.strip()[:200] if one.verdict == Verdict.FAIL else ""
        row = known.get((one.line, one.part))
        if row is None:
            row = PartResult(inspection=inspection, plan_line_id=one.line, part=one.part)
            new.append(row)
        elif (row.verdict, row.remark) == (one.verdict, remark):
            continue
        else:
            changed.append(row)
        row.verdict, row.remark = Verdict(one.verdict), remark
        row.decided_by, row.decided_at = user, now
    PartResult.objects.bulk_create(new)
    PartResult.objects.bulk_update(changed, ["verdict", "remark", "decided_by", "decided_at"])
    rooms = len({row.plan_line_id for row in new + changed})
    if rooms:
        corrected = f"，更正 {len(changed)} 项" if changed else ""
        log(
            inspection.project_school,
            actor=user,
            verb=inspection.get_level_display(),
            sentence=f"{inspection}登记 {rooms} 个班{corrected}",
        )


@transaction.atomic
def finish_round(
    *, project_school: ProjectSchool, level: Level, user, conclusion: str = "", again: bool = False
) -> Inspection | None:
    """Finish the open round: from now on it cannot change.

    Failed parts become defects with a deadline, re-inspected ones close theirs, and at the county
    level rooms with nothing left open pass. A re-inspection with nothing left to judge (its rooms
    were taken out meanwhile) needs no round and returns None. Raises ``ValidationError``.
    """
    due = due_parts(project_school, level, again=again)
    inspection = open_round(project_school, level)
    if again and not due and inspection is None:
        return None
    _complete(due, inspection)
    _rectified(project_school, level, due)
    _fresh_eyes(project_school, level, user)
    inspection.finished_at, inspection.finished_by = clock.now(), user
    inspection.conclusion = conclusion.strip()
    inspection.full_clean()
    inspection.save()
    live = {line.pk for line in live_lines(project_school)}
    results = [r for r in inspection.results.select_related("plan_line") if r.plan_line_id in live]
    _close(project_school, level, inspection, results)
    failed = _find(inspection, results)
    passed = _pass(inspection, results) if level == Level.COUNTY else 0
    log(
        project_school,
        actor=user,
        verb=inspection.get_level_display(),
        sentence=_outcome(inspection, results, failed, passed),
    )
    return inspection


def _complete(due: dict, inspection: Inspection | None) -> None:
    if not due:
        raise ValidationError("本校没有待验收的班级。")
    done = set(inspection.results.values_list("plan_line", "part")) if inspection else set()
    lacking = [line for line, parts in due.items() if any((line.pk, p) not in done for p in parts)]
    if lacking:
        names = "、".join(line.classroom.name for line in lacking[:6]) + (
            "等" if len(lacking) > 6 else ""
        )
        raise ValidationError(f"还有 {len(lacking)} 个班没有验完：{names}。已填的可以先暂存。")


def _rectified(project_school: ProjectSchool, level: Level, due: dict) -> None:
    """Only what was put right is judged again."""
    parts = {(line.pk, part) for line, found in due.items() for part in found}
    waiting = [
        one.found.plan_line.classroom.name
        for one in open_defects(project_school, level).filter(rectified_on=None)
        if (one.found.plan_line_id, one.found.part) in parts
    ]
    if waiting:
        raise ValidationError(f"{'、'.join(waiting)}还有没整改的事项，不能复验。")


def _close(project_school, level: Level, inspection: Inspection, results: list[PartResult]) -> None:
    """Every open defect that this round judged again is closed by its new result."""
    by_part = {(row.plan_line_id, row.part): row for row in results}
    closed = []
    for defect in open_defects(project_school, level).exclude(found__inspection=inspection):
        result = by_part.get((defect.found.plan_line_id, defect.found.part))
        if result is not None:
            defect.closed_by = result
            closed.append(defect)
    Defect.objects.bulk_update(closed, ["closed_by"])


def _find(inspection: Inspection, results: list[PartResult]) -> int:
    """A defect with its deadline for every failed part."""
    school = inspection.project_school
    failed = [row for row in results if row.verdict == Verdict.FAIL]
    if failed:
        due_on = calendar.due_on("acceptance.rectify", county=school.dossier.county)
        Defect.objects.bulk_create(Defect(found=row, due_on=due_on) for row in failed)
    return len(failed)


def _pass(inspection: Inspection, results: list[PartResult]) -> int:
    """Rooms of this round in which nothing of the county's is open any more."""
    wrong = {
        defect.found.plan_line_id
        for defect in open_defects(inspection.project_school, Level.COUNTY)
    }
    good = {row.plan_line_id for row in results} - wrong
    RoomPass.objects.bulk_create(
        RoomPass(plan_line_id=line, inspection=inspection, passed_on=clock.today())
        for line in sorted(good)
    )
    return len(good)


def _outcome(inspection: Inspection, results: list[PartResult], failed: int, passed: int) -> str:
    rooms = len({row.plan_line_id for row in results})
    words = f"{inspection}结束：{rooms} 个班"
    if inspection.level == Level.COUNTY:
        words += f"，{passed} 个班合格"
    return words + (f"，{failed} 项待整改" if failed else "，全部合格")
