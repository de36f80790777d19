"""Arithmetic on dates: months, working days, deadlines.

Every function that needs to know working days takes ``is_workday``, a function from a date
to a bool, so that a county's own holidays reach it (see ``registry.workdays``).
The day on which a period starts is never counted (民法典第二百零一条; 财政部令第87号第八十五条).
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

IsWorkday = Callable[[date], bool]

ONE_DAY = timedelta(days=1)


def add_months(start: date, months: int) -> date:
    """The same day ``months`` later, or that month's last day when it is shorter.

    Always count from the first date: 31 January + 1 is the end of February, + 2 is 31 March
    again. Adding one month twice would lose the 31st.
    """
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def add_workdays(start: date, count: int, is_workday: IsWorkday) -> date:
    """The ``count``-th working day after ``start``; a negative count goes back."""
    step = ONE_DAY if count >= 0 else -ONE_DAY
    day, left = start, abs(count)
    while left:
        day += step
        left -= is_workday(day)
    return day


def count_workdays(start: date, end: date, is_workday: IsWorkday) -> int:
    """Working days after ``start`` up to and including ``end``; negative when end is earlier."""
    if end < start:
        return -count_workdays(end - ONE_DAY, start - ONE_DAY, is_workday)
    days = (end - start).days
    return sum(is_workday(start + timedelta(days=n)) for n in range(1, days + 1))


def roll_forward(day: date, is_workday: IsWorkday) -> date:
    """``day`` itself if it is a working day, else the next one (民法典第二百零三条)."""
    while not is_workday(day):
        day += ONE_DAY
    return day


def deadline(start: date, days: int, is_workday: IsWorkday) -> date:
    """The last day of a period of calendar days, moved to a working day if it falls on none."""
    return roll_forward(start + timedelta(days=days), is_workday)
