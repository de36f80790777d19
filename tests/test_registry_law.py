"""Dated parameters and local holidays: a new value from some day on, nothing overwritten."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from registry import calendar, clock, workdays
from registry.enums import Role
from registry.models import LocalHoliday, Parameter
from tests.questions import questions
from tests.world import make_world

pytestmark = pytest.mark.django_db
CODE = "funds.primary"


@pytest.fixture
def world():
    return make_world(schools=1, rooms=1)


@pytest.fixture
def administrator(client, world):
    client.force_login(world.person(Role.ADMINISTRATOR))
    return client


def enter(client, code=CODE, **other):
    data = {"value": "800", "valid_from": "2030-01-01", "basis": "示例文〔2029〕9号", "county": ""}
    return client.post(reverse("registry:parameter", args=[code]), data | other, follow=True)


def on(day: str, county=None) -> Decimal:
    return Parameter.objects.value(CODE, on=dt.date.fromisoformat(day), county=county)


def test_a_new_value_holds_from_its_day_and_the_old_one_until_the_day_before(administrator):
    before = list(Parameter.objects.filter(code=CODE).values_list("value", "valid_from"))
    answer = enter(administrator)
    assert "自 2030-01-01 起为 800" in answer.text and "示例文〔2029〕9号" in answer.text
    assert (on("2029-12-31"), on("2030-01-01")) == (720, 800)
    kept = Parameter.objects.filter(code=CODE).exclude(value=800)
    assert list(kept.values_list("value", "valid_from")) == before
    assert Parameter.objects.get(code=CODE, value=720).valid_to == dt.date(2029, 12, 31)


def test_history_cannot_be_rewritten(administrator):
    count = Parameter.objects.count()
    for day in ("2023-01-01", "2020-05-05"):
        assert "历史值不能改写" in enter(administrator, valid_from=day, past="on").text
    assert Parameter.objects.count() == count
    assert on("2021-01-01") == 650


def test_a_value_from_a_day_gone_by_is_asked_for_twice(administrator):
    count = Parameter.objects.count()
    with clock.at(dt.date(2026, 11, 23)):
        answer = enter(administrator, valid_from="2026-11-01")
        assert "确需补录的，请勾选“补录”" in answer.text
        assert (Parameter.objects.count(), on("2026-11-01")) == (count, 720)
        enter(administrator, valid_from="2026-11-01", past="on")
        assert (on("2026-10-31"), on("2026-11-01")) == (720, 800)


def test_a_countys_own_value_leaves_the_general_one(administrator, world):
    enter(administrator, county=world.county.pk, value="777")
    assert (on("2030-06-01"), on("2030-06-01", world.county)) == (720, 777)
    other = make_world(schools=1, rooms=1, county_code="522632")
    assert on("2030-06-01", other.county) == 720


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"value": "-1"}, "大于或等于0"),
        ({"value": "abc"}, "输入一个数字"),
        ({"basis": ""}, "必填"),
        ({"basis": "   "}, "必填"),
        ({"valid_from": "2030-13-01"}, "有效的日期"),
        ({"code": "funds.burden_high", "value": "101"}, "百分比不能超过 100"),
        ({"code": "file.max_megabytes", "value": "1.5"}, "应填整数"),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(administrator, wrong, words):
    count = Parameter.objects.count()
    assert words in enter(administrator, **wrong).text
    assert Parameter.objects.count() == count


def test_an_unknown_code_is_404(administrator):
    assert administrator.get(reverse("registry:parameter", args=["no.such"])).status_code == 404


def test_everybody_reads_only_the_administrator_sets(client, world):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    answer = client.get(reverse("registry:parameter", args=[CODE]))
    assert "国发〔2015〕67号" in answer.text and "自某日起新值" not in answer.text
    assert enter(client).status_code == 403
    assert on("2030-06-01") == 720


def test_list_tells_what_is_in_force(client, world):
    client.force_login(world.person(Role.HEAD))
    door = reverse("registry:parameters")
    assert client.get(door, {"q": CODE}).context["count"] == 2
    answer = client.get(door, {"q": CODE, "state": "now"})
    assert answer.context["count"] == 1 and ">720<" in answer.text
    assert client.get(door, {"q": CODE, "state": "past"}).context["count"] == 1
    assert client.get(door, {"q": CODE, "state": "future"}).context["count"] == 0


def test_pages_ask_the_same_number_of_questions_for_any_number_of_rows(administrator, world):
    doors = [reverse("registry:parameters"), reverse("registry:holidays")]
    LocalHoliday.objects.create(day=dt.date(2031, 1, 2), name="示例", county=world.county)
    few = [questions(administrator, doors[0], q=CODE), questions(administrator, doors[1])]
    for day in (3, 4, 5):
        LocalHoliday.objects.create(day=dt.date(2031, 1, day), name="示例", county=world.county)
    assert [questions(administrator, door) for door in doors] == few
    assert max(few) <= 12


# --- holidays -------------------------------------------------------------------------------
def declare(client, **other):
    data = {"day": "2031-03-05", "name": "示例州庆", "is_workday": ""}
    return client.post(reverse("registry:holidays"), data | other, follow=True)


def test_a_local_holiday_moves_the_countys_deadlines_only(client, world):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    start = dt.date(2031, 3, 4)
    assert calendar.after_workdays(start, 1, county=world.county) == dt.date(2031, 3, 5)
    assert "已登记" in declare(client, county=world.county.pk).text
    assert calendar.after_workdays(start, 1, county=world.county) == dt.date(2031, 3, 6)
    assert calendar.after_workdays(start, 1) == dt.date(2031, 3, 5)
    assert "这一天已经登记" in declare(client, county=world.county.pk).text


def test_a_make_up_day_is_worked(administrator, world):
    declare(administrator, day="2031-03-08", name="示例补班", is_workday="1")
    assert LocalHoliday.objects.get().is_workday
    assert calendar.after_workdays(dt.date(2031, 3, 7), 1) == dt.date(2031, 3, 8)


def test_office_declares_for_its_own_county_only(client, world):
    other = make_world(schools=1, rooms=1, county_code="522632")
    client.force_login(world.person(Role.PROJECT_OFFICE))
    assert "必填" in declare(client, county="").text
    assert "有效的选项" in declare(client, county=other.county.pk).text
    assert not LocalHoliday.objects.exists()


def test_a_mistake_is_taken_back_until_the_day_has_come(administrator, world):
    today = clock.today()
    past = LocalHoliday.objects.create(day=today, name="今天", county=world.county)
    later = LocalHoliday.objects.create(day=today + dt.timedelta(1), name="明天")
    for row in (past, later):
        administrator.post(reverse("registry:holiday_drop", args=[row.pk]))
    assert list(LocalHoliday.objects.all()) == [past]
    later.save(force_insert=True)
    administrator.force_login(world.person(Role.PROJECT_OFFICE))
    door = reverse("registry:holiday_drop", args=[later.pk])
    assert administrator.post(door).status_code == 403, "a general day is not the office's"


def test_page_warns_of_a_year_whose_make_up_days_are_unknown(client, world):
    client.force_login(world.person(Role.HEAD))
    year = next(y for y in range(2026, 2100) if not workdays.published(y))
    with clock.at(dt.date(year, 3, 1)):
        page = client.get(reverse("registry:holidays"))
    assert f"{year} 年的调休安排还没有收入系统" in page.text
    with clock.at(dt.date(2024, 3, 1)):
        assert "调休安排还没有收入" not in client.get(reverse("registry:holidays")).text
