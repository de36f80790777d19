"""Straight-line depreciation (年限平均法) by month, without residual value.

政府会计准则第3号——固定资产 and its guide (财会〔2017〕4号): the month of acquisition counts,
the month of disposal does not; once fully depreciated nothing more is charged, though the
asset stays in use. Each month carries cost ÷ months rounded half up, the last month what is
left: 21,000.00 over 72 months is 291.67 a month and 291.43 in the last.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from registry.dates import add_months
from registry.money import ZERO, cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Depreciation:
    """The depreciation of one card: ``cost`` in yuan over ``months`` from ``acquired_on``.

    ``disposed_on``, once known, ends it. Raises ValueError for a negative cost, no months or
    a disposal before the acquisition.
    """

    cost: Decimal
    months: int
    acquired_on: date
    disposed_on: date | None = None

    def __post_init__(self) -> None:
        if self.cost < 0 or self.cost != cents(self.cost):
            raise ValueError("cost must be whole fen and not negative")
        if self.months < 1:
            raise ValueError("months must be at least 1")
        if self.disposed_on and self.disposed_on < self.acquired_on:
            raise ValueError("disposed of before it was acquired")

    @property
    def monthly(self) -> Decimal:
        return cents(self.cost / self.months)

    @property
    def last_month(self) -> date:
        """First day of the last month that is charged if the asset is kept."""
        return add_months(self.acquired_on.replace(day=1), self.months - 1)

    def accumulated(self, as_of: date) -> Decimal:
        """累计折旧 once the month of ``as_of`` is charged."""
        charged = _months_between(self.acquired_on, as_of) + 1
        if self.disposed_on:
            charged = min(charged, _months_between(self.acquired_on, self.disposed_on))
        if charged >= self.months:
            return cents(self.cost)
        # A cost of a few fen rounds up and is charged before its months are over.
        return min(self.monthly * max(charged, 0), self.cost) + ZERO

    def charge(self, month: date) -> Decimal:
        """What the month that holds ``month`` is charged."""
        first = month.replace(day=1)
        return self.accumulated(first) - self.accumulated(add_months(first, -1))

    def net_value(self, as_of: date) -> Decimal:
        """账面净值 once the month of ``as_of`` is charged."""
        return self.cost - self.accumulated(as_of)


def _months_between(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month
