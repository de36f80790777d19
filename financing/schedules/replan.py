"""Drawing the rest of a plan anew from one day on: pure, in whole fen.

    found = cut(rows, day, starts_on)            what stays, what is replaced, what has run up
    plan = replan(found, NewTerms(...))          amendment or reschedule
    plan = bought_out(found)                     early buyback: everything on that day
    plan = given_up(found)                       termination: only what has run up

The rules:

* instalments that fall due on or before the day stay, and so do later ones that are paid in full
  (not on a termination); the others are replaced;
* the interest of the running period is charged in two parts: up to the day what the replaced
  instalment would have borne (its interest × days run ÷ days of the period, half up), from the
  day on what a period of the new plan bears, less the part of it that lies before the day;
* after that, regular periods. Level payment: the annuity payment of the new balance. Equal
  principal: equal parts of it. Fixed payment: a level payment at the rate that the contract's
  payment implied. Custom percentages: in proportion to the replaced instalments; where their
  number changes there is no proportion to keep, and the parts are equal;
* principal that bears no interest (a retention, 质保金) keeps its own day;
* nothing is negative, and Σ new principal = replaced principal + change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from financing.schedules.columns import Schedule
from financing.schedules.compose import merge
from financing.schedules.methods import equal_principal, interest_on, level_payment
from financing.schedules.terms import Method, ScheduleError, Terms, Timing
from registry.dates import add_months
from registry.money import ZERO, from_fen, half_up, split_fen

SAME_DAY = 3
"""Months differ: so many days beside the regular due date a period still counts as regular."""


class Row(NamedTuple):
    """An instalment of the plan in force, in fen; ``settled`` is paid in full."""

    due_on: date
    principal: int
    interest: int
    settled: bool = False


class Lump(NamedTuple):
    """Principal that bears no interest and is due on a day of its own, in fen."""

    due_on: date
    amount: int


class RunUp(NamedTuple):
    """An earlier change in the running period: on ``day`` so much interest had run up, in fen."""

    day: date
    interest: int


@dataclass(frozen=True)
class Cut:
    """A plan cut at ``day``. ``replaced`` is without the ``lump``; amounts in fen.

    ``since``: when the running period began. ``accrued``: the interest that has run up in it.
    """

    day: date
    since: date
    kept: tuple[Row, ...]
    replaced: tuple[Row, ...]
    lump: Lump | None
    accrued: int

    @property
    def bearing(self) -> int:
        """Principal of the replaced instalments that bears interest."""
        return sum(row.principal for row in self.replaced)

    @property
    def outstanding(self) -> int:
        """All principal of the replaced instalments."""
        return self.bearing + (self.lump.amount if self.lump else 0)


def cut(
    rows: Iterable[Row],
    day: date,
    starts_on: date,
    *,
    lump: Lump | None = None,
    run_up: RunUp | None = None,
    paid_stay: bool = True,
) -> Cut:
    """Cut the plan ``rows`` (in order of due date) at ``day``.

    ``lump``: the retention, whether a row of its own or part of the one that is due on its day.
    ``run_up``: the last change before; it counts only within the running period.
    """
    rows = list(rows)
    keep = sum(row.due_on <= day for row in rows)
    while paid_stay and keep < len(rows) and rows[keep].settled:
        keep += 1
    kept, rest = tuple(rows[:keep]), rows[keep:]
    since = max((row.due_on for row in kept if not _is_only(row, lump)), default=starts_on)
    since = max(since, starts_on)
    standing = lump if lump and any(row.due_on == lump.due_on for row in rest) else None
    replaced = tuple(_without(rest, standing))
    accrued = _accrued(replaced, since, day, run_up)
    return Cut(day, since, kept, replaced, standing, accrued)


def _is_only(row: Row, lump: Lump | None) -> bool:
    """Whether the row is the lump and nothing else: no period ends with it."""
    return lump is not None and row[:3] == (lump.due_on, lump.amount, 0)


def _without(rows: list[Row], lump: Lump | None) -> Iterable[Row]:
    for row in rows:
        if lump is None or row.due_on != lump.due_on:
            yield row
        elif not _is_only(row, lump):
            yield row._replace(principal=row.principal - lump.amount)


def _accrued(rows: tuple[Row, ...], since: date, day: date, run_up: RunUp | None) -> int:
    """What has run up on ``day`` of the first row's interest."""
    if not rows or day <= since:
        return 0
    begun, before = since, 0
    if run_up is not None and since < run_up.day <= day:
        begun, before = run_up
    left, days = rows[0].interest - before, (rows[0].due_on - begun).days
    return before + half_up(left * (day - begun).days, days)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerms:
    """What holds from the day on. ``change``: of the principal, in fen; ``residual`` in yuan.

    Without ``count`` and ``first_due_on`` the due dates of the replaced instalments are kept.
    """

    method: Method | str
    annual_rate: Decimal
    payments_per_year: int
    change: int = 0
    residual: Decimal = ZERO
    grace: int = 0
    count: int | None = None
    first_due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest(Terms):
    """Terms of the rest of a plan: any number of instalments, not only whole years of them."""

    count: int

    @property
    def instalments(self) -> int:
        return self.count


