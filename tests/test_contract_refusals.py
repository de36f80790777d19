"""What the contract refuses: prices that are not the bid's, missing clauses, the wrong people."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from documents.models import Paper
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
    ({"repayment": "fixed_payment"}, "请填写全部学校合计的每期付款额"),
    (
        {"repayment": "fixed_payment", "fixed_payment": "17199.99"},
        "5 期付款合计 85,999.95 元，少于要分期的 86,000.00 元",
    ),
    ({"fixed_payment": "20000"}, "只有“约定每期付款额”的方式才填写每期付款额"),
    (
        {"repayment": "custom_percent", "percents": "50，50"},
        "共 5 期，各期比例须有 5 个，现有 2 个",
    ),
    ({"repayment": "custom_percent", "percents": "20,20,20,20,21"}, "合计须为 100，现为 101"),
    ({"repayment": "custom_percent", "percents": "一半,一半"}, "各期比例只填数字"),
    ({"percents": "20,20,20,20,20"}, "只有“约定各期比例”的方式才填写各期比例"),
    ({"down_percent": "60", "residual_percent": "40"}, "合计 100%，须小于 100%"),
    ({"retention_percent": "5", "retention_months": "0"}, "返还期须在 1 到 120 个月之间"),
    ({"grace": "5"}, "宽限期须少于总期数 5 期"),
    (
        {"repayment": "custom_percent", "percents": "20 20 20 20 20", "grace": "1"},
        "宽限期只用于等额本息和等额本金",
    ),
    ({"late_rate": "5"}, "逾期日利率应在 0 到 1% 之间"),
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


def test_terms_that_many_leave_out_are_kept_and_told_to_the_supplier(world):
    tender = story.to_draft(world)
    changes = {
        "repayment": "custom_percent",
        "percents": "30%，30、20 10,10",
        "down_percent": "10",
        "retention_percent": "5",
        "retention_months": "24",
        "late_rate": "0.03",
        "allocation": "debt_first",
    }
    with clock.at(dt.date(2026, 4, 8)):
        form = story.step(tender, world.person(Role.PROCUREMENT), story.draft(**changes))
    assert not form.errors
    contract = Contract.objects.get()
    assert contract.percents == ["30", "30", "20", "10", "10"]
    assert (contract.fixed_payment, contract.grace, contract.residual_percent) == (None, 0, 0)
    words = Paper.objects.get(kind="contract").data["payment"]
    for expected in (
        "约定各期比例，年利率 3.5%，各期 30%、30%、20%、10%、10%",
        "首付 10%，质保金 5%，验收满 24 个月后返还",
        "逾期按日 0.03% 计付逾期利息，付款按利息→本金→逾期利息抵充",
    ):
        assert expected in words


def test_a_contract_without_more_terms_is_an_annuity_under_the_law_s_late_rate(world):
    contract = story.to_confirm(world)
    assert (contract.down_percent, contract.late_rate, contract.percents) == (0, None, [])
    assert "逾期利息按法定利率计付" in Paper.objects.get(kind="contract").data["payment"]
