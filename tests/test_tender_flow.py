"""TenderFlow from the approved plan to the signed contract, and its ways back and out."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from documents.enums import PaperKind
from documents.models import Dossier, Paper, TrailEvent
from documents.trail import broken_at, thread_of
from procurement.actions.tender import open_tender
from procurement.flows import TenderFlow
from procurement.models import ChangeOrder, Contract, PlanLine, Tender
from registry import clock
from registry.enums import Role
from registry.models import Supplier
from tests import tender_story as story
from tests.world import make_project, make_world
from workflow.actions import AlreadyDone, carry_out
from workflow.models import Duty
from workflow.story import story_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def words_of(form) -> str:
    """All that the form says is wrong, its rows included."""
    rows = [row for name in ("bids", "items") for row in getattr(form, name, [])]
    return " ".join(
        text for one in [form, *rows] for texts in one.errors.values() for text in texts
    )


def test_a_plan_that_was_not_approved_is_not_tendered(world):
    with pytest.raises(ValidationError, match="还没有经领导小组批准"):
        open_tender(project=make_project(world))


def test_one_tender_at_a_time(world):
    tender = story.start(world)
    with pytest.raises(ValidationError, match="已有进行中或已定标的招标"):
        open_tender(project=tender.project)


def test_the_whole_story_ends_in_a_signed_contract(world):
    contract = story.to_signed(world)
    tender = contract.tender
    assert (contract.signed_on, contract.supplier) == (dt.date(2026, 4, 10), world.supplier)
    assert tender.winner.price == Decimal("86000.00")
    assert tender.project.current_contract() == contract
    assert contract.set_price == Decimal("21500.00")
    process = TenderFlow.process_of(tender)
    assert [item.state for item in story_of(process)] == ["done"] * 6
    assert not Duty.objects.open().exists()


def test_one_contract_line_for_every_live_plan_line(world):
    contract = story.to_signed(world)
    live = PlanLine.objects.filter(project_school__project=contract.project).live()
    assert set(contract.lines.values_list("plan_line", flat=True)) == set(
        live.values_list("pk", flat=True)
    )
    assert sum(line.price for line in contract.lines.all()) == contract.tender.winner.price


def test_the_winner_joins_the_dossier_with_the_award(world):
    seller = world.person(Role.SUPPLIER)
    tender = story.to_award(world)
    assert not Dossier.objects.visible_to(seller).exists()
    with clock.at(dt.date(2026, 3, 27)):
        story.step(tender, world.person(Role.PROJECT_OFFICE), story.award(tender.bids.ranked()[0]))
    assert Dossier.objects.visible_to(seller).get() == tender.dossier
    assert not Dossier.objects.visible_to(world.person(Role.SUPPLIER, world.suppliers[1])).exists()


def test_deadlines_come_from_the_law(world):
    tender = story.to_opening(world)
    assert story.duty_of(tender).due_on == story.DEADLINE
    with clock.at(story.DEADLINE):
        story.step(tender, world.person(Role.PROCUREMENT), story.opening(story.three_bids(world)))
    assert story.duty_of(tender).due_on == dt.date(2026, 3, 31)  # 5 working days
    with clock.at(dt.date(2026, 3, 27)):
        tender.refresh_from_db()
        story.step(tender, world.person(Role.PROJECT_OFFICE), story.award(tender.bids.ranked()[0]))
    assert story.duty_of(tender).due_on == dt.date(2026, 4, 27)  # 30 days end on a Sunday


def test_every_act_is_on_the_trail_and_the_chain_holds(world):
    contract = story.to_signed(world)
    tender = contract.tender
    verbs = list(
        TrailEvent.objects.filter(thread=thread_of(tender))
        .order_by("number")
        .values_list("verb", flat=True)
    )
    assert verbs == ["发起采购", "发布招标公告", "记录开标评标", "定标"]
    assert TrailEvent.objects.filter(thread=thread_of(contract), verb="签订合同").exists()
    assert broken_at(thread_of(tender)) is None
    assert broken_at(thread_of(contract)) is None


def test_both_parties_sign_the_same_paper(world):
    contract = story.to_signed(world)
    paper = Paper.objects.get(kind=PaperKind.CONTRACT)
    assert [(s.role, s.party) for s in paper.signatures.all()] == [
        ("采购人", contract.buyer),
        ("供应商", world.supplier.name),
    ]
    assert paper.intact
    assert paper.data["contract"]["amount"] == "86000.00"
    assert paper.data["items"][0]["quantity"] == 4
    assert paper.supplier == world.supplier


def test_fewer_than_three_bidders_means_failure_without_opening(world):
    tender = story.to_opening(world)
    data = story.opening([], result="too_few", bidders="2", failure_reason="截止时仅两家投标")
    with clock.at(story.DEADLINE):
        form = story.step(tender, world.person(Role.PROCUREMENT), data)
    assert not form.errors
    tender.refresh_from_db()
    assert (tender.outcome, tender.failure_ground, tender.bidders) == ("failed", "few", 2)
    assert (tender.opened_on, tender.stage) == (None, "废标")
    assert not Duty.objects.open().filter(process=TenderFlow.process_of(tender)).exists()


def test_three_bidders_are_not_too_few(world):
    tender = story.to_opening(world)
    data = story.opening([], result="too_few", bidders="3", failure_reason="不足三家")
    with clock.at(story.DEADLINE):
        form = story.step(tender, world.person(Role.PROCUREMENT), data)
    assert "不能以“不足三家”废标" in words_of(form)
    tender.refresh_from_db()
    assert tender.outcome == ""


def test_two_qualified_bidders_cannot_be_evaluated_but_fail(world):
    tender = story.to_opening(world)
    bids = story.three_bids(world)
    del bids[2]["valid"]
    bids[2]["rejection"] = "未提交中小企业声明函"
    officer = world.person(Role.PROCUREMENT)
    with clock.at(story.DEADLINE):
        form = story.step(tender, officer, story.opening(bids))
        assert "不得评标" in words_of(form)
        assert not Supplier.objects.filter(name__startswith="示例新企业").exists()
        failed = story.opening(bids, result="failed", ground="few", failure_reason="合格两家")
        assert not story.step(tender, officer, failed).errors
    tender.refresh_from_db()
    assert (tender.outcome, tender.bids.count(), tender.evaluated_on) == ("failed", 3, None)


def test_one_brand_counts_once(world):
    tender = story.to_opening(world)
    bids = [row | {"brand": "示例牌甲"} for row in story.three_bids(world)]
    with clock.at(story.DEADLINE):
        form = story.step(tender, world.person(Role.PROCUREMENT), story.opening(bids))
    assert "合格投标人 1 家" in words_of(form)


def test_the_supplier_sends_back_and_the_officer_drafts_again(world):
    contract = story.to_confirm(world)
    tender, seller = contract.tender, world.person(Role.SUPPLIER)
    with clock.at(dt.date(2026, 4, 9)):
        form = story.step(tender, seller, {"decision": "return"})
        assert "退回修改时请写明原因" in words_of(form)
        story.step(tender, seller, {"decision": "return", "opinion": "型号写错"})
    duty = story.duty_of(tender)
    assert (duty.title, duty.reason) == ("签订合同", "型号写错")
    with clock.at(dt.date(2026, 4, 10)):
        data = story.draft(**{"items-0-model": "SL-99"})
        assert not story.step(tender, world.person(Role.PROCUREMENT), data).errors
        assert not story.step(tender, seller, {"decision": "pass"}).errors
    contract.refresh_from_db()
    assert contract.signed_on == dt.date(2026, 4, 10)
    assert Contract.objects.count() == 1
    papers = Paper.objects.filter(kind=PaperKind.CONTRACT).order_by("version")
    assert [(p.version, p.signatures.count()) for p in papers] == [(1, 1), (2, 2)]


def test_an_unchanged_draft_can_be_sent_again(world):
    contract = story.to_confirm(world)
    tender, seller = contract.tender, world.person(Role.SUPPLIER)
    with clock.at(dt.date(2026, 4, 9)):
        story.step(tender, seller, {"decision": "return", "opinion": "请再核对"})
        same = story.draft(number=contract.number)
        assert not story.step(tender, world.person(Role.PROCUREMENT), same).errors
        assert not story.step(tender, seller, {"decision": "pass"}).errors
    assert Paper.objects.get(kind=PaperKind.CONTRACT).signatures.count() == 2


def test_a_room_that_left_the_plan_stops_the_signing(world):
    contract = story.to_confirm(world)
    line = contract.lines.first()
    ChangeOrder.objects.create(
        plan_line=line.plan_line,
        reason="并班",
        proposed_by=world.person(Role.PROJECT_OFFICE),
        proposed_on=dt.date(2026, 4, 8),
        approved_by=world.person(Role.LEADING_GROUP),
        approved_on=dt.date(2026, 4, 9),
    )
    with clock.at(dt.date(2026, 4, 10)):
        form = story.step(contract.tender, world.person(Role.SUPPLIER), {"decision": "pass"})
    assert "数量不一致，不能签订合同" in words_of(form)
    contract.refresh_from_db()
    assert contract.signed_on is None


def test_only_the_procurement_officer_announces(world):
    tender = story.start(world)
    for role in (
        Role.PROJECT_OFFICE,
        Role.LEADING_GROUP,
        Role.SUPPLIER,
        Role.AUDITOR,
        Role.HEAD,
    ):
        with pytest.raises(PermissionDenied):
            story.step(tender, world.person(role), story.announcement())
    tender.refresh_from_db()
    assert tender.announced_on is None


def test_who_recorded_the_opening_does_not_award(world):
    tender = story.to_award(world)
    officer = world.person(Role.PROCUREMENT)
    officer.posts.create(
        role=Role.PROJECT_OFFICE, county=world.county, valid_from=dt.date(2020, 1, 1)
    )
    officer = type(officer).objects.get(pk=officer.pk)
    with pytest.raises(PermissionDenied, match="不相容岗位分离"):
        story.step(tender, officer, story.award(tender.bids.ranked()[0]))


def test_the_database_too_keeps_preparer_and_decider_apart(world):
    tender = story.to_draft(world)
    tender.decided_by = tender.prepared_by
    with pytest.raises(ValidationError, match="不能定标"):
        tender.full_clean()


def test_a_second_click_finds_the_step_done(world):
    tender = story.to_opening(world)
    officer, duty = world.person(Role.PROCUREMENT), story.duty_of(tender)
    data = story.opening(story.three_bids(world))
    with clock.at(story.DEADLINE):
        assert not carry_out(duty=duty, user=officer, data=data).errors
        with pytest.raises(AlreadyDone, match="没有重复写入"):
            carry_out(duty=duty, user=officer, data=data)
    assert tender.bids.count() == 3


def test_a_failed_tender_is_followed_by_another_under_its_own_number(world):
    tender = story.to_opening(world)
    data = story.opening([], result="too_few", bidders="1", failure_reason="仅一家")
    officer = world.person(Role.PROCUREMENT)
    with clock.at(story.DEADLINE):
        story.step(tender, officer, data)
    second = Tender.objects.get(project=tender.project, outcome="")
    later = {
        "announced_on": "2026-04-01",
        "documents_until": "2026-04-09",
        "bids_due_on": "2026-04-22",
    }
    with clock.at(dt.date(2026, 4, 1)):
        form = story.step(second, officer, story.announcement(number=tender.number, **later))
        assert "已存在" in words_of(form)
        assert not story.step(second, officer, story.announcement(**later)).errors
