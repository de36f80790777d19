"""Months of the books: a month is named by its first day."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError

from financing.models import PeriodClose
from financing.models.period import booking_day
from registry import clock
from registry.dates import add_months
from registry.models import County

ONE_DAY = dt.timedelta(days=1)


def month_of(day: dt.date) -> dt.date:
    return day.replace(day=1)


def next_month(month: dt.date) -> dt.date:
    return add_months(month, 1)


def last_day(month: dt.date) -> dt.date:
    return next_month(month) - ONE_DAY


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """From ``first`` to ``last``, both included; newest first."""
    found = []
    while first <= last:
        found.append(first)
        first = next_month(first)
    return found[::-1]


def is_closed(county: County, month: dt.date) -> bool:
    """Months close in order, so everything up to the last closed one is closed."""
    return PeriodClose.objects.filter(county=county, month__gte=month).exists()


def first_open(county: County) -> dt.date | None:
    """The month after the last closed one; None while nothing was ever closed."""
    first = booking_day(county, dt.date.min)
    return None if first == dt.date.min else first


def refuse_closed(county: County, month: dt.date) -> None:
    """Raises ``ValidationError`` for a month that is closed or has not begun."""
    if is_closed(county, month):
        raise ValidationError(f"{month:%Y 年 %m 月}已经结账，不能再生成或修改凭证。")
    if month > clock.today():
        raise ValidationError(f"{month:%Y 年 %m 月}还没有到。")
