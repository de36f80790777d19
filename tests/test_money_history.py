"""Random years of an agreement: whatever happened and in whatever order it was entered, what is
written down is what a bookkeeper makes of the history, and nothing is lost on the way."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from financing.actions import (
    account_of,
    amount_due,
    apply_for_payment,
    decide_waiver,
    propose_waiver,
    record_payment,
    refund_credit,
    reverse_payment,
    review_application,
)
from financing.actions.revision import RoomChange, decide_revision, propose_revision
from financing.enums import PaymentKind, RevisionKind
from financing.models import Agreement, Instalment, Payment, Posting, Rebate, Waiver
from procurement.enums import AllocationOrder
from registry import calendar, clock
from registry.enums import Role
from registry.money import ZERO, from_fen, to_fen
from tests.bookkeeper import bookkeeper
from tests.buyback import make_buybacks
from tests.world import make_user, make_world

pytestmark = pytest.mark.django_db
ORDERS = {
    AllocationOrder.LATE_FIRST: ("late_interest", "interest", "principal"),
    AllocationOrder.DEBT_FIRST: ("interest", "principal", "late_interest"),
}


class Debt(NamedTuple):
    key: int
    due_on: dt.date
    interest: int
    principal: int


class Money(NamedTuple):
    key: tuple
    day: dt.date
    amount: int
    waiver: bool


class Years:
    """One agreement through the years; each event may be refused, and then changes nothing."""

    def __init__(self, world, agreement, order):
        self.world, self.pk, self.vouchers = world, agreement.pk, 0
        Agreement.objects.filter(pk=self.pk).update(allocation=order)
        self.second = make_user("县财务二", Role.COUNTY_FINANCE, world.county)

    @property
    def agreement(self) -> Agreement:
        return Agreement.objects.get(pk=self.pk)

    def voucher(self) -> str:
        self.vouchers += 1
        return f"支-{self.vouchers}"

    def pay(self, percent: int, more: int) -> None:
        """A part of what is due, all of it, or up to twice as much; the bank adds ``more`` fen."""
        agreement = self.agreement
        account = account_of(agreement)
        asked = min(
            (amount_due(account, clock.today()) * percent / 100).quantize(Decimal("0.01")),
            from_fen(account.owed),
        )
        officer = self.world.person(Role.COUNTY_FINANCE)
        apply_for_payment(
            agreement=agreement,
            user=self.world.person(Role.SCHOOL_FINANCE, agreement.school),
            amount=asked,
            budget_note="公用经费",
        )
        review_application(agreement=agreement, user=officer, passed=True)
        record_payment(
            agreement=agreement,
            user=self.world.person(Role.COUNTY_CASHIER),
            voucher=self.voucher(),
            paid_on=clock.today(),
            amount=asked + from_fen(more),
            reason="银行多划" if more else "",
        )

    def reverse(self, which: int) -> None:
        paid = Payment.objects.standing().filter(kind=PaymentKind.PAYMENT).order_by("pk")
        if paid:
            reverse_payment(payment=paid[which % len(paid)], user=self.second, reason="退票")

    def refund(self, percent: int) -> None:
        credit = from_fen(account_of(self.agreement).credit)
        refund_credit(
            agreement=self.agreement,
            user=self.second,
            amount=(credit * percent / 100).quantize(Decimal("0.01")),
            voucher=self.voucher(),
            refunded_on=clock.today(),
            reason="退多付款",
        )

    def waive(self, percent: int) -> None:
        late = from_fen(account_of(self.agreement).late_interest)
        waiver = propose_waiver(
            agreement=self.agreement,
            user=self.second,
            amount=(late * percent / 100).quantize(Decimal("0.01")),
            reason="雪灾",
        )
        decide_waiver(waiver=waiver, user=self.world.person(Role.SUPPLIER), passed=True)

    def reprice(self, which: int, percent: int) -> None:
        rooms = list(self.agreement.rooms.filter(left_by=None).order_by("pk"))
        room = rooms[which % len(rooms)]
        after = (room.amount * percent / 100).quantize(Decimal("0.01"))
        self._revise(
            RevisionKind.AMENDMENT,
            Role.LEADING_GROUP,
            rooms=[RoomChange(room.room_pass, after if percent else None)],
        )

    def reschedule(self, count: int, rate: int) -> None:
        self._revise(
            RevisionKind.RESCHEDULE,
            Role.COUNTY_FINANCE,
            count=count,
            annual_rate=Decimal(rate) / 100,
        )

    def buy_out(self) -> None:
        self._revise(RevisionKind.BUYOUT, Role.COUNTY_FINANCE)

    def _revise(self, kind, decides, **what) -> None:
        revision = propose_revision(
            agreement=self.agreement,
            user=self.second,
            reason="按会议纪要",
            kind=kind,
            effective_on=clock.today(),
            **what,
        )
        decide_revision(revision=revision, user=self.world.person(decides), passed=True)

    # --- what must hold after every event ---------------------------------------------------
    def check(self) -> None:
        agreement, today = self.agreement, clock.today()
        self._as_the_bookkeeper(agreement, today)
        for payment in Payment.objects.exclude(kind=PaymentKind.REVERSAL):
            posted = sum((row.amount for row in payment.postings.all()), ZERO)
            reversed_ = Payment.objects.filter(reverses=payment).exists()
            assert posted == (ZERO if reversed_ else payment.amount)
        rows = list(agreement.instalments.with_paid().order_by("number"))
        assert all(row.payment == row.principal + row.interest for row in rows)
        assert min(row.balance for row in rows) >= 0
        assert min(row.interest for row in rows) >= 0
        assert all(row.remaining >= 0 for row in rows)
        assert rows[-1].balance == 0
        rooms = sum((r.amount for r in agreement.rooms.filter(left_by=None)), ZERO)
        assert sum(row.principal for row in rows) == rooms == agreement.principal
        self._rebates(rows)

    def _as_the_bookkeeper(self, agreement, today) -> None:
        county = agreement.dossier.county
        debts = [
            Debt(
                row.pk,
                calendar.after_days(row.due_on, 0, county=county),
                to_fen(row.interest),
                to_fen(row.principal),
            )
            for row in agreement.instalments.order_by("due_on", "number")
        ]
        moneys = [
            Money(("payment", row.pk), row.paid_on, to_fen(row.amount), False)
            for row in Payment.objects.standing().exclude(kind=PaymentKind.REFUND).order_by("pk")
        ] + [
            Money(("waiver", row.pk), row.decided_on, to_fen(row.amount), True)
            for row in Waiver.objects.standing().order_by("pk")
        ]
        order = ORDERS[AllocationOrder(agreement.allocation)]
        settled, credit, late = bookkeeper(debts, moneys, order, agreement.late_rate, today)
        written = defaultdict(int)
        for row in Posting.objects.exclude(payment__kind=PaymentKind.REFUND):
            source = ("payment", row.payment_id) if row.payment_id else ("waiver", row.waiver_id)
            written[source, row.instalment_id, row.kind] += to_fen(row.amount)
        assert {key: amount for key, amount in written.items() if amount} == settled
        refunds = Payment.objects.filter(kind=PaymentKind.REFUND)
        refunded = -sum((row.amount for row in refunds), ZERO)
        account = account_of(agreement)
        assert account.credit == credit - to_fen(refunded)
        assert account.late_interest == late

    def _rebates(self, rows) -> None:
        """Σ of a funder over the plan in force = round(percent × Σ payments)."""
        total = sum(row.payment for row in rows)
        given = defaultdict(Decimal)
        percent = {}
        for rebate in Rebate.objects.filter(instalment__in=[row.pk for row in rows]):
            given[rebate.funder] += rebate.amount
            percent[rebate.funder] = rebate.percent
            assert rebate.amount >= 0
        for funder, amount in given.items():
            exact = total * percent[funder] / 100
            assert amount == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


events = st.lists(
    st.tuples(
        st.integers(0, 250),  # days since the event before
        st.one_of(
            st.tuples(st.just("pay"), st.integers(1, 200), st.sampled_from([0, 0, 0, 1, 12345])),
            st.tuples(st.just("pay"), st.just(100), st.just(0)),
            st.tuples(st.just("reverse"), st.integers(0, 5)),
            st.tuples(st.just("refund"), st.integers(1, 100)),
            st.tuples(st.just("waive"), st.integers(1, 100)),
            st.tuples(st.just("reprice"), st.integers(0, 2), st.sampled_from([0, 90, 101, 130])),
            st.tuples(st.just("reschedule"), st.integers(1, 9), st.sampled_from([0, 350, 999])),
            st.tuples(st.just("buy_out")),
        ),
    ),
    max_size=9,
)


@pytest.fixture
def buyback():
    world = make_world(schools=1, rooms=3)
    return world, make_buybacks(world)[0]


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events, st.sampled_from(list(ORDERS)))
def test_whatever_happens_in_five_years(buyback, happened, order):
    world, agreement = buyback
    with transaction.atomic():
        years, day = Years(world, agreement, order), clock.today()
        for days, (name, *arguments) in happened:
            day += dt.timedelta(days=days)
            with clock.at(day):
                try:
                    with transaction.atomic():
                        getattr(years, name)(*arguments)
                except ValidationError:
                    pass  # refused: nothing of it may have stayed
                years.check()
        replaced = Instalment.history.filter(replaced_by__isnull=False)
        assert all(row.replaced_by.agreement_id == agreement.pk for row in replaced)
        transaction.set_rollback(True)
