"""财务总览: every number opens exactly its list, every room opens for whom it is shown."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry import clock
from registry.enums import Role
from tests.buyback import apply, review
from tests.reports import NOW, make_town, read, yuan

pytestmark = pytest.mark.django_db
HUB = reverse("accounting:hub")
COUNTED = {"期", "笔", "份"}


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """The third school has applied, the second waits for its money."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic(), clock.at(NOW):
        town = make_town()
        apply(town.world, town.agreements[2], amount="100.00")
        apply(town.world, town.agreements[1], amount="200.00")
        review(town.world, town.agreements[1])
        yield town
        transaction.set_rollback(True)


ROLES = [
    Role.COUNTY_FINANCE,
    Role.COUNTY_CASHIER,
    Role.LEADING_GROUP,
    Role.AUDITOR,
    Role.PREFECTURE,
    Role.TOWNSHIP_OFFICE,
    Role.HEAD,
    Role.SCHOOL_FINANCE,
    Role.SUPPLIER,
]


@pytest.mark.parametrize("role", ROLES)
def test_every_number_is_that_of_its_list(town, client_of, role):
    with clock.at(NOW):
        user = town.world.person(role)
        seen = 0
        for tile in read(client_of, user, HUB).all("a", css="tile"):
            number, *unit = tile.first("b").text.split()
            if "".join(unit) in COUNTED:
                assert read(client_of, user, tile["href"]).count == int(number), tile.text
                seen += 1
        assert seen >= 2


@pytest.mark.parametrize("role", ROLES)
def test_every_room_opens(town, client_of, role):
    with clock.at(NOW):
        user = town.world.person(role)
        rooms = read(client_of, user, HUB).all("a", css="row-line")
        assert len(rooms) >= 6
        for room in rooms:
            assert client_of(user).get(room["href"]).status_code == 200, (role, room.text)


def tiles(client_of, user) -> dict[str, str]:
    found = read(client_of, user, HUB).all("a", css="tile")
    return {tile.first("span").text: tile.first("b").text for tile in found}


def test_county_finance_sees_what_waits_for_it(town, client_of):
    with clock.at(NOW):
        found = tiles(client_of, town.world.person(Role.COUNTY_FINANCE))
    assert found["付款申请待审核"] == "1 笔"
    assert found["审核通过待付款"] == "1 笔"
    assert found["逾期未付"] == "4 期"
    assert found["待发付款通知"] == "4 份"


def test_a_school_sees_its_next_instalment_beside_its_public_funds(town, client_of):
    """45 pupils a room × 720 yuan; the school bears 40 % of what falls due this year."""
    mine = town.agreements[0]
    with clock.at(NOW):
        found = tiles(client_of, town.world.person(Role.SCHOOL_FINANCE))
        due = mine.instalments.filter(due_on__year=2028)
        own = sum(one.payment - sum(rebate.amount for rebate in one.rebates.all()) for one in due)
        funds = mine.school.pupils * 720
        assert found["2028 年占公用经费"] == f"{round(own * 100 / funds, 2)} %"
        third = mine.instalments.get(number=3)
        assert yuan(found["下一期回购款"]) == third.payment


def test_a_supplier_sees_its_money_and_nothing_of_rebates(town, client_of):
    with clock.at(NOW):
        page = read(client_of, town.world.person(Role.SUPPLIER), HUB)
        found = tiles(client_of, town.world.person(Role.SUPPLIER))
    assert "奖补" not in page.first("main").text
    assert yuan(found["逾期利息"]) > 0


def test_the_menu_leads_to_the_hub_and_stays_marked_in_its_rooms(town, client_of):
    with clock.at(NOW):
        finance = town.world.person(Role.COUNTY_FINANCE)
        for url in (HUB, reverse("financing:agreements"), reverse("accounting:ledger")):
            page = read(client_of, finance, url)
            marked = [a for a in page.all("a") if a["aria-current"] and a.text == "财务"]
            assert [a["href"] for a in marked[:1]] == [HUB], url


def test_the_hub_costs_the_same_for_more_schools(client_of):
    def count(schools: int, code: str) -> int:
        town = make_town(schools=schools, code=code)
        browser = client_of(town.world.person(Role.COUNTY_FINANCE))
        browser.get(HUB)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(HUB).status_code == 200
        return len(seen)

    with clock.at(NOW + dt.timedelta(days=1)):
        few, many = count(2, "530423"), count(4, "532501")
    assert few == many <= 24
