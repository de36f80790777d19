"""Whose books a page shows, and of which month."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Min, Q
from django.http import Http404, HttpRequest

from accounting.actions.books import may_keep_books
from accounting.models import Voucher
from accounting.models.bank import bank_counties
from accounting.models.books import book_schools
from accounting.periods import month_of, months_between
from financing.models import Agreement
from registry import clock
from registry.models import County, School


@dataclass(frozen=True)
class Place:
    """The county, the month and the months to choose from; ``whole``: the county's whole books."""

    county: County
    counties: list[County]
    month: dt.date
    months: list[dt.date]
    whole: bool
    may_keep: bool
    school_ids: frozenset[int]

    @property
    def query(self) -> str:
        """What keeps the next page at the same place."""
        return f"month={self.month:%Y-%m}&county={self.county.pk}"

    def schools(self):
        """Schools whose part of the books may be chosen."""
        rows = School.objects.filter(county=self.county)
        return rows if self.whole else rows.filter(pk__in=self.school_ids)

    def vouchers(self):
        """Vouchers of the county that the person may read."""
        rows = Voucher.objects.filter(county=self.county)
        return rows if self.whole else rows.filter(school__in=self.school_ids)


def place_of(request: HttpRequest, *, default: dt.date | None = None, whole=False) -> Place:
    """The place asked for in the address; ``default`` is the month when none is.

    Raises ``Http404`` for whoever reads no books at all, for a county or month that is not there,
    and with ``whole`` for those who read only a school's part.
    """
    wide, own = bank_counties(request.user), frozenset(book_schools(request.user))
    reads = Q(pk__in=wide) if whole else Q(pk__in=wide) | Q(schools__in=own)
    counties = list(County.objects.filter(reads).distinct().order_by("code"))
    county = _chosen(counties, request.GET.get("county", ""))
    first = _first_month(county)
    today = month_of(clock.today())
    months = months_between(min(first or today, today), today)
    return Place(
        county=county,
        counties=counties,
        month=_month(request.GET.get("month", ""), default or today),
        months=months,
        whole=county.pk in wide,
        may_keep=may_keep_books(request.user, county),
        school_ids=own,
    )


def _chosen(counties: list[County], wanted: str) -> County:
    found = [one for one in counties if str(one.pk) == wanted] if wanted else counties[:1]
    if not found:
        raise Http404
    return found[0]


def _month(wanted: str, default: dt.date) -> dt.date:
    if not wanted:
        return default
    try:
        return dt.date.fromisoformat(f"{wanted}-01")
    except ValueError:
        raise Http404 from None


def _first_month(county: County) -> dt.date | None:
    """The month in which the books of ``county`` begin."""
    signed = Agreement.objects.filter(project_school__project__dossier__county=county)
    days = [
        signed.aggregate(day=Min("signed_on"))["day"],
        Voucher.objects.filter(county=county).aggregate(day=Min("month"))["day"],
    ]
    return month_of(min(filter(None, days))) if any(days) else None
