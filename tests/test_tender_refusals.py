"""What the tender refuses, in which words, and that nothing is written then."""

import datetime as dt

import pytest

from documents.models import TrailEvent
from procurement.models import Tender
from registry import clock
from registry.enums import Role
from registry.models import Supplier
from tests import tender_story as story
from tests.test_tender_flow import words_of
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


UNLAWFUL = [
    ({"bids_due_on": "2026-03-22"}, "截止日期最早为 2026-03-23"),
    ({"bids_due_on": "2026-03-02"}, "不少于 20 日"),
    ({"documents_until": "2026-03-06"}, "招标文件提供期不少于 5 个工作日"),
    ({"ceiling": "915400.01"}, "不超过预算 915,400.00 元"),
    ({"ceiling": "-1"}, "金额不能为负数"),
    ({"ceiling": "0"}, "应大于 0"),
    ({"bid_bond": "18308.01"}, "投标保证金不超过预算的 2%"),
    ({"reserved_percent": "101"}, "100"),
    ({"announced_on": "2026-03-03"}, "不能晚于今天"),
    ({"number": ""}, "请填写“采购项目编号”"),
]


def test_an_unlawful_announcement_is_refused(world):
    tender, officer = story.start(world), world.person(Role.PROCUREMENT)
    with clock.at(story.MONDAY):
        for changes, sentence in UNLAWFUL:
            form = story.step(tender, officer, story.announcement(**changes))
            assert sentence in words_of(form), changes
            tender.refresh_from_db()
            assert (tender.announced_on, tender.number) == (None, None)
    assert story.duty_of(tender).title == "编制招标文件并发布公告"


def test_without_reserve_for_small_enterprises_the_trail_keeps_a_reminder(world):
    tender = story.start(world)
    with clock.at(story.MONDAY):
        form = story.step(
            tender, world.person(Role.PROCUREMENT), story.announcement(reserved_percent="0")
        )
    assert not form.errors
    event = TrailEvent.objects.get(verb="发布招标公告")
    assert event.data == {"warnings": ["A25.small_business"]}


WRONG_BIDS = [
    ({"set_price": "-21500.00"}, "金额不能为负数"),
    ({"set_price": "0"}, "请填写大于 0 的金额"),
    ({"set_price": "21500.001"}, "金额最多两位小数"),
    ({"set_price": "两万"}, "请填写数字金额"),
    ({"set_price": "22500.01", "opening_price": "90000.04"}, "超过最高限价 90,000.00 元"),
    ({"opening_price": "85000.00"}, "以单价计算为准"),
    ({"evaluated_price": "86000.01"}, "不高于投标报价"),
    ({"supplier": "999999"}, "这家企业不在登记册中"),
    ({"supplier": ""}, "请从登记册选择投标人"),
    ({"supplier": "", "name": "示例甲", "uscc": "91520000MA0000031X"}, "校验位须相符"),
    ({"supplier": "", "name": "示例甲", "uscc": ""}, "统一社会信用代码不正确"),
    ({"valid": ""}, "判定投标无效须写明理由"),
]


def test_a_wrong_bid_is_refused_and_nothing_is_kept(world):
    tender, officer = story.to_opening(world), world.person(Role.PROCUREMENT)
    before = Supplier.objects.count()
    with clock.at(story.DEADLINE):
        for changes, sentence in WRONG_BIDS:
            bids = story.three_bids(world)
            bids[0] |= changes
            form = story.step(tender, officer, story.opening(bids))
            assert sentence in words_of(form), changes
            tender.refresh_from_db()
            assert (tender.opened_on, tender.bids.count()) == (None, 0)
            assert Supplier.objects.count() == before


def test_one_supplier_bids_once(world):
    tender = story.to_opening(world)
    bids = story.three_bids(world)
    bids[1]["supplier"] = bids[0]["supplier"]
    with clock.at(story.DEADLINE):
        form = story.step(tender, world.person(Role.PROCUREMENT), story.opening(bids))
    assert "同一投标人只能登记一份投标" in words_of(form)


def test_a_known_code_under_another_name_is_questioned(world):
    tender = story.to_opening(world)
    bids = story.three_bids(world)
    bids[2]["uscc"] = world.suppliers[0].uscc
    with clock.at(story.DEADLINE):
        form = story.step(tender, world.person(Role.PROCUREMENT), story.opening(bids))
    assert f"已登记为“{world.suppliers[0].name}”" in words_of(form)


def test_a_known_code_and_name_is_the_supplier_of_the_register(world):
    tender = story.to_opening(world)
    bids = story.three_bids(world)
    bids[0] |= {
        "supplier": "",
        "name": world.suppliers[0].name,
        "uscc": world.suppliers[0].uscc.lower(),
    }
    with clock.at(story.DEADLINE):
        assert not story.step(tender, world.person(Role.PROCUREMENT), story.opening(bids)).errors
    assert tender.bids.filter(supplier=world.suppliers[0]).exists()


def test_a_confirmed_correction_takes_the_unit_price(world):
    tender = story.to_opening(world)
    bids = story.three_bids(world)
    bids[0] |= {"opening_price": "85000.00", "correction_confirmed": "on"}
    with clock.at(story.DEADLINE):
        assert not story.step(tender, world.person(Role.PROCUREMENT), story.opening(bids)).errors
    corrected = tender.bids.get(supplier=world.suppliers[0])
    assert (str(corrected.price), str(corrected.opening_price)) == ("86000.00", "85000.00")


