"""What the buyback does to a school's public funds (公用经费), beside the dated 10 %–15 % lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q

from financing.schedules import shared
from financing.variant import Variant
from procurement.models import Project, ProjectSchool
from registry import clock
from registry.enums import SchoolKind
from registry.models import County, Parameter, School
from registry.money import ZERO, cents, from_fen

STANDARDS = {SchoolKind.PRIMARY: "funds.primary"}
"""Parameter of the standard per pupil and year; every other kind of school takes the junior one."""

Rules = Callable[[str], Decimal]


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


def rules_of(county: County) -> Rules:
    """The county's numbers by code: the standards and lines of public funds in one query."""
    rows = Parameter.objects.in_force(clock.today()).filter(code__startswith="funds.")
    general_first = rows.filter(Q(county=None) | Q(county=county)).order_by(
        F("county").asc(nulls_first=True), "valid_from"
    )
    known = dict(general_first.values_list("code", "value"))

    def value(code: str) -> Decimal:
        # What is not there is asked for by itself: the answer says which row is to be entered.
        return known[code] if code in known else Parameter.objects.value(code, county=county)

    return value


def public_funds(school: School, rules: Rules | None = None) -> PublicFunds:
    """Pupils × standard, today: the school's own standard, else the county's for its kind.

    ``rules`` of the county, when many of its schools are asked about.
    """
    value = rules or rules_of(school.county)
    standard = school.fund_standard
    if standard is None:
        standard = value(STANDARDS.get(SchoolKind(school.kind), "funds.junior"))
    return PublicFunds(
        pupils=school.pupils,
        standard=standard,
        low_percent=value("funds.burden_low"),
        high_percent=value("funds.burden_high"),
    )


@dataclass(frozen=True)
class SchoolBurden:
    """One school's part of a variant: what it bears itself each year of the lease, in yuan.

    ``outlay`` is its heaviest year before any rebate has arrived: a rebate that is late never
    reduces what the school owes.
    """

    place: ProjectSchool
    funds: PublicFunds
    own: tuple[Decimal, ...]
    outlay: Decimal
    payment: Decimal
    net: Decimal

    @property
    def school(self) -> School:
        return self.place.school

    @property
    def rooms(self) -> int:
        return self.place.rooms

    @property
    def pupils(self) -> int:
        return self.funds.pupils

    @property
    def amount(self) -> Decimal:
        """The year's public funds."""
        return self.funds.amount

    @property
    def heaviest(self) -> Decimal:
        return max(self.own)

    @property
    def rebates(self) -> Decimal:
        return self.payment - self.net

    @property
    def share(self) -> Decimal | None:
        """The heaviest year in percent of the year's public funds."""
        return self.funds.share(self.heaviest)

    @property
    def outlay_share(self) -> Decimal | None:
        return self.funds.share(self.outlay)

    @property
    def exceeds(self) -> bool:
        return self.funds.exceeds(self.heaviest)

    @property
    def nears(self) -> bool:
        """Above the lower line, not above the upper one."""
        return not self.exceeds and self.heaviest > self.funds.low

    @property
    def verdict(self) -> str:
        if not self.funds.amount:
            return "缺在校生数"
        if self.exceeds:
            return f"超 {self.funds.high_percent.normalize():f}% 上线"
        if self.nears:
            return f"超 {self.funds.low_percent.normalize():f}% 下线"
        return "未超"


def places_of(project: Project) -> list[ProjectSchool]:
    """Its schools that have a room in the live plan, with their number of ``rooms``; one query."""
    live = Count("lines", filter=Q(lines__change_order__approved_on=None))
    return list(
        ProjectSchool.objects.filter(project=project)
        .annotate(rooms=live)
        .filter(rooms__gt=0)
        .select_related("school__township", "school__county")
        .order_by("school__township__code", "school__code")
    )


def burdens_of(
    variant: Variant, places: Iterable[ProjectSchool], rules: Rules
) -> list[SchoolBurden]:
    """Every school's part of ``variant``, split by rooms in the order given; no query of its own
    beyond the county's numbers. The parts add up to the variant in every cell.
    """
    places = list(places)
    parts = shared(variant.plan, {place.pk: place.rooms for place in places})
    return [
        SchoolBurden(
            place=place,
            funds=public_funds(place.school, rules),
            own=tuple(map(from_fen, variant.own_by_year(part))),
            outlay=from_fen(max(variant.paid_by_year(part))),
            payment=from_fen(sum(part.payment)),
            net=from_fen(sum(part.net)),
        )
        for place, part in zip(places, parts.values(), strict=True)
    ]
