"""What the buyback does to a school's public funds (公用经费), beside the dated 10 %–15 % lines."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from registry.enums import SchoolKind
from registry.models import Parameter, School
from registry.money import ZERO, cents

STANDARDS = {SchoolKind.PRIMARY: "funds.primary"}
"""Parameter of the standard per pupil and year; every other kind of school takes the junior one."""


@dataclass(frozen=True)
class PublicFunds:
    """A school's public funds of one year in yuan, and the two lines in percent."""

    pupils: int
    standard: Decimal
    low_percent: Decimal
    high_percent: Decimal

    @property
    def amount(self) -> Decimal:
        return cents(self.pupils * self.standard)

    @property
    def low(self) -> Decimal:
        return cents(self.amount * self.low_percent / 100)

    @property
    def high(self) -> Decimal:
        return cents(self.amount * self.high_percent / 100)

    def share(self, burden: Decimal) -> Decimal | None:
        """``burden`` in percent of the year's funds, two places; None without pupils."""
        return cents(burden * 100 / self.amount) if self.amount else None

    def exceeds(self, burden: Decimal) -> bool:
        """Above the upper line, or borne by a school that has no funds on record."""
        return burden > self.high if self.amount else burden > ZERO


def public_funds(school: School) -> PublicFunds:
    """Pupils × standard, today: the school's own standard, else the county's for its kind."""
    value, county = Parameter.objects.value, school.county
    standard = school.fund_standard
    if standard is None:
        code = STANDARDS.get(SchoolKind(school.kind), "funds.junior")
        standard = value(code, county=county)
    return PublicFunds(
        pupils=school.pupils,
        standard=standard,
        low_percent=value("funds.burden_low", county=county),
        high_percent=value("funds.burden_high", county=county),
    )
