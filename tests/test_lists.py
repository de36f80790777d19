"""The roof's lists: one number of queries for one row and for three, and what each list shows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.enums import Role
from tests.books import keep_all
from tests.life import Life
from tests.reading import Page
from tests.world import make_world

pytestmark = pytest.mark.django_db
MOST = 12


@pytest.fixture(scope="module")
def one_and_three(django_db_setup, django_db_blocker):
    """Two counties: in one of them one of everything, in the other three."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield [_county(1, "522631"), _county(3, "532501")]
        transaction.set_rollback(True)


def _county(size: int, code: str) -> list[Life]:
    """``size`` schools booked in one project, and ``size`` projects in all."""
    world = make_world(schools=size, rooms=1, county_code=code)
    lives = [Life(world).contract(f"示例{code}项目")]
    for at in range(size):
        lives[0].build(at)
    keep_all(world)
    for more in range(1, size):
        lives.append(Life(world).open(f"示例{code}项目之{more}"))
    return lives


LISTS = {
    "projects": Role.PROJECT_OFFICE,
    "project_schools": Role.PROJECT_OFFICE,
    "inbox": Role.PROJECT_OFFICE,
    "overdue": Role.AUDITOR,
    "acceptance:schools": Role.STATION,
    "acceptance:rectifications": Role.STATION,
    "procurement:tenders": Role.PROCUREMENT,
    "assets:cards": Role.AUDITOR,
    "assets:registrations": Role.AUDITOR,
    "financing:agreements": Role.COUNTY_FINANCE,
    "financing:applications": Role.COUNTY_FINANCE,
    "financing:payments": Role.COUNTY_FINANCE,
    "financing:claims": Role.COUNTY_FINANCE,
    "financing:claim_batches": Role.COUNTY_FINANCE,
    "financing:claim_totals": Role.COUNTY_FINANCE,
    "financing:quote_schools": Role.COUNTY_FINANCE,
    "financing:budgets": Role.COUNTY_FINANCE,
    "financing:checks": Role.STATION,
    "financing:holds": Role.STATION,
    "financing:risks": Role.LEADING_GROUP,
    "financing:funds": Role.COUNTY_FINANCE,
    "accounting:vouchers": Role.COUNTY_FINANCE,
    "accounting:instalments": Role.COUNTY_FINANCE,
    "accounting:rebates": Role.COUNTY_FINANCE,
    "accounting:notices": Role.COUNTY_FINANCE,
    "documents:papers": Role.AUDITOR,
    "documents:trail": Role.AUDITOR,
}


def queries(browser, url: str) -> int:
    browser.get(url)  # what is remembered between requests is not this page's cost
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("name", LISTS)
def test_three_rows_cost_as_many_queries_as_one(one_and_three, client_of, name):
    found = []
    for lives in one_and_three:
        args = [lives[0].project.pk] if name == "project_schools" else []
        browser = client_of(lives[0].world.person(LISTS[name]))
        found.append(queries(browser, reverse(name, args=args)))
    one, three = found
    assert one == three
    assert three <= MOST


def read_as(client_of, user, url: str) -> Page:
    return Page(client_of(user).get(url).content.decode(), url)


def test_the_number_above_each_list_is_the_number_of_its_rows(one_and_three, client_of):
    for size, lives in zip((1, 3), one_and_three, strict=True):
        for name, role in LISTS.items():
            if name == "inbox":
                continue
            args = [lives[0].project.pk] if name == "project_schools" else []
            page = read_as(client_of, lives[0].world.person(role), reverse(name, args=args))
            rows = [tr for body in page.all("tbody") for tr in body.all("tr")]
            assert page.count == len(rows) or page.count > 50, name
        station = lives[0].world.person(Role.STATION)
        schools = read_as(client_of, station, reverse("acceptance:schools"))
        assert schools.count == size
