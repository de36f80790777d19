"""The funding plan: by what rule each level gives, asked for at 立项 and kept in every agreement."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from financing.actions import draw_agreement
from financing.models import Rebate
from procurement.actions.funding import funding_amounts
from procurement.actions.plan_paper import plan_data
from procurement.forms import OpenProjectForm
from procurement.models import FundingShare, ProjectSchool
from registry import clock
from registry.enums import Role
from registry.money import cents
from tests.test_plan_open import typed
from tests.world import make_contract, make_passed, make_project, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture(autouse=True)
def _in_march():
    with clock.at(dt.date(2026, 3, 2)):
        yield


def form_of(world, **changes) -> OpenProjectForm:
    user = world.person(Role.PROJECT_OFFICE)
    return OpenProjectForm(typed(**changes), county=world.county, user=user)


RULES = {
    "cap_province": "6000",
    "order_prefecture": "2",
    "base_prefecture": "rest",
    "base_county": "principal",
    "cycle_province": "yearly",
}


def test_each_level_s_rule_is_kept_and_told(world, client_of):
    form = form_of(world, **RULES)
    assert form.is_valid(), form.errors
    project = form.save()
    rules = {share.funder: share.rule for share in project.funding.all()}
    assert rules == {
        "school": "各级奖补以外的全部",
        "county": "按各期本金，付一期申领一期",
        "province": "按各期应付合计，每班不超过 6,000.00 元，每年集中申领",
        "prefecture": "按扣除前序奖补后的余额，付一期申领一期",
    }
    shown = client_of(world.person(Role.PROJECT_OFFICE)).get(project.get_absolute_url())
    assert "按各期应付合计，每班不超过 6,000.00 元，每年集中申领" in shown.content.decode()
    amounts = {share.funder: amount for share, amount in funding_amounts(project)}
    # 9 154 000 yuan for 398 rooms: the province's cap binds, the prefecture's part is of the rest
    assert amounts["province"] == 6000 * 398
    assert amounts["county"] == Decimal("915400.00")
    rest = Decimal("9154000.00") - amounts["province"] - amounts["county"]
    assert amounts["prefecture"] == cents(rest * 20 / 100)
    assert sum(amounts.values()) == Decimal("9154000.00")
    paper = plan_data(project)["funding"]
    assert [part["rule"] for part in paper] == [share.rule for share in project.funding.all()]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_county": "rest"}, "次序前面要有别的层级"),
        ({"base_county": "rest", "order_province": "2"}, "次序前面要有别的层级"),
        ({"base_county": "rest", "order_county": "2", "order_province": "2"}, "不能与别的层级相同"),
        ({"cap_province": "0"}, "每班上限应大于 0"),
        ({"cap_province": "-1"}, "每班上限应大于 0"),
        ({"order_county": "0"}, "次序从 1 数起"),
        ({"base_county": "profit"}, "选择一个有效的选项"),
        ({"cap_province": "6000", "percent_province": "31"}, "应正好是 100%"),
    ],
)
def test_a_rule_that_leaves_something_open_is_refused(world, changes, words):
    form = form_of(world, **changes)
    assert not form.is_valid()
    said = [sentence for sentences in form.errors.values() for sentence in sentences]
    assert any(words in sentence for sentence in said), said


def test_without_a_rule_everything_is_as_before(world):
    form = form_of(world)
    assert form.is_valid(), form.errors
    project = form.save()
    assert all(share.plain for share in project.funding.all())
    assert [amount for _, amount in funding_amounts(project)] == [
        Decimal("3661600.00"),
        Decimal("915400.00"),
        Decimal("1830800.00"),
        Decimal("2746200.00"),
    ]


def test_the_school_has_no_rule(world):
    make_project(world)
    for wrong in ({"base": "rest"}, {"cap_per_room": 1}, {"cycle": "yearly"}, {"order": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FundingShare.objects.filter(funder="school").update(**wrong)


def test_an_agreement_s_rebates_follow_the_rules(world):
    contract = make_contract(world)
    make_passed(world, contract)
    funding = contract.project.funding
    funding.filter(funder="province").update(cap_per_room=Decimal(3000))
    funding.filter(funder="prefecture").update(base="rest", order=2)
    funding.filter(funder="county").update(base="principal")
    row = ProjectSchool.objects.get(school=world.school)
    agreement = draw_agreement(project_school=row)
    rooms, totals = agreement.rooms.count(), agreement.totals()
    sums = {
        funder: sum(r.amount for r in Rebate.objects.filter(funder=funder))
        for funder in ("province", "county", "prefecture")
    }
    assert sums["province"] == 3000 * rooms
    assert sums["county"] == cents(totals["principal"] * 10 / 100)
    rest = totals["payment"] - sums["province"] - sums["county"]
    assert sums["prefecture"] == cents(rest * 20 / 100)
    for one in agreement.instalments.prefetch_related("rebates"):
        assert sum(r.amount for r in one.rebates.all()) <= one.payment
