"""各校负担: every school's part against its own public funds; who sees which; the sheet."""

from decimal import Decimal as D
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from financing.burden import burdens_of, places_of, public_funds, rules_of
from financing.schedules import Funder, Terms
from financing.variant import Variant
from registry import clock
from registry.enums import Role
from registry.models import School
from tests.reading import Page
from tests.world import make_contract, make_project, make_world

pytestmark = pytest.mark.django_db
URL = "financing:quote_schools"


@pytest.fixture
def world():
    return make_world(schools=3, rooms=2)


@pytest.fixture
def project(world):
    return make_contract(world).project


def variant(principal="129000.00", **given) -> Variant:
    usual = {"annual_rate": D("3.5"), "years": 5, "payments_per_year": 1}
    usual |= {"method": "level_payment", "timing": "arrears", "starts_on": clock.today()}
    terms = Terms(principal=D(principal), **(usual | given))
    return Variant("方案一", terms, funders=(Funder("province", D(30)), Funder("county", D(20))))


def set_pupils(world, *pupils):
    for school, number in zip(world.schools, pupils, strict=True):
        School.objects.filter(pk=school.pk).update(pupils=number)


def test_the_schools_add_up_to_the_whole(world, project):
    whole = variant(payments_per_year=4)
    rows = burdens_of(whole, places_of(project), rules_of(world.county))
    assert sum(row.rooms for row in rows) == 6
    assert sum(row.payment for row in rows) == whole.plan.totals.payment
    assert sum(row.net for row in rows) == whole.plan.totals.net
    for n, year in enumerate(whole.years):
        assert sum(row.own[n] for row in rows) == year.own


def test_lines_are_passed_only_above_them(world, project):
    # 129,000 over 3 schools without interest, half given back: 4,300 a year each.
    plain = variant(annual_rate=D(0))
    School.objects.update(fund_standard=D("430.00"))
    set_pupils(world, 66, 67, 100)  # 15 % of 28,666.67 would be 4,300
    rows = burdens_of(plain, places_of(project), rules_of(world.county))
    told = {row.school.pupils: (row.heaviest, row.verdict) for row in rows}
    assert told == {
        66: (D("4300.00"), "超 15% 上线"),
        67: (D("4300.00"), "超 10% 下线"),
        100: (D("4300.00"), "未超"),
    }
    assert [row.outlay for row in rows] == [D("8600.00")] * 3


def test_a_school_without_pupils_bears_more_than_it_has(world, project):
    set_pupils(world, 0, 90, 90)
    rows = burdens_of(variant(), places_of(project), rules_of(world.county))
    row = next(row for row in rows if row.school == world.schools[0])
    assert (row.exceeds, row.verdict, row.share) == (True, "缺在校生数", None)


def test_many_schools_ask_the_parameters_once(world, project):
    rules = rules_of(world.county)
    with CaptureQueriesContext(connection) as caught:
        for place in places_of(project):
            public_funds(place.school, rules)
    assert len(caught) == 1, "the schools"


def read(client_of, user, **asked) -> Page:
    answer = client_of(user).get(reverse(URL), asked)
    assert answer.status_code == 200
    return Page(answer.content.decode(), "/")


def test_the_newest_project_opens_under_its_contract(world, project, client_of):
    page = read(client_of, world.person(Role.COUNTY_FINANCE))
    assert page.count == 3
    assert "129,000.00" in page.text
    assert all(school.name in page.text for school in world.schools)


def test_tiles_open_the_schools_they_count(world, project, client_of):
    set_pupils(world, 10, 90, 0)
    finance = world.person(Role.COUNTY_FINANCE)
    assert read(client_of, finance, line="high").count == 2
    assert world.schools[1].name not in read(client_of, finance, line="high").text
    assert read(client_of, finance, line="none").count == 1
    assert read(client_of, finance, line="low").count == 0


def test_a_school_sees_its_own_part_of_the_same_whole(world, project, client_of):
    page = read(client_of, world.person(Role.HEAD, world.schools[1]))
    assert page.count == 1
    assert world.schools[1].name in page.text
    assert world.schools[0].name not in page.text


def test_a_supplier_sees_nobodys_funds(world, project, client_of):
    supplier = world.person(Role.SUPPLIER)
    assert project.name not in read(client_of, supplier).text
    assert client_of(supplier).get(reverse(URL), {"project": project.pk}).status_code == 404


@pytest.mark.parametrize("wrong", ["999999", "x", "-1", "²", "9" * 30])
def test_a_project_that_is_none_is_not_found(world, project, client_of, wrong):
    page = client_of(world.person(Role.COUNTY_FINANCE))
    assert page.get(reverse(URL), {"project": wrong}).status_code == 404
    assert page.get(reverse("financing:quote"), {"project": wrong}).status_code == 404


def test_another_countys_project_is_not_found(project, client_of):
    away = make_world(schools=1, rooms=1, county_code="532501")
    page = client_of(away.person(Role.COUNTY_FINANCE))
    assert page.get(reverse(URL), {"project": project.pk}).status_code == 404


def test_the_sheet_has_the_rows_of_the_page_and_their_sums(world, project, client_of):
    page = client_of(world.person(Role.COUNTY_FINANCE))
    answer = page.get(reverse(URL), {"export": "xlsx"})
    sheet = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    head, last = rows[0], rows[-1]
    assert head[:2] == ("学校", "学校标识码")
    assert len(rows) == 1 + 3 + 1
    assert last[0] == "合计"
    at = head.index("自担合计（元）")
    assert round(sum(row[at] for row in rows[1:-1]), 2) == round(last[at], 2)


@pytest.mark.parametrize("export", ["", "xlsx"])
def test_the_number_of_queries_does_not_grow(client_of, export):
    found = []
    for size, code in ((1, "522631"), (3, "532501")):
        world = make_world(schools=size, rooms=1, county_code=code)
        make_contract(world)
        page = client_of(world.person(Role.COUNTY_FINANCE))
        page.get(reverse(URL))
        with CaptureQueriesContext(connection) as caught:
            assert page.get(reverse(URL), {"export": export}).status_code == 200
        found.append(len(caught))
    assert found[0] == found[1] <= 12


def test_a_project_without_a_contract_is_taken_at_its_budget(world, client_of):
    make_project(world, name="示例未签合同项目")
    page = read(client_of, world.person(Role.PROJECT_OFFICE))
    assert "915,400.00" in page.text
    assert page.count == 3
