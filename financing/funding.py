"""What the levels of government give back on a plan, by the project's funding rules."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError

from financing.schedules import Funder, Schedule, rebated
from financing.schedules.compose import Base
from procurement.enums import Funder as Level
from procurement.models import FundingShare, Project


class Rebated(NamedTuple):
    """A plan with its rebates, and each level's percentage."""

    schedule: Schedule
    percents: dict[str, Decimal]


def rebates_for(project: Project, plan: Schedule, rooms: int) -> Rebated:
    """``plan`` (all live instalments of one agreement over ``rooms`` classrooms) with its rebates.

    Raises ``ValidationError`` when the project's shares do not make 100 %.
    """
    shares = [row for row in _shares(project) if row.funder != Level.SCHOOL and row.percent]
    return Rebated(
        rebated(plan, [_funder(row, rooms) for row in shares]),
        {row.funder: row.percent for row in shares},
    )


def _shares(project: Project) -> list[FundingShare]:
    """In the order in which the levels give."""
    shares = list(project.funding.order_by("order", "pk"))
    if sum(row.percent for row in shares) != 100:
        raise ValidationError("项目的资金筹措比例合计不是 100%，请项目办核对后再签订回购协议。")
    return shares


def _funder(row: FundingShare, rooms: int) -> Funder:
    cap = None if row.cap_per_room is None else row.cap_per_room * rooms
    return Funder(row.funder, row.percent, cap, Base(row.base))
