"""Record that the year's late payments were made public."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounting.models import Disclosure
from accounting.reports.disclosure import contracts, county_rows
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.models import County
from registry.money import ZERO


@transaction.atomic
def publish(*, county: County, year: int, place: str, published_on: dt.date, user) -> Disclosure:
    """登记公开: the figures as they are today are frozen with the day and the place.

    Raises ``ValidationError`` for a year that is not over, a day outside the time since, or when
    the same was already recorded for this place.
    """
    if not reach(user).holds_at(Role.COUNTY_FINANCE, county=county.pk):
        raise PermissionDenied("公开由县财务审核岗登记。")
    if year >= clock.today().year:
        raise ValidationError("年度还没有结束，不能公开。")
    if not dt.date(year + 1, 1, 1) <= published_on <= clock.today():
        raise ValidationError({"published_on": f"公开日期须在 {year + 1}-01-01 和今天之间。"})
    found = contracts(county_rows(county), year)
    rows = [
        one | {"first": one["first"].isoformat(), "amount": f"{one['amount']:.2f}"} for one in found
    ]
    data = {"year": year, "contracts": rows}
    row = Disclosure(
        county=county,
        year=year,
        contracts=len(rows),
        amount=sum((one["amount"] for one in found), ZERO),
        data=data,
        data_hash=Disclosure.hash_of(data),
        published_on=published_on,
        place=place.strip(),
        published_by=user,
        recorded_at=clock.now(),
    )
    row.full_clean()
    row.save(force_insert=True)
    return row
