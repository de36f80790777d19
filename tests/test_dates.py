"""registry.dates and registry.workdays: months, working days, deadlines."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.dates import add_months, add_workdays, count_workdays, deadline, roll_forward
from registry.workdays import is_workday, published

days = st.dates(date(2020, 1, 1), date(2026, 12, 31))


def test_months_are_counted_from_the_first_date():
    start = date(2026, 1, 31)
    assert add_months(start, 1) == date(2026, 2, 28)
    assert add_months(start, 2) == date(2026, 3, 31)
    assert add_months(start, 25) == date(2028, 2, 29)
    assert add_months(start, -2) == date(2025, 11, 30)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)


@given(days, st.integers(-600, 600))
def test_month_and_day_are_kept_wherever_they_exist(start, months):
    day = add_months(start, months)
    assert (day.year - start.year) * 12 + day.month - start.month == months
    assert day.day == start.day or (day + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        (date(2026, 2, 12), 2, date(2026, 2, 14)),
        (date(2026, 4, 30), 7, date(2026, 5, 13)),
        (date(2026, 9, 30), 7, date(2026, 10, 15)),
        (date(2026, 2, 14), -2, date(2026, 2, 12)),
    ],
)
def test_working_days_with_make_up_days(start, count, last):
    assert add_workdays(start, count, is_workday) == last
    assert count_workdays(start, last, is_workday) == count


@given(days, st.integers(-60, 60))
def test_counting_undoes_adding(start, count):
    assert count_workdays(start, add_workdays(start, count, is_workday), is_workday) == count


def test_a_period_that_ends_in_the_spring_festival_ends_after_it():
    assert deadline(date(2026, 1, 28), 20, is_workday) == date(2026, 2, 24)
    assert roll_forward(date(2026, 2, 17), is_workday) == date(2026, 2, 24)
    assert roll_forward(date(2026, 2, 14), is_workday) == date(2026, 2, 14)


def test_make_up_days_of_2026_are_worked():
    make_up = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]
    weekends = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    worked = [day for day in weekends if day.weekday() >= 5 and is_workday(day)]
    assert worked == [date(2026, *day) for day in make_up]


def test_local_overrides_come_first():
    festival, saturday = date(2026, 12, 8), date(2026, 12, 12)
    assert is_workday(festival) and not is_workday(saturday)
    overrides = {festival: False, saturday: True}
    assert not is_workday(festival, overrides)
    assert is_workday(saturday, overrides)
    assert add_workdays(date(2026, 12, 7), 4, lambda d: is_workday(d, overrides)) == saturday


def test_a_year_without_its_notice_is_told_apart():
    assert all(published(year) for year in range(2001, 2027))
    assert not published(2060)
