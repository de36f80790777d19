"""What the contract refuses: prices that are not the bid's, missing clauses, the wrong people."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from procurement.actions.contract import confirm_contract
from procurement.models import Contract, ContractLine
from registry import clock
from registry.enums import Role
from tests import tender_story as story
from tests.test_tender_flow import words_of
from tests.world import make_contract, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


WRONG_DRAFTS = [
    (story.items("8000.00", "7000.00", "6400.00"), "少 400.00 元"),
    (story.items("8000.00", "7000.00", "6500.01"), "多 0.04 元"),
    (story.items("8000.00", "7000.00", "-6500.00"), "金额不能为负数"),
    (story.items("15000.00", "6500.00", "0"), "单价应大于 0"),
    ({"items-0-brand": ""}, "必填"),
    ({"performance_bond": "8600.01"}, "履约保证金不超过合同金额的 10%，即 8,600.00 元"),
    ({"annual_rate": "-1"}, "年利率应在 0 到 100 之间"),
    ({"years": "21"}, "租赁期限不得超过二十年"),
    ({"delivery_due_on": "2026-04-07"}, "交货安装期限不能早于今天"),
    ({"ownership": ""}, "必填"),
    ({"liability": ""}, "必填"),
    ({"number": ""}, "必填"),
]


def test_a_wrong_draft_is_refused_whole(world):
    tender, officer = story.to_draft(world), world.person(Role.PROCUREMENT)
    with clock.at(dt.date(2026, 4, 8)):
        for changes, sentence in WRONG_DRAFTS:
            form = story.step(tender, officer, story.draft(**changes))
            assert sentence in words_of(form), changes
            assert not Contract.objects.exists()
            assert not ContractLine.objects.exists()


def test_two_contracts_do_not_share_a_number(world):
    tender, other = story.to_draft(world), make_contract(make_world(county_code="522632"))
    with clock.at(dt.date(2026, 4, 8)):
        data = story.draft(number=other.number)
        form = story.step(tender, world.person(Role.PROCUREMENT), data)
    assert "合同编号" in words_of(form)
    assert "已存在" in words_of(form)


def test_only_the_winner_confirms(world):
    contract = story.to_confirm(world)
    for person in (
        world.person(Role.SUPPLIER, world.suppliers[1]),
        world.person(Role.PROCUREMENT),
        world.person(Role.PROJECT_OFFICE),
    ):
        with pytest.raises(PermissionDenied):
            story.step(contract.tender, person, {"decision": "pass"})
    contract.refresh_from_db()
    assert contract.signed_on is None


def test_a_seal_that_was_never_registered_is_not_pressed(world):
    contract = story.to_confirm(world)
    with pytest.raises(ValidationError, match="还没有登记启用的印章"):
        confirm_contract(contract=contract, user=world.person(Role.SUPPLIER), sealed=True)
    contract.refresh_from_db()
    assert contract.signed_on is None


def test_a_scribble_that_is_no_picture_is_refused(world):
    contract = story.to_confirm(world)
    with clock.at(dt.date(2026, 4, 10)):
        form = story.step(
            contract.tender,
            world.person(Role.SUPPLIER),
            {"decision": "pass", "signature": "data:image/png;base64,AAAA"},
        )
    assert "手写签名没有读出来" in words_of(form)
    contract.refresh_from_db()
    assert contract.signed_on is None


def test_drafter_and_confirmer_are_two_people_in_the_database_too(world):
    contract = story.to_confirm(world)
    contract.confirmed_by, contract.signed_on = contract.drafted_by, dt.date(2026, 4, 10)
    with pytest.raises(ValidationError, match="供应商另行确认"):
        contract.full_clean()
