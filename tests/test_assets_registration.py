"""建卡: cards appear for what passed, once, with unique numbers, and add up to the contract."""

import threading
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from acceptance.models import Handover, InstalledItem
from assets.actions import open_registration
from assets.models import AssetCard, AssetClass, CardSeries, Registration
from documents.models import TrailEvent
from procurement.models import ContractItem, ContractLine, ModeItem, ProjectSchool
from registry.models import Classroom
from tests.world import PASSED, make_contract, make_passed, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def contract(world):
    contract = make_contract(world)
    make_passed(world, contract)
    return contract


def schools(contract):
    return list(ProjectSchool.objects.filter(project=contract.project).order_by("pk"))


def test_every_piece_of_every_passed_room_gets_its_card(contract):
    first, second = schools(contract)
    registration = open_registration(project_school=first)
    cards = list(registration.cards.whole())
    pieces = InstalledItem.objects.filter(plan_line__project_school=first)
    assert {card.installed_id for card in cards} == set(pieces.values_list("pk", flat=True))
    card = next(card for card in cards if card.name == "投影机")
    assert card.price == Decimal("8000.00")
    assert card.asset_class.code == "A02020200" and card.asset_class.life_years == 6
    assert card.acquired_on == PASSED
    assert card.warranty_until == PASSED.replace(year=PASSED.year + 3)
    assert card.room.startswith("教学楼10") and card.plan_line.project_school == first
    assert not AssetCard.objects.filter(registration__project_school=second).exists()
    assert TrailEvent.objects.filter(verb="建卡", school=first.school).count() == 1


def test_cards_cost_what_the_contract_says_room_by_room(contract):
    for school in schools(contract):
        open_registration(project_school=school)
    by_room = AssetCard.objects.order_by().values("room_pass__plan_line").annotate(s=Sum("price"))
    found = {row["room_pass__plan_line"]: row["s"] for row in by_room}
    assert found == dict(ContractLine.objects.values_list("plan_line", "price"))


def test_numbers_run_by_county_and_class_without_a_gap(contract):
    for school in schools(contract):
        open_registration(project_school=school)
    numbers = AssetCard.objects.values_list("number", flat=True)
    assert sorted(numbers) == sorted(
        f"522631-{code}-{n:06d}"
        for code in ("A02010105", "A02020200", "A02020700")
        for n in range(1, 5)
    )


def test_two_of_a_kind_in_one_set_are_two_cards(world):
    contract = make_contract(world)
    ContractItem.objects.filter(contract=contract, number=3).update(per_set=2)
    ContractLine.objects.filter(contract=contract).update(price=Decimal("28000.00"))
    make_passed(world, contract)
    registration = open_registration(project_school=schools(contract)[0])
    computers = registration.cards.filter(asset_class__code="A02010105")
    assert sorted(computers.values_list("installed__position", flat=True)) == [1, 1, 2, 2]
    assert registration.cards.sums()["amount"] == Decimal("56000.00")


def test_a_piece_that_went_back_gets_no_card(contract):
    school = schools(contract)[0]
    piece = InstalledItem.objects.filter(plan_line__project_school=school).first()
    InstalledItem.objects.filter(pk=piece.pk).update(
        returned_on=piece.installed_on, return_reason="示例：屏幕坏点"
    )
    InstalledItem.objects.create(
        plan_line=piece.plan_line,
        item=piece.item,
        position=piece.position,
        serial="SN-NEW",
        delivery=piece.delivery,
        installed_on=piece.installed_on,
        installed_by=piece.installed_by,
    )
    registration = open_registration(project_school=school)
    serials = set(registration.cards.values_list("installed__serial", flat=True))
    assert "SN-NEW" in serials and piece.serial not in serials


def test_opened_twice_it_is_there_once(contract):
    school = schools(contract)[0]
    first = open_registration(project_school=school)
    assert open_registration(project_school=school) == first
    assert Registration.objects.count() == 1
    assert AssetCard.objects.count() == 6
    assert TrailEvent.objects.filter(verb="建卡").count() == 1


def test_nothing_before_the_handover_is_complete(contract):
    school = schools(contract)[0]
    Handover.objects.filter(project_school=school).update(completed_on=None)
    with pytest.raises(ValidationError, match="移交手续还没有办完"):
        open_registration(project_school=school)
    assert not Registration.objects.exists()


def test_an_unknown_code_is_named_and_nothing_is_half_made(contract):
    ContractItem.objects.filter(contract=contract, number=1).update(catalogue_code="A09999999")
    with pytest.raises(ValidationError, match="A09999999（投影机）"):
        open_registration(project_school=schools(contract)[0])
    assert not Registration.objects.exists() and not CardSeries.objects.exists()


def test_a_room_that_does_not_add_up_is_named(contract):
    school = schools(contract)[0]
    room = school.lines.first()
    ContractLine.objects.filter(plan_line=room).update(price=Decimal("21000.00"))
    with pytest.raises(ValidationError, match=rf"{room.classroom.name}（设备合计 21,500.00 元"):
        open_registration(project_school=school)
    assert not AssetCard.objects.exists()


def test_every_code_of_the_equipment_modes_is_a_class():
    codes = set(ModeItem.objects.values_list("catalogue_code", flat=True))
    assert codes and codes <= set(AssetClass.objects.values_list("code", flat=True))


def test_queries_do_not_grow_with_the_rooms():
    counts = []
    for code, rooms in (("522631", 1), ("522632", 6)):
        world = make_world(schools=1, rooms=rooms, county_code=code)
        contract = make_contract(world)
        make_passed(world, contract)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            open_registration(project_school=schools(contract)[0])
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20


def test_the_database_itself_refuses_booking_without_confirmation(contract):
    registration = open_registration(project_school=schools(contract)[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.filter(pk=registration.pk).update(booked_on=PASSED, voucher="记-1")


def at_once(*acts):
    """Run ``acts`` in threads that start together; what each returned or raised."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n, act):
        try:
            barrier.wait(10)
            results[n] = act()
        except Exception as error:
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_schools_at_once_share_no_number():
    world = make_world()
    contract = make_contract(world)
    make_passed(world, contract)
    first, second = schools(contract)
    at_once(
        lambda: open_registration(project_school=first),
        lambda: open_registration(project_school=second),
    )
    numbers = list(AssetCard.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == 12
    assert set(CardSeries.objects.values_list("last", flat=True)) == {4}


@pytest.mark.django_db(transaction=True)
def test_one_school_twice_at_once_is_registered_once():
    world = make_world(schools=1)
    contract = make_contract(world)
    make_passed(world, contract)
    (school,) = schools(contract)
    made = at_once(*[lambda: open_registration(project_school=school)] * 2)
    assert made[0] == made[1] == Registration.objects.get()
    assert AssetCard.objects.count() == 3 * Classroom.objects.count()
