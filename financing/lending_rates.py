"""What money cost on a day: LPR, and the central bank's base rate before there was one.

For comparison only. The rates are dated parameters; their basis says what was checked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from registry.models import Parameter

CODES = {
    "rate.lpr_1y": "LPR 1年期",
    "rate.lpr_5y": "LPR 5年期以上",
    "rate.base_5y": "贷款基准利率（1至5年）",
}
SHORT, LONG = "rate.lpr_1y", "rate.lpr_5y"
BASIS_POINT = Decimal("0.0001")


@dataclass(frozen=True)
class LendingRate:
    """One published rate in percent a year, and since when it is in force."""

    code: str
    percent: Decimal
    since: dt.date
    basis: str

    @property
    def label(self) -> str:
        return CODES[self.code]

    def above(self, rate: Decimal) -> Decimal:
        """By how many basis points ``rate`` (a fraction) lies above this one; one decimal."""
        points = (rate - self.percent / 100) / BASIS_POINT
        return points.quantize(Decimal("0.1"))


def lending_rates(day: dt.date) -> list[LendingRate]:
    """The rates in force on ``day``, in the order of ``CODES``; none before the first row. One query."""
    rows = Parameter.objects.in_force(day).filter(code__in=CODES, county=None)
    newest = {row.code: row for row in rows.order_by("valid_from")}
    return [
        LendingRate(
            code, newest[code].value.normalize(), newest[code].valid_from, newest[code].basis
        )
        for code in CODES
        if code in newest
    ]


def comparable(rates: list[LendingRate], years: int) -> list[LendingRate]:
    """What a term of ``years`` is held against.

    One year: the 1-year LPR; above five: the one over five years. Between them no LPR is
    published, so both are shown. The old base rate is always shown.
    """
    unfit = {SHORT} if years > 5 else {LONG} if years <= 1 else set()
    return [rate for rate in rates if rate.code not in unfit]
