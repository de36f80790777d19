"""回购台账: due, paid, overdue, late interest, remaining, and the rebates beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db.models import F, QuerySet

from accounting.reports.dimension import Dimension
from accounting.reports.late import late_interest
from accounting.reports.plan import COUNTY, due, paid, summed
from accounting.reports.table import COUNT, Column, Row
from accounting.reports.workdays import Calendars
from financing.enums import ClaimStatus
from financing.models import RebateReceipt
from procurement.enums import Funder
from registry.money import ZERO

COUNTED = Column("count", "期数", COUNT)
DEBT = [
    Column("due", "应付合计"),
    Column("fallen", "已到期"),
    Column("paid", "已付"),
    Column("overdue", "逾期未付"),
    Column("late", "逾期利息"),
    Column("remaining", "尚欠"),
]
REBATES = [
    Column("planned", "应得奖补"),
    Column("claimable", "可申领"),
    Column("claimed", "已申领"),
    Column("approved", "已批复"),
    Column("received", "已到账"),
    Column("outstanding", "申领未到账"),
]
STAGES = {
    "planned": "amount",
    "claimed": "claim__claimed_amount",
    "approved": "claim__approved_amount",
}
Link = Callable[..., str]
"""``link(list, **parameters)``: the address of a list with the report's own filters."""


def by_group(
    rows: QuerySet, dimension: Dimension, *, on: dt.date, rebates: QuerySet | None, link: Link
) -> list[Row]:
    """One row per group of the instalments ``rows``; beside it the sums of ``rebates``, if given."""
    levels = _rebates(rebates, dimension.of_rebate) if rebates is not None else {}
    found = []
    for group in _debts(rows, dimension, on):
        values = dict.fromkeys((one.code for one in REBATES), ZERO) if rebates is not None else {}
        values |= group | levels.get(group["key"], {})
        found.append(Row(values, links(values, link, dimension.asked(group)), red(values)))
    return found


def by_funder(rebates: QuerySet, *, link: Link) -> list[Row]:
    """One row per level of government."""
    found = _rebates(rebates, lambda before: F(f"{before}funder"))
    return [
        Row({"name": Funder(code).label} | values, links(values, link, {"funder": code}))
        for code, values in sorted(found.items(), key=lambda one: Funder.values.index(one[0]))
    ]


def links(values: dict, link: Link, asked: dict) -> dict[str, str]:
    """The list behind every cell; nothing behind a zero."""
    to = {
        **{one.code: ("accounting:instalments", one.code) for one in DEBT},
        **{one.code: ("accounting:rebates", one.code) for one in REBATES},
    }
    return {
        code: link(name, **asked, state=state)
        for code, (name, state) in to.items()
        if values.get(code)
    }


def red(values: dict) -> list[str]:
    return [code for code in ("overdue", "late") if values.get(code)]


def _debts(rows: QuerySet, dimension: Dimension, on: dt.date) -> list[dict]:
    calendars = Calendars()
    late = calendars.late(on, 1, county=COUNTY)
    parts = {"due": None, "fallen": calendars.late(on, 0, county=COUNTY), "overdue": late}
    keys = {"key": dimension.key("")} | {name: F(path) for name, path in dimension.names.items()}
    groups = list(due(rows, keys, parts).order_by(*dimension.order))
    settled = paid(rows, dimension.key("instalment__"), {"paid": None, "late": late})
    interest = late_interest(rows, dimension.key(""), on=on, calendars=calendars)
    for group in groups:
        mine = settled.get(group["key"], {"paid": ZERO, "late": ZERO})
        group["paid"] = mine["paid"]
        group["overdue"] -= mine["late"]
        group["remaining"] = group["due"] - mine["paid"]
        group["late"] = interest.get(group["key"], ZERO)
    return groups


def _rebates(rebates: QuerySet, key: Callable[[str], object]) -> dict[object, dict]:
    """Σ of each stage by group; ``key`` makes the grouping from the path before a rebate.

    What is claimable or still to come follows the rules of ``RebateQuerySet``.
    """
    mine = rebates.order_by()
    waiting = mine.filter(claim__isnull=False).exclude(claim__status=ClaimStatus.RECEIVED)
    arrived = RebateReceipt.objects.filter(claim__rebate__in=mine.values("pk")).order_by()
    plan = {name: summed(path) for name, path in STAGES.items()}
    found = {row.pop("key"): row for row in mine.values(key=key("")).annotate(**plan)}
    for rows, before, name, path in (
        (mine.claimable(), "", "claimable", "amount"),
        (waiting.with_money(), "", "outstanding", "outstanding"),
        (arrived, "claim__rebate__", "received", "amount"),
    ):
        sums = rows.values(key=key(before)).annotate(s=summed(path))
        amounts = {row["key"]: row["s"] for row in sums}
        for group, values in found.items():
            values[name] = amounts.get(group, ZERO)
    return found
