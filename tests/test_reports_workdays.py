"""Boundaries on stored due dates say the same as moving every single date does."""

import datetime as dt

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting.reports.ageing import AGES, classes
from accounting.reports.plan import COUNTY
from accounting.reports.workdays import Calendars
from financing.models import Instalment
from registry.dates import ONE_DAY, count_workdays
from registry.models import LocalHoliday
from tests.reports import make_town

pytestmark = pytest.mark.django_db
days = st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 31))
slow = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def holds(condition: Q, day: dt.date, county: int) -> bool:
    """Whether ``condition``, made with ``field="due"`` and ``county="place"``, is true of the pair."""
    results = [
        holds(child, day, county) if isinstance(child, Q) else _one(child, day, county)
        for child in condition.children
    ]
    value = all(results) if condition.connector == Q.AND else any(results)
    return value != condition.negated


def _one(child, day: dt.date, county: int) -> bool:
    name, value = child
    if name == "due__lte":
        return day <= value
    return county in value if name.endswith("__in") else county == value


@pytest.fixture
def calendars():
    """County 7 has a festival of its own that lengthens the National Day holiday."""
    found = Calendars()
    for day in (8, 9, 10, 11):
        found.days[7][dt.date(2026, 10, day)] = False
    return found


@slow
@given(on=days, due=days, late=st.integers(0, 200), county=st.sampled_from([1, 7]))
def test_late_by_so_many_days_is_one_boundary(calendars, on, due, late, county):
    condition = calendars.late(on, late, field="due", county="place")
    assert holds(condition, due, county) == ((on - calendars.moved(due, county)).days >= late)


@slow
@given(on=days, due=days, county=st.sampled_from([1, 7]))
def test_within_so_many_working_days_is_one_boundary(calendars, on, due, county):
    ahead = {None: 10, 7: 4}
    condition = calendars.within(on, ahead, field="due", county="place")
    moved, test = calendars.moved(due, county), calendars.test(county)
    assert holds(condition, due, county) == (
        count_workdays(on, moved, test) <= ahead.get(county, 10)
    )


def test_a_holiday_of_the_county_moves_the_day():
    town = make_town(schools=1)
    county, due = town.world.county, dt.date(2028, 9, 28)
    Instalment.objects.filter(agreement=town.agreements[0], number=3).update(due_on=due)
    rows = Instalment.objects.filter(number=3)
    late = {"county": COUNTY}
    assert rows.filter(Calendars().late(due + ONE_DAY, 1, **late)).exists()
    for day in range(3):
        LocalHoliday.objects.create(county=county, day=due + day * ONE_DAY, name="示例节")
    assert not rows.filter(Calendars().late(due + ONE_DAY, 1, **late)).exists()


def test_every_instalment_is_in_just_one_class():
    town = make_town(schools=1)
    start = dt.date(2028, 3, 1)
    rows = list(Instalment.objects.filter(agreement=town.agreements[0]))
    for age in (-5, 0, 1, 30, 31, 60, 61, 90, 91, 180, 181, 400):
        Instalment.objects.filter(pk=rows[0].pk).update(due_on=start)
        found = [
            code
            for code, condition in classes(start + age * ONE_DAY, Calendars()).items()
            if Instalment.objects.filter(condition, pk=rows[0].pk).exists()
        ]
        wanted = [code for code, _ in AGES if _contains(code, age)]
        assert found == wanted, age


def _contains(code: str, age: int) -> bool:
    if code == "0":
        return age <= 0
    first, last = code.split("-")
    return int(first) <= age and (not last or age <= int(last))