WRONG_OPENINGS = [
    ({"opened_on": "2026-03-23"}, "开标不能早于投标截止"),
    ({"opened_on": ""}, "请填写日期"),
    ({"reported_on": ""}, "请填写日期"),
    ({"evaluated_on": "2026-03-25", "reported_on": "2026-03-25"}, "不能晚于今天"),
    ({"result": "failed", "failure_reason": "x"}, "请选择废标情形"),
    ({"result": "failed", "ground": "unfair"}, "请写明废标理由"),
    (
        {"result": "failed", "ground": "too_dear", "failure_reason": "x"},
        "不是所有报价都超过采购预算",
    ),
    ({"result": "too_few", "bidders": "2", "failure_reason": "x"}, "请清空投标登记表"),
    ({"result": "maybe"}, "有效"),
]


def test_a_wrong_opening_record_is_refused(world):
    tender, officer = story.to_opening(world), world.person(Role.PROCUREMENT)
    with clock.at(story.DEADLINE):
        for changes, sentence in WRONG_OPENINGS:
            data = story.opening(story.three_bids(world), **changes)
            assert sentence in words_of(story.step(tender, officer, data)), changes
            tender.refresh_from_db()
            assert (tender.opened_on, tender.outcome) == (None, "")


def test_two_bids_cannot_be_opened(world):
    tender = story.to_opening(world)
    with clock.at(story.DEADLINE):
        form = story.step(
            tender,
            world.person(Role.PROCUREMENT),
            story.opening(story.three_bids(world)[:2]),
        )
    assert "投标人 2 家，不足 3 家，不得开标" in words_of(form)


WRONG_AWARDS = [
    (1, {}, "请写明合法理由"),
    (0, {"decided_on": "2026-03-23"}, "定标不能早于"),
    (0, {"decided_on": "2026-03-27", "notified_on": "2026-03-26"}, "中标通知书不能早于定标"),
    (0, {"notified_on": "2026-03-28"}, "不能晚于今天"),
    (1, {"decided_on": "2026-04-01", "notified_on": "2026-04-01", "reason": "x"}, "第一名"),
]


def test_a_wrong_award_is_refused(world):
    tender, office = story.to_award(world), world.person(Role.PROJECT_OFFICE)
    for rank, changes, sentence in WRONG_AWARDS:
        winner = tender.bids.ranked()[rank]
        day = dt.date(2026, 4, 1) if "reason" in changes else dt.date(2026, 3, 27)
        with clock.at(day):
            form = story.step(tender, office, story.award(winner, **changes))
        assert sentence in words_of(form), changes
        tender.refresh_from_db()
        assert (tender.outcome, tender.winner) == ("", None)


def test_another_winner_needs_and_keeps_a_reason(world):
    tender = story.to_award(world)
    second = tender.bids.ranked()[1]
    with clock.at(dt.date(2026, 3, 27)):
        data = story.award(second, reason="第一候选人书面放弃中标")
        assert not story.step(tender, world.person(Role.PROJECT_OFFICE), data).errors
    tender.refresh_from_db()
    assert (tender.winner, tender.award_reason) == (second, "第一候选人书面放弃中标")


def test_the_discounted_price_ranks_but_the_bid_is_paid(world):
    tender = story.to_opening(world)
    bids = story.three_bids(world)
    bids[1]["evaluated_price"] = "79200.00"
    with clock.at(story.DEADLINE):
        story.step(tender, world.person(Role.PROCUREMENT), story.opening(bids))
    leader = tender.bids.ranked()[0]
    assert (leader.supplier, str(leader.price)) == (world.suppliers[1], "88000.00")


def test_equal_prices_want_a_word_on_how_it_was_decided(world):
    tender = story.to_opening(world)
    bids = story.three_bids(world)
    bids[1] |= {"set_price": "21500.00", "opening_price": "86000.00"}
    with clock.at(story.DEADLINE):
        story.step(tender, world.person(Role.PROCUREMENT), story.opening(bids))
    tender.refresh_from_db()
    first = tender.bids.ranked()[0]
    office = world.person(Role.PROJECT_OFFICE)
    with clock.at(dt.date(2026, 3, 27)):
        form = story.step(tender, office, story.award(first))
        assert "请写明按何种方式确定中标人" in words_of(form)
        assert not story.step(tender, office, story.award(first, reason="随机抽取")).errors


def test_an_invalid_or_foreign_bid_cannot_win(world):
    tender = story.to_opening(world)
    bids = story.three_bids(world)
    extra = story.bid(
        Supplier.objects.create(name="示例四号", uscc=story.new_code()), "20000.00", "80000.00"
    )
    extra |= {"valid": "", "rejection": "未按要求签章"}
    with clock.at(story.DEADLINE):
        story.step(tender, world.person(Role.PROCUREMENT), story.opening([*bids, extra]))
    tender.refresh_from_db()
    invalid = tender.bids.get(valid=False)
    with clock.at(dt.date(2026, 3, 27)):
        form = story.step(tender, world.person(Role.PROJECT_OFFICE), story.award(invalid))
    assert "只能从本次招标的有效投标中选择" in words_of(form)
    assert Tender.objects.get(pk=tender.pk).winner is None
