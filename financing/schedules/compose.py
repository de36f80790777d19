"""Putting schedules together and taking them apart."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import NamedTuple

from financing.schedules.columns import Schedule
from registry.money import exact, split_fen, to_fen, whole_numbers


class Funder(NamedTuple):
    """A level that reimburses: ``percent`` of every payment, up to ``cap`` yuan in all."""

    code: str
    percent: Decimal
    cap: Decimal | None = None


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
    """``plan`` with what each funder gives back on each instalment.

    round(percent × payments up to here) − what was given before: the sum over all instalments
    is round(percent × total), never a fen beside it. A cap ends the giving when it is reached.
    """
    paid = tuple(accumulate(plan.payment))
    rebates = {funder.code: _given(funder, paid) for funder in funders}
    return Schedule(plan.due_on, plan.principal, plan.interest, rebates)


def _given(funder: Funder, paid: tuple[int, ...]) -> tuple[int, ...]:
    share, whole = exact(funder.percent).as_integer_ratio()
    half, whole = 50 * whole, 100 * whole
    given, before = [], 0
    for amount in paid:
        upto = (amount * share + half) // whole  # half_up: payments are never negative
        given.append(upto - before)
        before = upto
    if funder.cap is None:
        return tuple(given)
    upto_cap = [min(upto, to_fen(funder.cap)) for upto in accumulate(given, initial=0)]
    return tuple(after - before for before, after in pairwise(upto_cap))


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
