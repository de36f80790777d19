"""Where every planned room stands, asked once: one state per room, and the tally of rooms.

The books must agree at every moment (账账相符):
planned = contracted = arrived + not arrived, and arrived = passed + to rectify + uninspected.
A room that an approved change order took out is in no book but ``changed``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from acceptance.enums import RoomState
from acceptance.models import Defect, InstalledItem, RoomPass
from procurement.models import ContractItem, PlanLine, Project, ProjectSchool

NOT_THERE = (RoomState.NOT_ARRIVED, RoomState.ARRIVING)


@dataclass(frozen=True)
class Tally:
    """Rooms by state; every number counts live planned rooms, ``changed`` those taken out."""

    planned: int = 0
    contracted: int = 0
    arrived: int = 0
    not_arrived: int = 0
    passed: int = 0
    to_rectify: int = 0
    uninspected: int = 0
    changed: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the books agree; before the contract there is nothing to compare with."""
        return (
            self.contracted in (0, self.planned)
            and self.planned == self.arrived + self.not_arrived
            and self.arrived == self.passed + self.to_rectify + self.uninspected
        )


def room_states(lines: QuerySet) -> QuerySet:
    """``lines`` (PlanLine) annotated with ``needed`` and ``present`` pieces and ``room_state`` (RoomState)."""
    needed = (
        ContractItem.objects.filter(contract=OuterRef("contract_line__contract"))
        .order_by()
        .values("contract")
        .annotate(n=Sum("per_set"))
        .values("n")
    )
    there = InstalledItem.objects.present().filter(plan_line=OuterRef("pk")).order_by()
    present = there.values("plan_line").annotate(n=Count("pk")).values("n")
    # Asked once for all rooms: few defects are open, and many rooms would each look through them.
    failed = Defect.objects.filter(closed_by=None).order_by().values("found__plan_line")
    return lines.annotate(
        needed=Coalesce(Subquery(needed, output_field=IntegerField()), 0),
        present=Coalesce(Subquery(present, output_field=IntegerField()), 0),
    ).annotate(
        room_state=Case(
            When(change_order__approved_on__isnull=False, then=Value(RoomState.OUT)),
            When(
                Exists(RoomPass.objects.filter(plan_line=OuterRef("pk"))),
                then=Value(RoomState.PASSED),
            ),
            # The numbers are subqueries, so each mention of one counts again: existence is cheaper.
            When(
                Q(contract_line=None) | ~Exists(there.values("pk")),
                then=Value(RoomState.NOT_ARRIVED),
            ),
            When(present__lt=F("needed"), then=Value(RoomState.ARRIVING)),
            When(pk__in=failed, then=Value(RoomState.TO_RECTIFY)),
            default=Value(RoomState.UNINSPECTED),
            output_field=CharField(),
        )
    )


def tally(scope: Project | ProjectSchool) -> Tally:
    """The tally of a project or of one school in it; one query."""
    where = (
        {"project_school": scope}
        if isinstance(scope, ProjectSchool)
        else {"project_school__project": scope}
    )
    return tally_of(PlanLine.objects.filter(**where))


def tally_of(lines: QuerySet) -> Tally:
    """The tally of any plan lines; one query."""
    rows = room_states(lines.order_by())
    return _tally(
        rows.values("room_state").annotate(rooms=Count("pk"), contracts=Count("contract_line"))
    )


def tallies(schools: Iterable[ProjectSchool]) -> dict[int, Tally]:
    """``{project school pk: tally}``; one query for all of them."""
    keys = [school.pk for school in schools]
    rows = room_states(PlanLine.objects.filter(project_school__in=keys).order_by())
    found: dict[int, list] = {key: [] for key in keys}
    for row in rows.values("project_school", "room_state").annotate(
        rooms=Count("pk"), contracts=Count("contract_line")
    ):
        found[row["project_school"]].append(row)
    return {key: _tally(rows) for key, rows in found.items()}


def _tally(rows: Iterable[dict]) -> Tally:
    rows = list(rows)
    count = {row["room_state"]: row["rooms"] for row in rows}
    changed = count.pop(RoomState.OUT, 0)
    not_arrived = sum(count.get(state, 0) for state in NOT_THERE)
    planned = sum(count.values())
    return Tally(
        planned=planned,
        contracted=sum(row["contracts"] for row in rows if row["room_state"] != RoomState.OUT),
        arrived=planned - not_arrived,
        not_arrived=not_arrived,
        passed=count.get(RoomState.PASSED, 0),
        to_rectify=count.get(RoomState.TO_RECTIFY, 0),
        uninspected=count.get(RoomState.UNINSPECTED, 0),
        changed=changed,
    )
