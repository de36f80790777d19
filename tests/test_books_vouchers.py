"""Every kind of event becomes one balanced voucher."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from accounting.actions.books import pending_events
from accounting.entries import imbalance
from accounting.enums import Book, EventKind
from accounting.models import Entry, Voucher
from accounting.periods import month_of
from financing.actions import refund_credit, reverse_payment
from financing.actions.ledger import account_of, repost
from financing.models import Instalment, Payment, Revision, Waiver
from registry import clock
from registry.enums import Role
from registry.money import from_fen
from tests.books import balance, fund_moves, keep, keep_all, lines, pay, receive, undo
from tests.buyback import make_buybacks, pay_round
from tests.world import make_world

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def world():
    return make_world(schools=1)


@pytest.fixture
def agreement(world):
    return make_buybacks(world)[0]


def everything_balances() -> None:
    for voucher in Voucher.objects.prefetch_related("entries"):
        assert voucher.entries.all(), voucher
        assert imbalance(voucher.entries.all()) == {}, voucher


def of_kind(made, kind) -> Voucher:
    (found,) = [row for row in made if row.kind == kind]
    return found


def test_an_agreement_is_owed_in_full_from_its_signing(world, agreement):
    (voucher,) = keep(world)
    totals = agreement.totals()
    assert voucher.word == "记-0001"
    assert voucher.day == agreement.signed_on
    assert lines(voucher) == [
        ("debit", "160102", totals["payment"]),
        ("credit", "2502", totals["principal"]),
        ("credit", "2502", totals["interest"]),
    ]
    assert lines(voucher, Book.BUDGET) == []


def test_a_payment_lowers_the_payable_and_is_budget_spending(world, agreement):
    first = agreement.instalments.get(number=1)
    pay_round(world, agreement, "支-1", amount=first.interest + 1)
    voucher = of_kind(keep(world), EventKind.PAYMENT)
    assert lines(voucher) == [
        ("debit", "2502", D("1.00")),
        ("debit", "2502", first.interest),
        ("credit", "4001", first.interest + 1),
    ]
    assert lines(voucher, Book.BUDGET) == [
        ("debit", "7201", D("1.00")),
        ("debit", "7201", first.interest),
        ("credit", "6001", first.interest + 1),
    ]
    assert "支-1" in voucher.summary
    everything_balances()


def test_a_reversal_is_red_on_the_same_accounts(world, agreement):
    pay_round(world, agreement, "支-1")
    finance = world.person(Role.COUNTY_FINANCE)
    reverse_payment(payment=Payment.objects.get(), user=finance, reason="付错账户")
    made = keep(world)
    paid, undone = of_kind(made, EventKind.PAYMENT), of_kind(made, EventKind.REVERSAL)
    assert lines(undone) == [(side, code, -amount) for side, code, amount in lines(paid)]
    assert balance("2502") == -agreement.totals()["payment"]
    assert balance("4001") == balance("6001") == 0
    everything_balances()


def test_late_interest_is_a_cost_and_no_part_of_the_payable(world, agreement):
    first = agreement.instalments.get(number=1)
    with clock.at(first.due_on + dt.timedelta(days=100)):
        pay(world, agreement, first.payment)
        keep_all(world)
    late = balance("5901")
    assert late > 0
    assert balance("7901") == late
    assert balance("2502") == first.payment - late - agreement.totals()["payment"]
    everything_balances()


def test_money_beyond_all_debts_waits_as_prepaid_and_comes_back(world, agreement):
    pay(world, agreement, agreement.totals()["payment"] + 100)
    keep(world)
    assert balance("1214") == D("100.00")
    assert balance("2502") == 0
    refund_credit(
        agreement=agreement,
        user=world.person(Role.COUNTY_FINANCE),
        amount=D("60.00"),
        voucher="退-1",
        refunded_on=clock.today(),
        reason="多付",
    )
    (voucher,) = keep(world)
    assert lines(voucher) == [("debit", "1002", D("60.00")), ("credit", "1214", D("60.00"))]
    assert balance("1214") == D("40.00")
    everything_balances()


def test_every_rebate_that_arrives_is_income_in_the_bank(world, agreement):
    for rebate in agreement.instalments.get(number=1).rebates.all():
        receive(world, rebate)
    made = [row for row in keep(world) if row.kind == EventKind.REBATE]
    assert len(made) == 3
    rebate = agreement.instalments.get(number=1).rebates.get(funder="province")
    (voucher,) = [row for row in made if "省级" in row.summary]
    assert lines(voucher) == [("debit", "1002", rebate.amount), ("credit", "4001", rebate.amount)]
    assert lines(voucher, Book.BUDGET) == [
        ("debit", "8001", rebate.amount),
        ("credit", "6001", rebate.amount),
    ]
    receive(world, rebate, D("-5.00"))
    (red,) = keep(world)
    assert lines(red) == [("debit", "1002", D("-5.00")), ("credit", "4001", D("-5.00"))]
    everything_balances()


def test_a_waiver_shows_what_ran_up_and_what_was_let_go(world, agreement):
    first = agreement.instalments.get(number=1)
    with clock.at(first.due_on + dt.timedelta(days=30)):
        amount = from_fen(account_of(agreement).late_interest)
        Waiver.objects.create(
            agreement=agreement,
            amount=amount,
            reason="示例",
            passed=True,
            proposed_by=world.person(Role.COUNTY_FINANCE),
            proposed_on=clock.today(),
            decided_by=world.person(Role.SUPPLIER),
            decided_on=clock.today(),
        )
        repost(agreement)
        voucher = of_kind(keep_all(world), EventKind.WAIVER)
    assert lines(voucher) == [("debit", "5901", amount), ("credit", "4609", amount)]
    everything_balances()


def revise(world, agreement, kind: str, **more) -> Revision:
    """The last instalment replaced: by one of another amount, or by none on a termination."""
    row = Revision.objects.create(
        agreement=agreement,
        number=agreement.revisions.count() + 1,
        kind=kind,
        effective_on=clock.today(),
        reason="示例",
        passed=True,
        proposed_by=world.person(Role.COUNTY_FINANCE),
        proposed_on=clock.today(),
        decided_by=world.person(Role.LEADING_GROUP),
        decided_on=clock.today(),
    )
    old = agreement.instalments.order_by("number").last()
    Instalment.objects.filter(pk=old.pk).update(replaced_by=row)
    if more:
        Instalment.objects.create(
            agreement=agreement,
            number=old.number,
            due_on=old.due_on,
            revision=row,
            payment=more["principal"] + more["interest"],
            balance=D("0.00"),
            **more,
        )
    repost(agreement)
    return row


def test_a_new_plan_changes_the_payable_by_the_difference(world, agreement):
    keep(world)
    old = agreement.instalments.order_by("number").last()
    revise(world, agreement, "amendment", principal=old.principal - 500, interest=old.interest - 20)
    (voucher,) = keep(world)
    assert voucher.kind == EventKind.REVISION
    assert lines(voucher) == [
        ("debit", "160102", D("-520.00")),
        ("credit", "2502", D("-500.00")),
        ("credit", "2502", D("-20.00")),
    ]
    assert -balance("2502") == agreement.totals()["payment"]


def test_equipment_given_back_leaves_the_books(world, agreement):
    old = agreement.instalments.order_by("number").last()
    revise(world, agreement, "termination")
    made = keep(world)
    voucher = of_kind(made, EventKind.TERMINATION)
    kept = agreement.totals()["payment"]
    assert lines(voucher) == [
        ("debit", "2502", old.payment),
        ("debit", "5301", kept),
        ("credit", "160102", old.payment + kept),
    ]
    assert balance("160102") == 0
    assert -balance("2502") == kept
    everything_balances()


def test_the_title_moves_the_whole_cost_to_what_the_school_owns(world, agreement):
    pay(world, agreement, agreement.totals()["payment"])
    agreement.closed_on = clock.today()
    agreement.save(update_fields=["closed_on"])
    voucher = of_kind(keep(world), EventKind.TITLE)
    cost = agreement.totals()["payment"]
    assert lines(voucher) == [("debit", "160101", cost), ("credit", "160102", cost)]
    assert balance("160102") == 0
    everything_balances()


def test_earmarked_money_that_came_and_was_spent(world, agreement):
    fund_moves(world, D("600.00"), D("150.00"))
    made = keep(world)
    came, used = of_kind(made, EventKind.ALLOCATION), of_kind(made, EventKind.FUND_USE)
    assert lines(came) == [("debit", "1002", D("600.00")), ("credit", "4001", D("600.00"))]
    assert lines(used) == [("debit", "5001", D("150.00")), ("credit", "1002", D("150.00"))]
    assert came.school is None
    everything_balances()


def test_what_a_reversal_moves_between_parts_is_a_voucher_of_its_own(world, agreement):
    """The second payment settled principal; without the first it settles interest."""
    first = agreement.instalments.get(number=1)
    early = pay(world, agreement, first.interest)
    pay(world, agreement, D("300.00"))
    keep(world)
    undo(world, early)
    made = keep(world)
    assert lines(of_kind(made, EventKind.REVERSAL)) == [
        ("debit", "2502", -first.interest),
        ("credit", "4001", -first.interest),
    ]
    assert lines(of_kind(made, EventKind.RETAKEN)) == [
        ("debit", "2502", D("-300.00")),
        ("debit", "2502", D("300.00")),
    ]
    everything_balances()
    assert -balance("2502") == sum(row.remaining for row in agreement.instalments.with_paid())


def test_nothing_is_left_to_do_once_all_have_vouchers(world, agreement):
    pay(world, agreement, D("100.00"))
    month = month_of(clock.today())
    assert len(pending_events(world.county, month)) == 2
    assert len(keep(world)) == 2
    assert pending_events(world.county, month) == []
    assert keep(world) == []
    assert Voucher.objects.count() == 2
    assert Entry.objects.filter(amount=0).count() == 0
