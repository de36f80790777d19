"""方案: one way to finance and pay back, with what is paid beside it and who gives back. Pure.

The price is the financed principal and two sums without interest: a down payment (首付款) on
the first day and a retention (质保金) that is held back and released some months later.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from financing.schedules import (
    Funder,
    Schedule,
    Terms,
    Timing,
    effective_rate,
    lump_sum,
    merge,
    rebated,
    schedule,
)
from financing.sheet import Year
from registry.dates import add_months
from registry.money import ZERO, from_fen


class Lump(NamedTuple):
    """A sum without interest on a day, in yuan."""

    label: str
    amount: Decimal
    due_on: date


@dataclass(frozen=True)
class Variant:
    """``terms`` are those of the financed part; amounts in yuan; ``plan`` is everything together."""

    name: str
    terms: Terms
    down: Decimal = ZERO
    retention: Decimal = ZERO
    retention_months: int = 0
    funders: tuple[Funder, ...] = ()

    @property
    def price(self) -> Decimal:
        return self.terms.principal + self.down + self.retention

    @property
    def lumps(self) -> list[Lump]:
        start = self.terms.starts_on
        release = add_months(start, self.retention_months)
        both = [Lump("首付款", self.down, start), Lump("质保金", self.retention, release)]
        return [lump for lump in both if lump.amount]

    @cached_property
    def financed(self) -> Schedule:
        """Raises ScheduleError, as ``schedule`` does."""
        return schedule(self.terms)

    @cached_property
    def plan(self) -> Schedule:
        sums = [lump_sum(lump.amount, lump.due_on) for lump in self.lumps]
        return rebated(merge(self.financed, *sums) if sums else self.financed, self.funders)

    @cached_property
    def year_of(self) -> tuple[int, ...]:
        """The year of the lease, from 0, in which each instalment falls.

        In arrears the year's last instalment falls on the anniversary and belongs to the year
        that ends there; in advance it opens the next one.
        """
        start, days = self.terms.starts_on, self.plan.due_on
        most = (days[-1].year - start.year) + 1
        anniversaries = [add_months(start, 12 * n) for n in range(1, most + 1)]
        place = bisect_right if self.terms.in_advance else bisect_left
        return tuple(place(anniversaries, day) for day in days)

    @cached_property
    def years(self) -> list[Year]:
        """One row a year of the lease, those without an instalment too, up to the last."""
        return [
            Year(n + 1, f"第{n + 1}年", *map(from_fen, sums))
            for n, sums in enumerate(self._by_year())
        ]

    def _by_year(self) -> list[list[int]]:
        sums = [[0, 0, 0] for _ in range(self.year_of[-1] + 1)]
        rebates = list(self.plan.rebates.values())
        columns = zip(self.year_of, self.plan.principal, self.plan.interest, strict=True)
        for at, (year, principal, interest) in enumerate(columns):
            for n, amount in enumerate((principal, interest, sum(c[at] for c in rebates))):
                sums[year][n] += amount
        return sums

    def own_by_year(self, part: Schedule) -> list[int]:
        """What somebody with ``part`` of the plan bears himself, year by year, in fen."""
        sums = [0] * (self.year_of[-1] + 1)
        for year, amount in zip(self.year_of, part.net, strict=True):
            sums[year] += amount
        return sums

    def paid_by_year(self, part: Schedule) -> list[int]:
        """What somebody with ``part`` of the plan pays before any rebate arrives, in fen."""
        sums = [0] * (self.year_of[-1] + 1)
        for year, amount in zip(self.year_of, part.payment, strict=True):
            sums[year] += amount
        return sums

    def rate(self, timing: Timing) -> Decimal | None:
        """The yearly effective rate of the financed part, as if paid at that end of each period.

        None where no rate fits: a first payment at once that already repays everything.
        """
        payments = [row.payment for row in self.financed.instalments]
        terms = self.terms
        if timing == Timing.ADVANCE and payments[0] >= terms.principal < sum(payments):
            return None
        return effective_rate(terms.principal, payments, terms.payments_per_year, timing)
