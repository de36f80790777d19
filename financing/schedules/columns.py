"""What a schedule is: due dates, principal, interest, rebates. Everything else follows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from operator import add, sub
from typing import NamedTuple

from registry.money import FEN, from_fen


class Instalment(NamedTuple):
    """One row of a schedule, in yuan. ``balance`` is what is still owed after it."""

    no: int
    due_on: date
    payment: Decimal
    principal: Decimal
    interest: Decimal
    balance: Decimal
    rebates: dict[str, Decimal]
    net: Decimal


class Totals(NamedTuple):
    """The sums of a schedule's rows, in yuan."""

    payment: Decimal
    principal: Decimal
    interest: Decimal
    rebates: dict[str, Decimal]
    net: Decimal


@dataclass(frozen=True)
class Schedule:
    """A schedule as columns of whole fen, one entry per instalment, in order of due date.

    Only the independent facts are kept. Payment, balance and net are derived, so
    payment = principal + interest and net = payment − Σ rebates cannot fail to hold.
    ``instalments`` and ``totals`` give the same in yuan.
    """

    due_on: tuple[date, ...]
    principal: tuple[int, ...]
    interest: tuple[int, ...]
    rebates: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def payment(self) -> tuple[int, ...]:
        return tuple(map(add, self.principal, self.interest))

    @property
    def balance(self) -> tuple[int, ...]:
        """Owed after each instalment; what was never repaid counts as never owed: ends at 0."""
        return tuple(accumulate(self.principal, sub, initial=sum(self.principal)))[1:]

    @property
    def net(self) -> tuple[int, ...]:
        net: Iterable[int] = map(add, self.principal, self.interest)
        for column in self.rebates.values():
            net = map(sub, net, column)
        return tuple(net)

    @cached_property
    def instalments(self) -> tuple[Instalment, ...]:
        numbers = range(1, len(self.due_on) + 1)
        amounts = map(_yuan, (self.payment, self.principal, self.interest, self.balance))
        rebates: list[dict[str, Decimal]] = [{} for _ in numbers]
        for code, column in self.rebates.items():
            for given, amount in zip(rebates, _yuan(column), strict=True):
                given[code] = amount
        columns = (numbers, self.due_on, *amounts, rebates, _yuan(self.net))
        return tuple(map(Instalment._make, zip(*columns, strict=True)))

    @cached_property
    def totals(self) -> Totals:
        return Totals(
            payment=from_fen(sum(self.payment)),
            principal=from_fen(sum(self.principal)),
            interest=from_fen(sum(self.interest)),
            rebates={code: from_fen(sum(column)) for code, column in self.rebates.items()},
            net=from_fen(sum(self.net)),
        )


def _yuan(column: Iterable[int]) -> Iterator[Decimal]:
    return map(FEN.__mul__, column)