def replan(found: Cut, terms: NewTerms) -> Schedule:
    """The instalments that replace ``found.replaced``; Σ principal = outstanding + change.

    Raises ``ScheduleError`` when nothing is left to be planned, more would be taken off than is
    outstanding, or the first due date is not after the day.
    """
    if not found.replaced:
        raise ScheduleError("effective_on", "生效日之后没有未付清的期次，不能调整还款计划。")
    balance = found.bearing + terms.change
    if balance < 0:
        raise ScheduleError(
            "principal_change",
            f"生效日之后只剩本金 {from_fen(found.bearing)} 元，不够核减 {from_fen(-terms.change)} 元。",
        )
    days = _due_days(found, terms)
    if balance:
        principal, interest = _columns(found, terms, balance, len(days))
        interest[0] = found.accrued + _rest_of_period(found, terms, days[0], interest[0])
    else:  # only what has run up is still owed, if anything
        days = days[: bool(found.accrued)]
        principal, interest = [0] * len(days), [found.accrued] * len(days)
    return _with_lump(Schedule(tuple(days), tuple(principal), tuple(interest)), found.lump)


def bought_out(found: Cut) -> Schedule:
    """One instalment on the day: all outstanding principal, and the interest that has run up."""
    if not found.outstanding:
        raise ScheduleError("effective_on", "生效日之后没有未付清的本金，不必提前回购。")
    return Schedule((found.day,), (found.outstanding,), (found.accrued,))


def given_up(found: Cut) -> Schedule:
    """The interest that has run up to the day; the outstanding principal is not owed any more."""
    if not found.accrued:
        return Schedule((), (), ())
    return Schedule((found.day,), (0,), (found.accrued,))


def _due_days(found: Cut, terms: NewTerms) -> list[date]:
    begin = max(found.day, found.since)
    if terms.count is None and terms.first_due_on is None:
        return [row.due_on for row in found.replaced]
    first = terms.first_due_on or found.replaced[0].due_on
    if first <= begin:
        raise ScheduleError("first_due_on", f"首期应付日期须在 {begin} 之后。")
    count, months = terms.count or len(found.replaced), 12 // terms.payments_per_year
    return [add_months(first, n * months) for n in range(count)]


def _columns(found: Cut, terms: NewTerms, balance: int, count: int) -> tuple[list[int], list[int]]:
    """Principal and interest as of a plan whose first period is a whole one."""
    level = terms.method in (Method.LEVEL_PAYMENT, Method.FIXED_PAYMENT)
    rest = Rest(
        principal=from_fen(balance),
        annual_rate=terms.annual_rate,
        years=-(-count // terms.payments_per_year),
        payments_per_year=terms.payments_per_year,
        method=Method.LEVEL_PAYMENT if level else Method.EQUAL_PRINCIPAL,
        timing=Timing.ARREARS,
        starts_on=found.day,
        residual=min(terms.residual, from_fen(balance)),
        grace=terms.grace,
        count=count,
    )
    if level:
        return level_payment(rest)
    weights = [row.principal for row in found.replaced]
    if terms.method == Method.CUSTOM_PERCENT and count == len(weights) and any(weights):
        parts = split_fen(balance, weights)
        return parts, interest_on(rest, parts)
    return equal_principal(rest)


def _rest_of_period(found: Cut, terms: NewTerms, until: date, interest: int) -> int:
    """Of a whole period's ``interest`` what runs from the day to ``until``.

    A period that was regular stays so; where ``until`` is another day than the period's own, the
    period is the one that ends there, and a longer way to it bears more in proportion.
    """
    months, start = 12 // terms.payments_per_year, found.since
    if abs((until - add_months(start, months)).days) > SAME_DAY:
        start = add_months(until, -months)
    begin, days = max(found.day, found.since), (until - start).days
    return interest - half_up(interest * (begin - start).days, days)


def _with_lump(plan: Schedule, lump: Lump | None) -> Schedule:
    if lump is None:
        return plan
    return merge(plan, Schedule((lump.due_on,), (lump.amount,), (0,)))
