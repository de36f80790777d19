"""financing.account: what each payment settles, against a day-by-day bookkeeper that shares no code."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from financing.account import DEBT_FIRST, LATE_FIRST, Debt, Money, Part, settle
from tests.bookkeeper import bookkeeper

START = date(2027, 1, 1)
RATE = D("0.05")


def day(n: int) -> date:
    return START + timedelta(days=n)


def two_years(principal=100_000_00, interest=5_000_00) -> list[Debt]:
    return [Debt(1, day(0), interest, principal), Debt(2, day(365), interest, principal)]


def taken(account, money="p") -> list[tuple]:
    return [(t.debt, t.part.value, t.amount) for t in account.takings if t.money == money]


def test_paid_on_its_day_costs_nothing_more():
    account = settle(two_years(), [Money("p", day(0), 105_000_00)], late_rate=RATE, on=day(100))
    assert taken(account) == [(1, "interest", 5_000_00), (1, "principal", 100_000_00)]
    assert (account.late_interest, account.unpaid, account.credit) == (0, 105_000_00, 0)


def test_ten_days_late_at_five_in_ten_thousand_a_day():
    account = settle(two_years(), [Money("p", day(10), 105_525_00)], late_rate=RATE, on=day(10))
    assert taken(account) == [
        (1, "late_interest", 525_00),
        (1, "interest", 5_000_00),
        (1, "principal", 100_000_00),
    ]
    assert account.owed == 105_000_00


def test_late_interest_comes_first_and_leaves_principal_open():
    account = settle(two_years(), [Money("p", day(10), 105_000_00)], late_rate=RATE, on=day(10))
    assert account.standings[0].left[Part.PRINCIPAL] == 525_00
    later = settle(two_years(), [Money("p", day(10), 105_000_00)], late_rate=RATE, on=day(110))
    assert later.late_interest == 26_25  # 100 days on 525 yuan


def test_by_agreement_late_interest_comes_last():
    account = settle(
        two_years(),
        [Money("p", day(10), 105_000_00)],
        late_rate=RATE,
        order=DEBT_FIRST,
        on=day(110),
    )
    assert account.standings[0].unpaid == 0
    assert account.late_interest == 525_00


def test_more_than_is_due_goes_to_the_next_and_the_rest_is_credit():
    account = settle(two_years(), [Money("p", day(0), 211_000_00)], late_rate=RATE, on=day(0))
    assert [debt for debt, _, _ in taken(account)] == [1, 1, 2, 2, None]
    assert account.credit == 1_000_00
    back = [Money("p", day(0), 211_000_00), Money("r", day(5), -1_000_00)]
    assert settle(two_years(), back, late_rate=RATE, on=day(5)).credit == 0


def test_a_waiver_reaches_late_interest_only():
    moneys = [Money("w", day(10), 400_00, waiver=True), Money("p", day(10), 105_125_00)]
    account = settle(two_years(), moneys, late_rate=RATE, on=day(10))
    assert taken(account, "w") == [(1, "late_interest", 400_00)]
    assert account.owed == 105_000_00


def test_what_comes_later_is_not_known_yet():
    account = settle(two_years(), [Money("p", day(9), 1)], late_rate=RATE, on=day(8))
    assert account.takings == []


# --- properties ------------------------------------------------------------------------------
amounts = st.integers(min_value=0, max_value=50_000_00)


@st.composite
def histories(draw):
    debts = [
        Debt(n, day(draw(st.integers(0, 400))), draw(amounts), draw(amounts))
        for n in range(draw(st.integers(1, 5)))
    ]
    days = draw(st.lists(st.integers(-30, 600), max_size=8, unique=True))
    moneys = [
        Money(n, day(when), draw(st.integers(1, 90_000_00)), draw(st.integers(0, 5)) == 0)
        for n, when in enumerate(days)
    ]
    order = draw(st.sampled_from([LATE_FIRST, DEBT_FIRST]))
    rate = draw(st.sampled_from([D("0"), D("0.05"), D("0.0333"), D("1")]))
    return debts, moneys, order, rate, day(draw(st.integers(0, 700)))


@settings(max_examples=300, deadline=None)
@given(histories())
def test_as_a_bookkeeper_would_day_by_day(history):
    debts, moneys, order, rate, on = history
    account = settle(debts, moneys, late_rate=rate, order=order, on=on)
    settled, credit, late = bookkeeper(debts, moneys, order, rate, on)
    assert {(t.money, t.debt, t.part.value): t.amount for t in account.takings} == settled
    assert (account.credit, account.late_interest) == (credit, late)


@settings(max_examples=200, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_writing_down_plays_no_part(history, random):
    debts, moneys, order, rate, on = history
    shuffled, mixed = list(moneys), list(debts)
    random.shuffle(shuffled)
    one = settle(debts, moneys, late_rate=rate, order=order, on=on)
    other = settle(mixed, shuffled, late_rate=rate, order=order, on=on)
    assert one.takings == other.takings
    assert one.owed == other.owed


@settings(max_examples=300, deadline=None)
@given(histories())
def test_nothing_is_lost_and_nothing_is_negative(history):
    debts, moneys, order, rate, on = history
    account = settle(debts, moneys, late_rate=rate, order=order, on=on)
    for money in moneys:
        used = sum(t.amount for t in account.takings if t.money == money.key)
        if money.day > on:
            assert used == 0
        elif money.waiver:
            assert used <= money.amount
        else:
            assert used == money.amount
    for standing in account.standings:
        assert min(standing.left.values()) >= 0
        assert account.late(standing) >= 0
    before = sum(d.interest + d.principal for d in debts)
    paid = sum(t.amount for t in account.takings if t.part in (Part.INTEREST, Part.PRINCIPAL))
    assert account.unpaid == before - paid
    assert all(t.amount > 0 for t in account.takings)


@pytest.mark.parametrize("order", [LATE_FIRST, DEBT_FIRST])
def test_paying_all_that_is_owed_leaves_nothing(order):
    moneys = [Money("a", day(30), 7_777_77), Money("b", day(400), 1_00)]
    owed = settle(two_years(), moneys, late_rate=RATE, order=order, on=day(500)).owed
    last = [*moneys, Money("c", day(500), owed)]
    account = settle(two_years(), last, late_rate=RATE, order=order, on=day(900))
    assert (account.owed, account.credit) == (0, 0)
