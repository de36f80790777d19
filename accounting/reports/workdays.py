"""Which due days count as passed, in every county at once.

A due date that is no working day moves to the next one (民法典 203), so a payment is ``n`` days
late when its moved day lies ``n`` days back. Moving keeps the order of days; therefore "at least n
days late" is one boundary on the stored date, and SQL can sum by it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db.models import Q

from registry import workdays
from registry.dates import ONE_DAY, IsWorkday, add_workdays, count_workdays, roll_forward
from registry.models import LocalHoliday


class Calendars:
    """The working days of all counties; one query."""

    def __init__(self) -> None:
        self.days: dict[int | None, dict[dt.date, bool]] = defaultdict(dict)
        names = ("county_id", "day", "is_workday")
        for county, day, works in LocalHoliday.objects.values_list(*names):
            self.days[county][day] = works

    def test(self, county: int | None) -> IsWorkday:
        overrides = self.days[None] | self.days.get(county, {}) if county else self.days[None]
        return lambda day: workdays.is_workday(day, overrides)

    def own(self) -> list[int]:
        """Counties with days of their own."""
        return [county for county in self.days if county]

    def moved(self, day: dt.date, county: int | None) -> dt.date:
        """The working day on which what is due on ``day`` must be paid."""
        return roll_forward(day, self.test(county))

    def days_left(self, today: dt.date, day: dt.date, county: int | None) -> int:
        """Working days from ``today`` to the moved ``day``; negative when it is past."""
        return count_workdays(today, self.moved(day, county), self.test(county))

    def late(self, on: dt.date, days: int, *, field: str = "due_on", county: str) -> Q:
        """What was due at least ``days`` days before ``on``; ``county`` is the lookup path."""
        return self._until(lambda test: _last_due(on, days, test), field, county)

    def within(self, on: dt.date, ahead: dict, *, field: str = "due_on", county: str) -> Q:
        """What falls due within ``ahead[county]`` (else ``ahead[None]``) working days of ``on``."""
        general = ahead[None]
        own = {*self.own(), *ahead} - {None}
        last = {
            one: add_workdays(on, ahead.get(one, general), self.test(one)) for one in (None, *own)
        }
        return _split(last, field, county)

    def _until(self, last, field: str, county: str) -> Q:
        return _split({one: last(self.test(one)) for one in (None, *self.own())}, field, county)


def _last_due(on: dt.date, days: int, test: IsWorkday) -> dt.date:
    day = on - dt.timedelta(days=days)
    while not test(day):
        day -= ONE_DAY
    return day


def _split(last: dict[int | None, dt.date], field: str, county: str) -> Q:
    """``field`` up to the day of each county; those without their own take the general one."""
    general = last[None]
    others = {one: day for one, day in last.items() if one and day != general}
    found = Q(**{f"{field}__lte": general})
    if not others:
        return found
    found &= ~Q(**{f"{county}__in": list(others)})
    for one, day in others.items():
        found |= Q(**{county: one, f"{field}__lte": day})
    return found
