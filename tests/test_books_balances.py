"""The trial balance of the payable is what the schools still owe, whatever happened and in which order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting.actions.books import set_rules
from accounting.balances import cost_of, payables, trial_balance
from accounting.enums import Book
from accounting.models import BookAccount, EntryRule, RuleSet
from accounting.periods import month_of, next_month
from financing.actions.ledger import account_of, repost
from financing.models import Payment, Waiver
from registry import clock
from registry.enums import Role
from registry.money import ZERO, from_fen
from tests.books import keep, keep_all, pay, undo
from tests.buyback import make_buybacks
from tests.world import make_world

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def buybacks(world):
    return make_buybacks(world)


def row_of(tables, code: str):
    (found,) = [row for table in tables for row in table.rows if row.code == code]
    return found


def owed(agreement) -> Decimal:
    return sum((row.remaining for row in agreement.instalments.with_paid()), ZERO)


def test_a_month_begins_with_what_the_last_one_ended(world, buybacks):
    total = sum(one.totals()["payment"] for one in buybacks)
    month = month_of(clock.today())
    keep(world)
    with clock.at(next_month(month) + dt.timedelta(days=4)):
        pay(world, buybacks[0], D("500.00"))
        keep(world)
        tables = trial_balance(world.county, next_month(month))
    payable = row_of(tables, "2502")
    assert (payable.opening, payable.debit, payable.credit) == (total, D("500.00"), ZERO)
    assert payable.closing == total - 500
    assert [(table.debit, table.credit, table.off) for table in tables] == [
        (D("500.00"), D("500.00"), ZERO),
        (D("500.00"), D("500.00"), ZERO),
    ]
    earlier = row_of(trial_balance(world.county, month), "2502")
    assert (earlier.opening, earlier.closing) == (ZERO, total)


def test_schools_add_up_to_the_county(world, buybacks):
    pay(world, buybacks[0], D("500.00"))
    keep(world)
    month = month_of(clock.today())
    whole = row_of(trial_balance(world.county, month), "2502").closing
    parts = [
        row_of(trial_balance(world.county, month, one.school), "2502").closing for one in buybacks
    ]
    assert parts == [owed(one) for one in buybacks]
    assert sum(parts) == whole


def test_the_cost_in_the_books_is_the_cards_and_the_interest(world, buybacks):
    keep(world)
    cost = cost_of(world.county, month_of(clock.today()))
    assert cost.cards == sum(one.principal for one in buybacks)
    assert cost.difference == sum(one.totals()["interest"] for one in buybacks)


def test_the_end_of_a_month_is_seen_also_from_later(world, buybacks):
    """What happened afterwards is taken back before the two sides are compared."""
    month = month_of(clock.today())
    keep(world)
    before = [row.owed for row in payables(world.county, month)]
    with clock.at(next_month(month) + dt.timedelta(days=4)):
        undo(world, pay(world, buybacks[0], D("700.00")))
        pay(world, buybacks[1], D("900.00"))
        rows = payables(world.county, month)
        assert [row.owed for row in rows] == before
        assert [row.difference for row in rows] == [ZERO, ZERO]
        now = payables(world.county, next_month(month))
        assert [row.difference for row in now] == [ZERO, D("900.00")]
        assert "还没有凭证" in now[1].reasons[0]
        assert not now[1].explained


def test_a_difference_that_finance_made_says_so(world, buybacks):
    """The interest is put into another account: the books differ by it, and name the voucher."""
    finance = world.person(Role.COUNTY_FINANCE)
    common = RuleSet.objects.get(county=None, kind="agreement")
    other = BookAccount.objects.get(code="2302")
    lines = [
        EntryRule(
            side=line.side,
            account=other if line.part == "interest" else line.account,
            part=line.part,
        )
        for line in common.lines.all()
    ]
    set_rules(
        county=world.county,
        kind="agreement",
        valid_from=dt.date(2026, 1, 1),
        basis="示例县财会〔2026〕1号",
        lines=lines,
        user=finance,
    )
    keep(world)
    rows = payables(world.county, month_of(clock.today()))
    assert [row.difference for row in rows] == [-one.totals()["interest"] for one in buybacks]
    assert all(row.explained for row in rows)
    assert "记-0001：按当时的科目对应记入长期应付款" in rows[0].reasons[0]


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["pay", "pay", "undo", "waive", "wait", "keep"]),
        st.integers(0, 1),
        st.integers(1, 60_000_00),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=MOVES)
def test_whatever_happens_the_payable_is_what_is_owed(world, buybacks, moves):
    with transaction.atomic():
        day = clock.today()
        for what, which, fen in moves:
            agreement = buybacks[which]
            with clock.at(day):
                if what == "pay":
                    pay(world, agreement, D(fen) / 100)
                elif what == "undo":
                    _undo_one(world, agreement, fen)
                elif what == "waive":
                    _waive(world, agreement)
                elif what == "keep":
                    keep(world)
                else:
                    day += dt.timedelta(days=fen % 250)
        with clock.at(day):
            keep_all(world)
            rows = payables(world.county, month_of(day))
            tables = trial_balance(world.county, month_of(day))
            _prepaid_is_credit(tables, buybacks)
        assert [row.owed for row in rows] == [owed(one) for one in buybacks]
        assert [row.difference for row in rows] == [ZERO, ZERO]
        assert row_of(tables, "2502").closing == sum(map(owed, buybacks))
        assert [(table.book, table.off) for table in tables] == [(b, ZERO) for b in Book]
        transaction.set_rollback(True)


def _undo_one(world, agreement, seed: int) -> None:
    rows = Payment.objects.filter(instalment__agreement=agreement, kind="payment", reversed_by=None)
    if rows:
        undo(world, rows[seed % len(rows)])


def _waive(world, agreement) -> None:
    late = from_fen(account_of(agreement).late_interest)
    if late:
        Waiver.objects.create(
            agreement=agreement,
            amount=late,
            reason="示例",
            passed=True,
            proposed_by=world.person(Role.COUNTY_FINANCE),
            proposed_on=clock.today(),
            decided_by=world.person(Role.SUPPLIER),
            decided_on=clock.today(),
        )
        repost(agreement)


def _prepaid_is_credit(tables, buybacks) -> None:
    prepaid = [row.closing for table in tables for row in table.rows if row.code == "1214"]
    credit = sum((from_fen(account_of(one).credit) for one in buybacks), ZERO)
    assert sum(prepaid, ZERO) == credit
