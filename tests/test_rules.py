"""The law of the tender, rule by rule, on days and amounts worked out by hand."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement import rules
from registry import dates
from registry.workdays import is_workday

after_days = partial(dates.deadline, is_workday=is_workday)
after_workdays = partial(dates.add_workdays, is_workday=is_workday)
BUDGET = Decimal("9154000.00")


@pytest.mark.parametrize(
    ("announced", "earliest"),
    [
        (date(2026, 1, 28), date(2026, 2, 24)),  # day 20 is the Spring Festival
        (date(2026, 3, 2), date(2026, 3, 23)),  # day 20 is a Sunday
        (date(2026, 7, 1), date(2026, 7, 21)),
    ],
)
def test_twenty_days_to_hand_in_bids(announced, earliest):
    period = partial(rules.bidding_period, announced, days=20, after=after_days)
    assert period(earliest).ok
    assert period(earliest).due_on == earliest
    early = period(earliest - dates.ONE_DAY)
    assert early.forbids
    assert f"最早为 {earliest}" in early.sentence


@pytest.mark.parametrize(
    ("start", "workdays", "end"),
    [
        (date(2026, 2, 12), 2, date(2026, 2, 14)),  # a Saturday worked before the festival
        (date(2026, 4, 30), 7, date(2026, 5, 13)),  # 9 May is worked
        (date(2026, 9, 30), 7, date(2026, 10, 15)),  # 10 October is worked
    ],
)
def test_working_days_know_festivals_and_worked_weekends(start, workdays, end):
    decision = partial(rules.decision_in_time, start, workdays=workdays, after=after_workdays)
    assert decision(end).due_on == end
    assert decision(end).ok
    late = decision(end + dates.ONE_DAY)
    assert late.warns
    assert "已逾期" in late.sentence


def test_documents_are_to_be_had_five_working_days():
    period = partial(rules.documents_period, date(2026, 3, 2), workdays=5, after=after_workdays)
    assert period(date(2026, 3, 9)).ok
    assert period(date(2026, 3, 8)).forbids


@pytest.mark.parametrize(
    ("limit", "floor", "ok"),
    [
        (None, None, True),
        (BUDGET, None, True),
        (BUDGET + Decimal("0.01"), None, False),
        (Decimal(0), None, False),
        (None, Decimal(1), False),
    ],
)
def test_a_ceiling_within_the_budget_and_never_a_floor(limit, floor, ok):
    assert rules.ceiling(BUDGET, limit, floor=floor).ok is ok


@pytest.mark.parametrize(
    ("budget", "most"), [(BUDGET, "183080.00"), (Decimal("7960000"), "159200.00")]
)
def test_the_bid_bond_is_two_percent_of_the_budget(budget, most):
    bond = partial(rules.bid_bond, budget=budget, percent=Decimal("2.000000"))
    assert bond(Decimal(most)).ok
    over = bond(Decimal(most) + Decimal("0.01"))
    assert over.forbids
    assert "预算的 2%" in over.sentence


@pytest.mark.parametrize(
    ("amount", "most"), [(BUDGET, "915400.00"), (Decimal("7960000"), "796000.00")]
)
def test_the_performance_bond_is_ten_percent_of_the_contract(amount, most):
    bond = partial(rules.performance_bond, amount=amount, percent=10)
    assert bond(Decimal(most)).ok
    assert bond(Decimal(most) + Decimal("0.01")).forbids


@pytest.mark.parametrize(("count", "ok"), [(0, False), (2, False), (3, True), (7, True)])
def test_three_bidders_to_open_and_three_to_evaluate(count, ok):
    assert rules.enough_bidders(count, minimum=3).ok is ok
    assert rules.enough_qualified(count, minimum=3).ok is ok


def test_bidders_of_one_brand_count_once():
    assert rules.count_by_brand(["甲", "甲 ", "乙"]) == 2
    assert rules.count_by_brand(["", "", "Abc", "ABC"]) == 3
    assert rules.count_by_brand([]) == 0


def test_opened_later_than_the_deadline_is_a_warning():
    day = date(2026, 3, 24)
    assert rules.opening_day(day, day).ok
    assert rules.opening_day(day, day + dates.ONE_DAY).warns


def test_a_bid_above_the_ceiling_or_the_budget_is_invalid():
    limit = partial(rules.price_limit, budget=Decimal(100), limit=Decimal(90))
    assert limit(Decimal(90)).ok
    assert "最高限价" in limit(Decimal("90.01")).sentence
    assert limit(Decimal("90.01")).forbids
    assert "采购预算" in rules.price_limit(Decimal(101), budget=Decimal(100), limit=None).sentence


def test_unit_prices_decide():
    assert rules.unit_price(Decimal("21500"), 4, Decimal("86000")).ok
    wrong = rules.unit_price(Decimal("21500"), 4, Decimal("85000"))
    assert wrong.forbids
    assert "以单价计算为准" in wrong.sentence


def test_notice_and_signing_have_their_days():
    notice = rules.notice_in_time(
        date(2026, 2, 12), date(2026, 2, 24), workdays=2, after=after_workdays
    )
    assert (notice.warns, notice.due_on) == (True, date(2026, 2, 14))
    signing = rules.signing_in_time(date(2026, 3, 27), date(2026, 4, 27), days=30, after=after_days)
    assert (signing.ok, signing.due_on) == (True, date(2026, 4, 27))  # day 30 is a Sunday


def test_contract_is_published_in_two_and_filed_in_seven_working_days():
    signed = date(2026, 4, 30)
    published = rules.publication_due(signed, workdays=2, after=after_workdays)
    filed = rules.filing_due(signed, workdays=7, after=after_workdays)
    assert (published.due_on, filed.due_on) == (date(2026, 5, 7), date(2026, 5, 13))


@pytest.mark.parametrize(
    ("chosen", "leaders", "reason", "in_time", "ok"),
    [
        (1, [1], "", True, True),
        (1, [1], "", False, True),
        (2, [1], "", True, False),
        (2, [1], "第一候选人放弃中标", True, True),
        (2, [1], "第一候选人放弃中标", False, False),
        (1, [1, 2], "", True, False),
        (2, [1, 2], "随机抽取", False, True),
    ],
)
def test_the_lowest_price_wins_unless_there_is_a_reason_in_time(
    chosen, leaders, reason, in_time, ok
):
    assert rules.lowest_price(chosen, leaders, reason, in_time=in_time).ok is ok


@pytest.mark.parametrize(
    ("budget", "reserved", "ok"),
    [
        (Decimal("2000000"), 100, True),
        (Decimal("2000000"), 30, False),
        (Decimal("2000000.01"), 30, True),
        (Decimal("2000000.01"), 29, False),
    ],
)
def test_small_enterprises_get_their_part_or_a_reminder(budget, reserved, ok):
    found = rules.small_business(
        budget, Decimal(reserved), threshold=Decimal(2_000_000), percent=Decimal(30)
    )
    assert found.ok is ok
    assert not found.forbids


def test_no_budget_no_tender():
    assert rules.budget_approved("示例财预〔2026〕1号", BUDGET, BUDGET).ok
    assert rules.budget_approved(" ", BUDGET, BUDGET).forbids
    assert rules.budget_approved("示例财预〔2026〕1号", BUDGET, BUDGET + 1).forbids


def test_the_contract_says_what_was_put_out_to_tender():
    assert rules.same_quantity(398, 398).ok
    assert rules.same_quantity(397, 398).forbids


@given(
    price=st.decimals("0.01", "99999.99", places=2),
    sets=st.integers(1, 2000),
    gap=st.integers(-10_000, 10_000),
)
def test_a_fen_more_or_less_than_the_bid_is_refused(price, sets, gap):
    total = price * sets
    found = rules.same_price(price, sets, total + gap * Decimal("0.01"))
    assert found.forbids is (gap != 0)


def test_a_refusal_names_its_law():
    [sentence] = rules.forbidding([rules.enough_bidders(2, minimum=3)])
    assert sentence == "投标人 2 家，不足 3 家，不得开标，应予废标。（财政部令第87号第四十一条）"


def test_codes_are_unique_and_stay():
    assert len({str(code) for code in rules.Rule}) == len(rules.Rule) == 21
