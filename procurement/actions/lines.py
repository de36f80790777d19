"""Verb of the plan's list: enter schools and classrooms, many at once."""

from __future__ import annotations

from django.db import transaction

from documents.trail import record
from procurement.actions.plan import plan_in_work
from procurement.models import PlanLine, Project, ProjectSchool
from registry.models import Classroom

Room = tuple[int, str]
"""A classroom by its school's id and its name."""

CHUNK = 5000


@transaction.atomic
def enter_lines(
    *,
    project: Project,
    user,
    rooms: list[Room],
    known: dict[Room, int],
    replace: bool,
) -> tuple[int, int]:
    """Bring ``rooms`` into the plan; ``replace`` also takes out what is not among them.

    ``known``: ids of the classrooms that exist; the others are made. Rooms that are in the plan
    already keep their lines. Returns (added, removed). The caller has checked the rooms.
    """
    project = plan_in_work(project)
    planned = dict(
        PlanLine.objects.filter(project_school__project=project).values_list("classroom", "pk")
    )
    removed = _take_out(project, planned, {known.get(room) for room in rooms}) if replace else 0
    new = [room for room in rooms if known.get(room) not in planned]
    made = _make_classrooms([room for room in new if room not in known])
    schools = _take_in_schools(project, dict.fromkeys(school for school, _ in new))
    PlanLine.objects.bulk_create(
        (
            PlanLine(project_school_id=schools[room[0]], classroom_id=known.get(room) or made[room])
            for room in new
        ),
        batch_size=CHUNK,
    )
    record(
        thing=project,
        dossier=project.dossier,
        actor=user,
        verb="导入清单",
        sentence=f"导入学校班级清单：新增{len(new)}个班，移出{removed}个班",
        data={"added": len(new), "removed": removed},
    )
    return len(new), removed


def _take_out(project: Project, planned: dict[int, int], stay: set) -> int:
    """Remove the lines of rooms that do not ``stay``, and what only they brought into being."""
    gone = {room: line for room, line in planned.items() if room not in stay}
    if not gone:
        return 0
    PlanLine.objects.filter(project_school__project=project, pk__in=gone.values()).delete()
    for room in gone:
        del planned[room]
    ProjectSchool.objects.filter(project=project, lines=None).delete()
    # A class that nobody described and no other plan names came from the list; a slip such as
    # 七年级 60 instead of 6 should not leave 54 classes in the register.
    Classroom.objects.filter(pk__in=gone, room="", pupils=0, plan_lines=None).delete()
    return len(gone)


def _make_classrooms(rooms: list[Room]) -> dict[Room, int]:
    rows = Classroom.objects.bulk_create(
        (Classroom(school_id=school, name=name) for school, name in rooms), batch_size=CHUNK
    )
    return {(row.school_id, row.name): row.pk for row in rows}


def _take_in_schools(project: Project, schools: dict[int, None]) -> dict[int, int]:
    """School id to the id of its row in the project, making those that are missing."""
    found = dict(project.schools.values_list("school", "pk"))
    rows = ProjectSchool.objects.bulk_create(
        ProjectSchool(project=project, school_id=school)
        for school in schools
        if school not in found
    )
    return found | {row.school_id: row.pk for row in rows}
