"""Columns of our tables (django-tables2): how each kind of fact is shown and how it is exported.

``render`` makes what the page shows; ``value`` gives the sheet the fact itself, so that an amount
arrives in Excel as a number, a date as a date, and a serial number as text.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import django_tables2 as tables
from django.utils.html import format_html

from registry.templatetags import pages

NUMBER = {"cell": {"class": "num"}}


class Money(tables.Column):
    """元 with two decimals, to the right; ``wan=True`` shows 万元 (the sheet keeps 元)."""

    def __init__(self, *args, wan: bool = False, **kwargs):
        super().__init__(*args, **{"attrs": NUMBER} | kwargs)
        self.show = pages.wan if wan else pages.money

    def render(self, value: Decimal) -> str:
        return self.show(value)

    def value(self, value: Decimal) -> Decimal:
        return value


class Count(tables.Column):
    """A whole number, to the right."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"attrs": NUMBER} | kwargs)

    def value(self, value: int) -> int:
        return value


class Code(tables.Column):
    """Serial numbers, school codes, document numbers: digits in line, always text in the sheet."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"attrs": {"cell": {"class": "code"}}} | kwargs)

    def value(self, value: object) -> str:
        return str(value)


class Day(tables.Column):
    """A date or a moment, shown as its local day."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"attrs": {"cell": {"class": "day"}}} | kwargs)

    def render(self, value: dt.date) -> str:
        return pages.day(value)

    def value(self, value: dt.date) -> dt.date:
        return value


class Moment(Day):
    """A moment to the minute, in local time."""

    def render(self, value: dt.datetime) -> str:
        return pages.moment(value)


class Due(Day):
    """A due date with its badge; once done (``done=`` names that attribute) the date alone.

    In a narrow table the badge may stand below the date.
    """

    def __init__(self, *args, done: str = "", **kwargs):
        super().__init__(*args, **{"attrs": {"cell": {"class": "due-cell"}}} | kwargs)
        self.done = done

    def render(self, value: dt.date, record: object) -> str:
        if self.done and getattr(record, self.done):
            return pages.day(value)
        return format_html('<span class="day">{}</span> {}', pages.day(value), pages.due(value))


class YesNo(tables.Column):
    """是 or 否."""

    def render(self, value: bool) -> str:
        return "是" if value else "否"


class State(tables.Column):
    """The state in words; ``late=`` names an attribute that turns it red (overdue or unlawful)."""

    def __init__(self, *args, late: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.late = late

    def render(self, value: object, record: object) -> str:
        late = self.late and getattr(record, self.late)
        return format_html('<span class="state{}">{}</span>', " state-late" if late else "", value)

    def value(self, value: object) -> str:
        return str(value)
