"""Rounds of inspection, read: which is open, what it must judge, whether a level is settled."""

from __future__ import annotations

from acceptance.enums import PARTS, Level
from acceptance.models import Defect, Inspection
from procurement.models import PlanLine, ProjectSchool


def live_lines(school: ProjectSchool):
    """The school's rooms that no approved change order took out, in class order."""
    return PlanLine.objects.filter(project_school=school).live().select_related("classroom")


def open_round(school: ProjectSchool, level: Level) -> Inspection | None:
    """The round that is under way, if any; there is never more than one."""
    return Inspection.objects.filter(project_school=school, level=level, finished_at=None).first()


def last_round(school: ProjectSchool, level: Level) -> Inspection | None:
    """The last finished round."""
    rounds = Inspection.objects.filter(project_school=school, level=level)
    return rounds.exclude(finished_at=None).order_by("-round").first()


def open_defects(school: ProjectSchool, level: Level):
    """Defects of one level that no later round has closed."""
    return (
        Defect.objects.open()
        .filter(found__inspection__project_school=school, found__inspection__level=level)
        .select_related("found__plan_line__classroom", "found__inspection")
        .order_by("found__plan_line", "pk")
    )


def due_parts(
    school: ProjectSchool, level: Level, *, again: bool = False
) -> dict[PlanLine, list[str]]:
    """What a round must judge: room → parts.

    ``again``: a re-inspection judges only what failed; otherwise every part of every live room
    (the county leaves out rooms that have passed already).
    """
    due: dict[PlanLine, list[str]] = {}
    if again:
        for defect in open_defects(school, level):
            due.setdefault(defect.found.plan_line, []).append(defect.found.part)
        return due
    lines = live_lines(school)
    if level == Level.COUNTY:
        lines = lines.filter(passed=None)
    return {line: list(PARTS[level]) for line in lines}


def settled(school: ProjectSchool, level: Level) -> bool:
    """Whether the level was inspected and nothing it found is still open."""
    return last_round(school, level) is not None and not open_defects(school, level).exists()
