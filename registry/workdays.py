"""Which days are worked in China: weekends, public holidays, make-up workdays (调休).

The State Council announces next year's make-up days late in the year before. Until the
``holidays`` package carries that notice it knows the festivals but no make-up days, and
says nothing about it; ``published`` tells the two apart so that a page can warn.
"""

from collections.abc import Mapping
from datetime import date

import holidays

_CHINA = holidays.China()


def is_workday(day: date, overrides: Mapping[date, bool] | None = None) -> bool:
    """Is ``day`` a working day? ``overrides`` (date to worked or not) come first.

    Overrides carry what the package cannot know: festivals of an autonomous prefecture
    (全国年节及纪念日放假办法), and make-up days that were announced after its release.
    """
    if overrides and day in overrides:
        return overrides[day]
    return _CHINA.is_working_day(day)


def published(year: int) -> bool:
    """Are the make-up workdays of ``year`` known?

    Every notice since 2001 has some between January and October; one in December may belong
    to the following year's notice and proves nothing.
    """
    _CHINA.is_working_day(date(year, 1, 1))  # makes the package work this year out
    return any(day.year == year and day.month < 12 for day in _CHINA.weekend_workdays)
