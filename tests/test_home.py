"""Home: each person's numbers and what waits today; nobody else's."""

from __future__ import annotations

import datetime as dt

import pytest

from financing.actions import reverse_payment
from financing.models import Payment
from registry import clock
from registry.enums import Role
from tests.life import Life
from tests.reading import Page
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def life():
    return Life(make_world(schools=1, rooms=1)).contract()


def home(client_of, user) -> Page:
    return Page(client_of(user).get("/").content.decode(), "/")


def tiles(page: Page) -> dict[str, str]:
    return {tile.first("span").text: tile.first("b").text for tile in page.all(css="tile")}


def test_the_first_page_shows_what_waits_for_this_person_alone(life, client_of):
    page = home(client_of, life.world.person(Role.TECHNICIAN))
    (row,) = page.all("a", "inbox-row")
    assert row.first("b").text == "场地准备"
    assert home(client_of, life.world.person(Role.STATION)).all("a", "inbox-row") == []


def test_readers_see_numbers_and_no_desk(life, client_of):
    page = home(client_of, life.world.person(Role.AUDITOR))
    assert tiles(page)["项目"] == "1 个"
    assert "今天要办" not in page.text


def test_another_countys_home_counts_nothing_of_this_one(life, client_of):
    away = make_world(schools=1, rooms=1, county_code="532501")
    page = home(client_of, away.person(Role.PROJECT_OFFICE))
    assert tiles(page)["计划班数"] == "0 班"
    assert "示例项目" not in page.text


def test_an_instalment_whose_payment_was_reversed_is_the_next_one_again(life, client_of):
    life.build(0)
    first = life.school(0).agreement.instalments.earliest("number")
    finance = life.world.person(Role.SCHOOL_FINANCE)
    label = f"下一期回购款（{first.due_on}）"
    assert label in tiles(home(client_of, finance))
    life.pay(0, on=dt.date(2026, 9, 1))
    assert label not in tiles(home(client_of, finance))
    with clock.at(dt.date(2026, 9, 2)):
        reviewer = life.world.person(Role.COUNTY_FINANCE)
        reverse_payment(payment=Payment.objects.get(), user=reviewer, reason="付错账户")
    assert label in tiles(home(client_of, finance))


@pytest.mark.parametrize("role", list(Role))
def test_every_roles_menu_leads_only_to_pages_that_open(life, client_of, role):
    browser = client_of(life.world.person(role))
    page = Page(browser.get("/").content.decode(), "/")
    entries = page.first(css="side-menu").all("a")
    assert entries
    assert {a["href"]: browser.get(a["href"]).status_code for a in entries} == {
        a["href"]: 200 for a in entries
    }
