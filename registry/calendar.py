"""The working-day calendar of a county: national holidays, make-up days, local exceptions."""

from __future__ import annotations

import datetime as dt

from registry import clock, dates, workdays
from registry.models import LocalHoliday, Parameter


def workday_test(county=None):
    """A function ``day -> bool`` that knows the county's own holidays (one query)."""
    overrides = LocalHoliday.objects.overrides(county)
    return lambda day: workdays.is_workday(day, overrides)


def after_workdays(start: dt.date, days: int, *, county=None) -> dt.date:
    """The last day of a period of ``days`` working days; the first day is not counted (民法典 201)."""
    return dates.add_workdays(start, days, workday_test(county))


def after_days(start: dt.date, days: int, *, county=None) -> dt.date:
    """The last day of a period of calendar days, rolled to a working day (民法典 203)."""
    return dates.roll_forward(start + dt.timedelta(days=days), workday_test(county))


def due_on(code: str, *, county=None, start: dt.date | None = None) -> dt.date:
    """The deadline that the parameter ``code`` (in working days) sets from ``start``."""
    start = start or clock.today()
    return after_workdays(
        start, Parameter.objects.days(code, on=start, county=county), county=county
    )
