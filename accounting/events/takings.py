"""Which part of the taking-up belongs to which event.

``Posting`` rows are written as differences, so one act may write rows about several payments: its
own, and others that now settle something else. Rows of one act carry one moment. Of a payment,
the act that brought in its whole amount is the payment's, the act that took the whole amount out
is its reversal's; every other act only moved it from one part to another.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from registry.money import ZERO

CREDIT = "credit"
Parts = dict[str, Decimal]


class Row(NamedTuple):
    """A posting of a payment."""

    pk: int
    payment: int
    agreement: int
    kind: str
    amount: Decimal
    moment: dt.datetime


@dataclass
class Shift:
    """An act that moved payments of one agreement between parts; its parts make nothing together."""

    pk: int
    agreement: int
    moment: dt.datetime
    parts: Parts = field(default_factory=lambda: defaultdict(lambda: ZERO))


@dataclass
class Takings:
    """``paid`` and ``undone`` by payment, and the acts that only moved."""

    paid: dict[int, Parts]
    undone: dict[int, Parts]
    shifts: list[Shift]


def takings_of(
    rows: Iterable[Row], amounts: dict[int, Decimal], reversed_ones: set[int]
) -> Takings:
    """Sort ``rows`` (in order of writing). ``amounts``: payment to its amount.

    Money of which no posting speaks is credit: it left and settled nothing yet.
    """
    acts = _by_act(rows)
    found, shifts = Takings({}, {}, []), {}
    for payment, amount in amounts.items():
        mine = acts.get(payment, {})
        first = _first(mine, amount)
        last = _first(dict(reversed(mine.items())), -amount) if payment in reversed_ones else None
        found.paid[payment] = _parts(mine, first, amount)
        found.undone[payment] = _parts(mine, last, -amount)
        for act, written in mine.items():
            if act not in (first, last):
                _move(shifts, act, written)
    found.shifts = sorted(shifts.values(), key=lambda shift: shift.pk)
    return found


def _by_act(rows: Iterable[Row]) -> dict[int, dict[tuple, list[Row]]]:
    """Payment to (agreement, moment) to its rows."""
    acts: dict[int, dict[tuple, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        acts[row.payment][row.agreement, row.moment].append(row)
    return acts


def _first(acts: dict[tuple, list[Row]], amount: Decimal):
    """The first act that moved just ``amount``."""
    sums = ((act, sum((row.amount for row in rows), ZERO)) for act, rows in acts.items())
    return next((act for act, total in sums if total == amount), None)


def _parts(acts: dict[tuple, list[Row]], act, amount: Decimal) -> Parts:
    if act is None:
        return {CREDIT: amount}
    parts: Parts = defaultdict(lambda: ZERO)
    for row in acts[act]:
        parts[row.kind] += row.amount
    return dict(parts)


def _move(shifts: dict[tuple, Shift], act: tuple, rows: list[Row]) -> None:
    shift = shifts.setdefault(act, Shift(rows[0].pk, *act))
    shift.pk = min(shift.pk, rows[0].pk)
    for row in rows:
        shift.parts[row.kind] += row.amount
