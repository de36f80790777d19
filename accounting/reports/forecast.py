"""现金流预测: what must be paid, when rebates may come back, what the schools bear themselves.

Assumed: every instalment is paid in the month it falls due, what is overdue is paid now, and a
rebate arrives a fixed number of months after the payment it belongs to. A claim that was granted
in part is expected at what was granted.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import TruncMonth

from accounting.reports.plan import COUNTY, behind, postings, summed
from accounting.reports.workdays import Calendars
from financing.enums import PostingKind
from procurement.enums import Funder
from registry.dates import add_months
from registry.money import ZERO

LEVELS = [level for level in Funder if level is not Funder.SCHOOL][::-1]
"""Province first."""


@dataclass
class Flow:
    """One period: ``payment`` = principal + interest; ``own`` is what the rebates do not cover."""

    start: dt.date
    principal: Decimal = ZERO
    interest: Decimal = ZERO
    rebates: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    @property
    def payment(self) -> Decimal:
        return self.principal + self.interest

    @property
    def rebated(self) -> Decimal:
        return sum(self.rebates.values(), ZERO)

    @property
    def own(self) -> Decimal:
        return self.payment - self.rebated


@dataclass
class Forecast:
    """What is overdue, and the months to come; both still to be paid."""

    overdue: Flow
    months: dict[dt.date, Flow]

    def years(self) -> list[Flow]:
        """The months added up by year."""
        found: dict[int, Flow] = {}
        for start in sorted(self.months):
            month = self.months[start]
            year = found.setdefault(start.year, Flow(dt.date(start.year, 1, 1)))
            year.principal += month.principal
            year.interest += month.interest
            for level, amount in month.rebates.items():
                year.rebates[level] += amount
        return list(found.values())


def forecast(rows: QuerySet, rebates: QuerySet | None, *, on: dt.date, delay: int) -> Forecast:
    """From the instalments ``rows`` and their ``rebates`` (None: not the reader's business).

    ``delay``: months from a payment to its rebates.
    """
    late = Calendars().late(on, 1, county=COUNTY)
    this_month = on.replace(day=1)
    made = Forecast(Flow(this_month), {})

    def month(start: dt.date) -> Flow:
        start = max(start, this_month)
        return made.months.setdefault(start, Flow(start))

    for start, is_late, principal, interest in _unpaid(rows, late):
        if principal or interest:
            flow = made.overdue if is_late else month(start)
            flow.principal += principal
            flow.interest += interest
    for start, level, amount in _expected(rebates, late, this_month) if rebates is not None else ():
        if amount:
            month(add_months(start, delay)).rebates[level] += amount
    return made


def _unpaid(rows: QuerySet, late: Q) -> list[tuple[dt.date, bool, Decimal, Decimal]]:
    """(month, whether overdue, principal, interest) still unpaid; two queries."""
    keys = {"month": TruncMonth("due_on"), "late": _whether(late)}
    due = rows.order_by().values(**keys).annotate(p=summed("principal"), i=summed("interest"))
    left = {(one["month"], one["late"]): [one["p"], one["i"]] for one in due}
    keys = {"month": TruncMonth("instalment__due_on"), "late": _whether(behind(late))}
    parts = {"p": Q(kind=PostingKind.PRINCIPAL), "i": Q(kind=PostingKind.INTEREST)}
    sums = {name: summed("amount", part) for name, part in parts.items()}
    for one in postings(rows).values(**keys).annotate(**sums):
        unpaid = left[one["month"], one["late"]]
        unpaid[0] -= one["p"]
        unpaid[1] -= one["i"]
    return [(month, is_late, *amounts) for (month, is_late), amounts in left.items()]


def _expected(
    rebates: QuerySet, late: Q, this_month: dt.date
) -> list[tuple[dt.date, str, Decimal]]:
    """(month of the payment, level, amount still to come): of unpaid instalments all that is
    planned, of paid ones what may still arrive; three queries."""
    keys = {
        "month": TruncMonth("instalment__due_on"),
        "late": _whether(behind(late)),
        "level": F("funder"),
    }
    started = rebates.started().order_by()
    unclaimed = started.filter(claim=None).values(**keys).annotate(amount=summed("amount"))
    claimed = started.filter(claim__isnull=False).with_money().values(**keys)
    found, left = [], {}
    for one in rebates.order_by().values(**keys).annotate(amount=summed("amount")):
        left[one["month"], one["late"], one["level"]] = one["amount"]
    for one in unclaimed:
        left[one["month"], one["late"], one["level"]] -= one["amount"]
        found.append((one["month"], one["level"], one["amount"]))
    for one in claimed.annotate(planned=summed("amount"), coming=summed("outstanding")):
        left[one["month"], one["late"], one["level"]] -= one["planned"]
        found.append((one["month"], one["level"], one["coming"]))
    for (month, is_late, level), amount in left.items():
        found.append((this_month if is_late else month, level, amount))
    return found


def _whether(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))
