"""A prepared query gives what its queryset gives, on every database."""

import datetime as dt

import pytest
from django.db.models import F

from registry.models import LocalHoliday, Parameter, Post
from registry.prepared import Prepared
from tests.world import make_world

pytestmark = pytest.mark.django_db


def posts(user: int, day: dt.date):
    return Post.objects.in_force(day).filter(user=user).select_related("county", "school__township")


def test_objects_with_what_they_are_joined_to(django_assert_num_queries):
    world = make_world()
    prepared = Prepared(posts, user=int, day=dt.date)
    for user in world.people.values():
        for day in (dt.date(2019, 1, 1), dt.date(2026, 3, 2)):
            with django_assert_num_queries(1):
                found = prepared.rows(user=user.pk, day=day)
                known = [
                    (post, post.county, post.school, post.school and post.school.township)
                    for post in found
                ]
            assert known == [
                (post, post.county, post.school, post.school and post.school.township)
                for post in posts(user.pk, day)
            ]
            assert not any(post._state.adding for post in found)


def test_tuples_come_with_their_types():
    def values(code: str, day: dt.date):
        rows = Parameter.objects.in_force(day).filter(code=code)
        return rows.values_list("value", "valid_from", F("value") * 2)

    prepared, day = Prepared(values, code=str, day=dt.date), dt.date(2026, 3, 2)
    codes = set(Parameter.objects.values_list("code", flat=True))
    assert codes
    for code in codes | {"nothing"}:
        assert prepared.rows(code=code, day=day) == list(values(code, day))
    assert prepared.first(code="nothing", day=day) is None


def test_a_change_shows_at_once():
    world = make_world()
    day = dt.date(2026, 4, 8)
    assert LocalHoliday.objects.overrides(world.county) == {}
    LocalHoliday.objects.create(day=day, is_workday=True, name="示例")
    LocalHoliday.objects.create(county=world.county, day=day, is_workday=False, name="示例节")
    assert LocalHoliday.objects.overrides(world.county) == {day: False}
    assert LocalHoliday.objects.overrides() == {day: True}
