"""Putting schedules together and taking them apart."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache, partial
from itertools import accumulate
from operator import sub
from typing import NamedTuple

from financing.schedules.columns import Schedule
from registry.money import exact, split_fen, to_fen, whole_numbers


class Base(StrEnum):
    """What a funder's percentage is taken of, in each instalment."""

    PAYMENT = "payment"
    PRINCIPAL = "principal"
    REST = "rest"
    """The payment less what the funders before this one give back on it."""


class Funder(NamedTuple):
    """A level that reimburses ``percent`` of its ``base``, up to ``cap`` yuan in all."""

    code: str
    percent: Decimal
    cap: Decimal | None = None
    base: Base = Base.PAYMENT


def lump_sum(amount: Decimal, due_on: date) -> Schedule:
    """One payment without interest: a down payment (首付款) or a released retention (质保金)."""
    return Schedule((due_on,), (to_fen(amount),), (0,))


def merge(*schedules: Schedule) -> Schedule:
    """All instalments in order of due date; those of one day become one.

    Rooms accepted later are a schedule that starts later; a retention is the financing of the
    rest and a lump sum on its release. Rebates run on the merged payments, so they come after:
    ValueError if a schedule has some already.
    """
    if any(one.rebates for one in schedules):
        raise ValueError("merge first, rebates after")
    days: dict[date, list[int]] = {}
    for one in schedules:
        for day, principal, interest in zip(one.due_on, one.principal, one.interest, strict=True):
            sums = days.setdefault(day, [0, 0])
            sums[0] += principal
            sums[1] += interest
    ordered = sorted(days.items())
    return Schedule(
        tuple(day for day, _ in ordered),
        tuple(principal for _, (principal, _) in ordered),
        tuple(interest for _, (_, interest) in ordered),
    )


def rebated(plan: Schedule, funders: Iterable[Funder]) -> Schedule:
    """``plan`` with what each funder gives back on each instalment, in the order of ``funders``.

    round(percent × base up to here) − what was given before: the sum over all instalments is
    round(percent × the whole base), never a fen beside it. A cap ends the giving when it is
    reached. Funders of the plain kind (of the payment, without a cap) follow this to the letter.
    What another kind would give is never negative and never more than its row's payment has left;
    a fen that finds no room waits for the next row.
    """
    payment = plan.payment
    paid = tuple(accumulate(payment))
    rebates: dict[str, tuple[int, ...]] = {}
    for funder in funders:
        if funder.base == Base.PAYMENT and funder.cap is None:
            rebates[funder.code] = _given(funder.percent, paid)
        else:
            rebates[funder.code] = _bounded(funder, plan, _left(payment, rebates.values()))
    return Schedule(plan.due_on, plan.principal, plan.interest, rebates)


def _given(percent: Decimal, paid: tuple[int, ...]) -> tuple[int, ...]:
    """What each running total adds to round(percent × it); written out, it runs for every fen."""
    share, half, whole = _ratio(percent)
    given, before = [], 0
    for amount in paid:
        upto = (amount * share + half) // whole
        given.append(upto - before)
        before = upto
    return tuple(given)


def _due(percent: Decimal, upto: Iterable[int]) -> list[int]:
    """round(percent × each running total), in fen."""
    share, half, whole = _ratio(percent)
    return [(amount * share + half) // whole for amount in upto]


@lru_cache(maxsize=256)  # a county has few percentages
def _ratio(percent: Decimal) -> tuple[int, int, int]:
    """``percent`` as a share of ``whole``, with the half that rounds up what is never negative."""
    share, whole = exact(percent).as_integer_ratio()
    return share, 50 * whole, 100 * whole


def _left(payment: tuple[int, ...], columns: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    for column in columns:
        payment = tuple(map(sub, payment, column))
    return payment


def _bounded(funder: Funder, plan: Schedule, left: tuple[int, ...]) -> tuple[int, ...]:
    base = {Base.PAYMENT: plan.payment, Base.PRINCIPAL: plan.principal, Base.REST: left}
    due = _due(funder.percent, map(partial(max, 0), accumulate(base[funder.base])))
    cap = None if funder.cap is None else to_fen(funder.cap)
    given, before = [], 0
    for amount, room in zip(due, left, strict=True):
        wanted = amount if cap is None else min(amount, cap)
        given.append(max(0, min(wanted - before, room)))
        before += given[-1]
    return tuple(given)


def shared(plan: Schedule, weights: Mapping[str, Decimal | int]) -> dict[str, Schedule]:
    """``plan`` shared among schools by ``weights`` (rooms, pupils, amounts), in their order.

    Each instalment's principal, interest and every rebate is split by itself; payment and net
    follow. So the schools add up to the contract in every cell. Raises like ``split``.
    """
    parts = whole_numbers(weights.values())
    principal = _by_school(plan.principal, parts)
    interest = _by_school(plan.interest, parts)
    rebates = {code: _by_school(column, parts) for code, column in plan.rebates.items()}
    return {
        school: Schedule(
            plan.due_on,
            principal[n],
            interest[n],
            {code: columns[n] for code, columns in rebates.items()},
        )
        for n, school in enumerate(weights)
    }


def _by_school(column: tuple[int, ...], parts: list[int]) -> list[tuple[int, ...]]:
    return list(zip(*(split_fen(amount, parts) for amount in column), strict=True))
