"""账账相符: plan = contract = arrived + missing = passed + to rectify + uninspected = cards = buyback.

One row per book, with rooms and yuan, and whether it agrees with the book it follows from.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from acceptance.rooms import tally
from assets.models import AssetCard
from financing.models import AgreementRoom
from procurement.models import ContractLine, PlanLine, Project
from registry.money import ZERO


@dataclass(frozen=True)
class Book:
    """One book of the project: how many rooms and how much money it holds."""

    label: str
    rooms: int
    amount: Decimal | None
    note: str
    agrees: bool


def books(project: Project) -> list[Book]:
    """The books of ``project`` in the order of the story; a constant number of queries."""
    live = PlanLine.objects.filter(project_school__project=project).live()
    count = tally(project)
    contract = _sums(ContractLine.objects.filter(plan_line__in=live), "price", "pk")
    passed = _sums(
        ContractLine.objects.filter(plan_line__in=live, plan_line__passed__isnull=False),
        "price",
        "pk",
    )
    carded = ContractLine.objects.filter(
        plan_line__passed__cards__isnull=False, plan_line__in=live
    ).distinct()
    due = Decimal(sum((line.price for line in carded), ZERO))
    cards = _sums(
        AssetCard.objects.filter(registration__project_school__project=project),
        "price",
        "room_pass",
    )
    drawn = _sums(
        AgreementRoom.objects.filter(agreement__project_school__project=project), "amount", "pk"
    )
    drawn_due = _sums(
        ContractLine.objects.filter(
            plan_line__passed__agreement_room__isnull=False, plan_line__in=live
        ),
        "price",
        "pk",
    )
    arrived_adds_up = count.passed + count.to_rectify + count.uninspected == count.arrived
    return [
        Book("计划", count.planned, None, f"年度任务 {project.target_classrooms} 班", True),
        Book("合同", *contract, "每班一套", contract[0] in (0, count.planned)),
        Book(
            "到货安装",
            count.arrived,
            None,
            f"未到 {count.not_arrived} 班",
            count.arrived + count.not_arrived == count.planned,
        ),
        Book(
            "验收合格",
            *passed,
            f"待整改 {count.to_rectify} 班,未验 {count.uninspected} 班",
            arrived_adds_up and passed[0] == count.passed,
        ),
        Book("资产卡片", *cards, "按班计", cards[1] == due),
        Book("回购本金", *drawn, "按班计", drawn == drawn_due),
    ]


def _sums(rows, amount: str, room: str) -> tuple[int, Decimal]:
    found = rows.aggregate(rooms=Count(room, distinct=True), amount=Sum(amount))
    return found["rooms"], found["amount"] or ZERO
