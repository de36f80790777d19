"""The register over the API: the same rows as on the pages, filtered by codes, page by page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets.actions import open_registration
from assets.models import AssetCard
from procurement.models import ProjectSchool
from registry.enums import Role
from tests.world import make_contract, make_passed, make_world

pytestmark = pytest.mark.django_db

CARDS = "/api/v1/assets/cards"


def make_register(**size):
    world = make_world(**size)
    contract = make_contract(world)
    make_passed(world, contract)
    for row in ProjectSchool.objects.filter(project=contract.project):
        open_registration(project_school=row)
    return world


@pytest.fixture
def world():
    return make_register()


def test_the_register_comes_page_by_page(world, client_of):
    browser = client_of(world.person(Role.PROJECT_OFFICE))
    first = browser.get(f"{CARDS}?limit=5").json()
    last = browser.get(f"{CARDS}?limit=5&offset=10").json()
    assert (first["count"], len(first["items"]), len(last["items"])) == (12, 5, 2)
    numbers = list(AssetCard.objects.values_list("number", flat=True))
    assert [row["number"] for row in first["items"]] == numbers[:5]
    assert first["items"][0]["price"] == "6500.00"
    assert first["items"][0]["room"] == "教学楼101（1年级1班）"


def test_filters_by_codes(world, client_of):
    browser = client_of(world.person(Role.AUDITOR))
    school, serial = world.school, AssetCard.objects.first().installed.serial
    for query, count in (
        (f"school_code={school.code}", 6),
        (f"township_code={school.township.code}", 6),
        ("class_code=A0202", 8),
        (f"serial={serial}", 1),
        ("title=owned", 0),
        ("condition=in_use&booked=false", 12),
        ("booked=true", 0),
    ):
        assert browser.get(f"{CARDS}?{query}").json()["count"] == count, query
    assert browser.get(f"{CARDS}?title=stolen").status_code == 422


@pytest.mark.parametrize(
    ("role", "count"), [(Role.HEAD, 6), (Role.SUPPLIER, 0), (Role.PREFECTURE, 12)]
)
def test_everybody_sees_what_their_posts_reach(world, client_of, role, count):
    assert client_of(world.person(role)).get(CARDS).json()["count"] == count


def test_one_card_with_its_worth_and_none_of_a_stranger(world, client_of):
    card = AssetCard.objects.filter(registration__project_school__school=world.school).first()
    found = client_of(world.person(Role.SCHOOL_FINANCE)).get(f"{CARDS}/{card.pk}").json()
    assert found["number"] == card.number and found["monthly_depreciation"] == "90.28"
    assert found["net_value"] is None and found["contract"].startswith("HT-")
    neighbour = client_of(world.person(Role.HEAD, world.schools[1]))
    assert neighbour.get(f"{CARDS}/{card.pk}").status_code == 404


def test_queries_do_not_grow_with_the_rows(client_of):
    counts = []
    for code, rooms in (("522631", 1), ("522632", 3)):
        world = make_register(schools=1, rooms=rooms, county_code=code)
        browser = client_of(world.person(Role.HEAD))
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(CARDS).json()["count"] == 3 * rooms
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6
