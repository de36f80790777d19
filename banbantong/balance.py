"""账账相符: plan = contract = arrived + missing = passed + to rectify + uninspected = cards = buyback.

One row per book, with rooms and yuan, and whether it agrees with the book it follows from.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from acceptance.rooms import tally
from assets.models import AssetCard
from financing.models import AgreementRoom, RevisionRoom
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
    lines = ContractLine.objects.filter(plan_line__in=live)
    contract = _sums(lines, "price")
    passed = _sums(lines.filter(plan_line__passed__isnull=False), "price")
    arrived = count.arrived + count.not_arrived == count.planned
    judged = count.passed + count.to_rectify + count.uninspected == count.arrived
    left = f"待整改 {count.to_rectify} 班，未验 {count.uninspected} 班"
    return [
        Book("计划", count.planned, None, f"年度任务 {project.target_classrooms} 班", True),
        Book("合同", *contract, "每班一套", contract[0] in (0, count.planned)),
        Book("到货安装", count.arrived, None, f"未到 {count.not_arrived} 班", arrived),
        Book("验收合格", *passed, left, judged and passed[0] == count.passed),
        _cards(project, lines),
        _buyback(project, lines),
    ]


def _cards(project: Project, lines) -> Book:
    """The asset cards beside the contract lines of the rooms that have any."""
    cards = AssetCard.objects.filter(registration__project_school__project=project)
    carded = PlanLine.objects.filter(passed__cards__in=cards)
    found = _sums(cards, "price", room="room_pass")
    return Book(
        "资产卡片", *found, "按班计", found == _sums(lines.filter(plan_line__in=carded), "price")
    )


def _buyback(project: Project, lines) -> Book:
    """What the agreements are about today beside their rooms' contract lines, as changed since.

    A room that a change moved counts as the last change says, every other one as its contract line.
    """
    mine = {"agreement__project_school__project": project}
    found = _sums(AgreementRoom.objects.filter(left_by=None, **mine), "amount")
    changes = RevisionRoom.objects.filter(
        revision__passed=True, revision__agreement__project_school__project=project
    )
    last = dict(changes.order_by("revision__number").values_list("room_pass", "after"))
    held = [amount for amount in last.values() if amount is not None]
    drawn = lines.filter(plan_line__passed__agreement_room__isnull=False)
    rooms, amount = _sums(drawn.exclude(plan_line__passed__in=list(last)), "price")
    note = f"变更 {len(last)} 班" if last else "按班计"
    return Book("回购本金", *found, note, found == (rooms + len(held), amount + sum(held, ZERO)))


def _sums(rows, amount: str, room: str = "pk") -> tuple[int, Decimal]:
    found = rows.aggregate(rooms=Count(room, distinct=True), amount=Sum(amount))
    return found["rooms"], found["amount"] or ZERO
