"""Late interest, waivers, over-payment, refund: through the flow and the pages."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from financing.actions import account_of, decide_waiver, propose_waiver, refund_credit
from financing.flows import WaiverFlow
from financing.models import Payment, Posting, Waiver
from registry import clock
from registry.enums import Role
from registry.money import from_fen
from tests.buyback import apply, do, make_buybacks, pay, pay_round, review
from tests.world import make_user, make_world
from workflow.actions import carry_out
from workflow.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def buyback(world):
    return make_buybacks(world)[0]


def days_after(agreement, days: int):
    """The morning ``days`` days after the first due day."""
    return clock.at(agreement.next_due_day() + dt.timedelta(days=days))


def late(agreement) -> Decimal:
    return from_fen(account_of(agreement).late_interest)


def parts(payment) -> dict:
    found = {}
    for row in payment.postings.all():
        found[row.kind] = found.get(row.kind, 0) + row.amount
    return found


def test_a_late_school_is_asked_for_the_late_interest_too(world, buyback, client_of):
    first = buyback.due_instalment()
    with days_after(buyback, 10):
        expected = (first.payment * Decimal("0.005")).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        assert late(buyback) == expected
        duty = Duty.objects.open().get(step="apply", school=buyback.school)
        page = client_of(world.person(Role.SCHOOL_FINANCE, buyback.school))
        shown = page.get(reverse("task", args=[duty.pk])).content.decode()
        assert f"{first.payment + expected:.2f}" in shown
        assert f"{expected:,.2f}" in shown
        pay_round(world, buyback, "支-1", amount=first.payment + expected)
    assert parts(Payment.objects.get()) == {
        "late_interest": expected,
        "interest": first.interest,
        "principal": first.principal,
    }
    assert buyback.due_instalment().number == 2


def test_without_the_late_interest_a_little_principal_stays_open(world, buyback):
    first = buyback.due_instalment()
    with days_after(buyback, 10):
        owed = late(buyback)
        pay_round(world, buyback, "支-1", amount=first.payment)
    rest = buyback.due_instalment()
    assert (rest.number, rest.remaining) == (1, owed)


def test_one_payment_may_settle_several_instalments(world, buyback):
    first, second = buyback.instalments.order_by("number")[:2]
    pay_round(world, buyback, "支-1", amount=first.payment + second.payment + 5)
    third = buyback.due_instalment()
    assert (third.number, third.payment - third.remaining) == (3, 5)


def test_more_than_all_that_is_owed_cannot_be_applied_for(world, buyback):
    total = from_fen(account_of(buyback).owed)
    user = world.person(Role.SCHOOL_FINANCE, buyback.school)
    duty = Duty.objects.open().get(step="apply", school=buyback.school)
    data = {"amount": total + Decimal("0.01"), "budget_note": "公用经费"}
    form = carry_out(duty=duty, user=user, data=data)
    assert "还应付" in str(form.errors)


def test_what_the_bank_paid_differently_needs_a_reason_and_the_surplus_is_given_back(
    world, buyback, client_of
):
    total = from_fen(account_of(buyback).owed)
    apply(world, buyback, total)
    review(world, buyback)
    cashier = world.person(Role.COUNTY_CASHIER)
    duty = Duty.objects.open().get(step="pay", school=buyback.school)
    paid = {"voucher": "支-1", "paid_on": clock.today(), "amount": total + 100}
    form = carry_out(duty=duty, user=cashier, data=paid)
    assert "请写明原因" in str(form.errors["why"])
    do(buyback, "pay", cashier, **paid, why="银行多划 100 元")
    assert from_fen(account_of(buyback).credit) == 100
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    url = reverse("financing:refund", args=[buyback.pk])
    back = {"voucher": "收-1", "refunded_on": clock.today(), "reason": "供应商退回多划款"}
    page = finance.post(url, {"amount": "100.01", **back}).content.decode()
    assert "多付款余额 100.00 元" in page
    finance.post(url, {"amount": "100", **back})
    assert account_of(buyback).credit == 0
    assert Payment.objects.get(kind="refund").amount == -100
    assert finance.post(url, {"amount": "100", **back}).status_code == 200  # twice changes nothing
    assert Payment.objects.filter(kind="refund").count() == 1


def test_the_cashier_of_the_payment_does_not_record_its_refund(world, buyback):
    apply(world, buyback)
    review(world, buyback)
    pay(world, buyback, "支-1")
    with pytest.raises(ValidationError, match="县财务审核岗"):
        refund_credit(
            agreement=buyback,
            user=world.person(Role.COUNTY_CASHIER),
            amount=Decimal(1),
            voucher="收-1",
            refunded_on=clock.today(),
            reason="试",
        )


# --- waivers ---------------------------------------------------------------------------------
def ask(world, buyback, client_of, **data):
    client = client_of(world.person(Role.COUNTY_FINANCE))
    return client.post(reverse("financing:waiver", args=[buyback.pk]), data, follow=True)


def test_the_supplier_grants_a_waiver_from_its_inbox(world, buyback, client_of):
    with days_after(buyback, 10):
        owed = late(buyback)
        shown = ask(world, buyback, client_of, amount=owed, reason="雪灾停课").content.decode()
        assert "等待供应商决定" in shown
        waiver = Waiver.objects.get()
        duty = Duty.objects.open().get(process=WaiverFlow.process_of(waiver))
        supplier = client_of(world.person(Role.SUPPLIER))
        page = supplier.get(reverse("task", args=[duty.pk])).content.decode()
        assert "雪灾停课" in page
        supplier.post(reverse("task", args=[duty.pk]), {"decision": "pass"})
        assert late(buyback) == 0
        assert "供应商同意" in supplier.get(buyback.get_absolute_url()).content.decode()
    assert list(Posting.objects.filter(waiver=waiver).values_list("amount")) == [(owed,)]


def test_a_refused_waiver_leaves_the_late_interest(world, buyback, client_of):
    with days_after(buyback, 10):
        owed = late(buyback)
        ask(world, buyback, client_of, amount=owed, reason="雪灾停课")
        waiver = Waiver.objects.get()
        supplier = world.person(Role.SUPPLIER)
        decide_waiver(waiver=waiver, user=supplier, passed=False, opinion="合同没有约定")
        assert late(buyback) == owed
        with pytest.raises(ValidationError, match="已经决定"):
            decide_waiver(waiver=waiver, user=supplier, passed=True)


def test_who_may_ask_and_who_may_grant(world, buyback, client_of):
    with days_after(buyback, 10):
        owed = late(buyback)
        for role in (Role.SCHOOL_FINANCE, Role.COUNTY_CASHIER, Role.SUPPLIER):
            with pytest.raises(ValidationError, match="县财务审核岗"):
                propose_waiver(agreement=buyback, user=world.person(role), amount=owed, reason="试")
        assert (
            "须在这个数以内"
            in ask(world, buyback, client_of, amount=owed + 1, reason="试").content.decode()
        )
        finance = world.person(Role.COUNTY_FINANCE)
        waiver = propose_waiver(agreement=buyback, user=finance, amount=owed, reason="试")
        for user in (finance, make_user("其他县财务", Role.COUNTY_FINANCE, world.county)):
            with pytest.raises(ValidationError, match="由供应商决定"):
                decide_waiver(waiver=waiver, user=user, passed=True)


def test_postings_only_grow(world, buyback):
    pay_round(world, buyback, "支-1", amount=100)
    table = Posting._meta.db_table
    for sql in (f"UPDATE {table} SET amount = 1", f"DELETE FROM {table}"):
        with (
            pytest.raises(DatabaseError, match="append only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_what_cannot_be_paid_goes_back_to_review(world, buyback):
    apply(world, buyback)
    review(world, buyback)
    cashier = world.person(Role.COUNTY_CASHIER)
    duty = Duty.objects.open().get(step="pay", school=buyback.school)
    form = carry_out(duty=duty, user=cashier, data={"returns": "on"})
    assert form.errors["why"] == ["退回审核时请写明原因。"]
    do(buyback, "pay", cashier, returns="on", why="收款账号有误")
    duty = Duty.objects.open().get(school=buyback.school)
    assert (duty.step, duty.reason) == ("review", "出纳退回：收款账号有误")
    review(world, buyback, "return", "请核对收款账号")
    assert Duty.objects.open().get(school=buyback.school).step == "apply"
    assert not Payment.objects.exists()
