"""One rebate from the claim to the bank: who does what, how much, and how it is undone."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from documents.models import TrailEvent
from financing.actions import (
    Verdict,
    approve_claim,
    claim_batch,
    decide_claims,
    end_claim,
    receive_batch,
    receive_claim,
    return_claim,
    reverse_payment,
    review_claim,
    take_back,
    withdraw_claim,
)
from financing.enums import ClaimStatus
from financing.models import ClaimReturn, Payment, PeriodClose, Rebate, RebateClaim, RebateReceipt
from registry import clock
from registry.enums import Role
from tests.buyback import claim, granted, make_buybacks, pay_round, reviewed, second_finance
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world(schools=1)


@pytest.fixture
def buyback(world):
    agreement = make_buybacks(world)[0]
    pay_round(world, agreement, "支-1")
    return agreement


def claim_of(funder: str) -> RebateClaim:
    return RebateClaim.objects.get(rebate__funder=funder)


def cashier(world):
    return world.person(Role.COUNTY_CASHIER)


def owed(agreement):
    return agreement.instalments.with_paid().get(number=1).remaining


# --- who ------------------------------------------------------------------------------------------
def test_a_claim_takes_three_people_and_the_cashier(world, buyback):
    claim(world, buyback)
    for funder in ("county", "prefecture", "province"):
        row = granted(world, claim_of(funder))
        assert row.status == ClaimStatus.APPROVED
        assert row.approved_amount == row.reviewed_amount == row.claimed_amount
        assert len({row.claimed_by_id, row.reviewed_by_id, row.approved_by_id}) == 3
        receive_claim(claim=row, user=cashier(world), amount=row.approved_amount, voucher="收1")
        row.refresh_from_db()
        assert (row.status, row.outstanding, row.shortfall) == ("received", 0, 0)


WRONG_REVIEWER = [
    ("province", Role.COUNTY_FINANCE, "州级主管审核"),
    ("province", Role.PROVINCE, "州级主管审核"),
    ("prefecture", Role.PREFECTURE, "县财务审核审核"),
    ("county", Role.COUNTY_FINANCE, "不能是申领人"),
    ("county", Role.LEADING_GROUP, "县财务审核审核"),
]


@pytest.mark.parametrize(("funder", "role", "words"), WRONG_REVIEWER)
def test_who_does_not_review(world, buyback, funder, role, words):
    claim(world, buyback)
    with pytest.raises(ValidationError, match=words):
        review_claim(claim=claim_of(funder), user=world.person(role), document="审1")


WRONG_GRANTER = [
    ("province", Role.PREFECTURE, "省级主管批复"),
    ("prefecture", Role.PROVINCE, "州级主管批复"),
    ("county", Role.COUNTY_FINANCE, "领导小组批复"),
]


@pytest.mark.parametrize(("funder", "role", "words"), WRONG_GRANTER)
def test_who_does_not_grant(world, buyback, funder, role, words):
    claim(world, buyback)
    row = reviewed(world, claim_of(funder))
    with pytest.raises(ValidationError, match=words):
        approve_claim(claim=row, user=world.person(role), document="批1")


def test_nothing_is_granted_that_was_not_reviewed(world, buyback):
    claim(world, buyback)
    with pytest.raises(ValidationError, match="已申领"):
        approve_claim(claim=claim_of("province"), user=world.person(Role.PROVINCE), document="批1")


def test_only_county_finance_claims(world, buyback):
    rebates = list(buyback.claimable().filter(funder="province").values_list("pk", flat=True))
    project = buyback.project_school.project
    for role in (Role.COUNTY_CASHIER, Role.SCHOOL_FINANCE, Role.PROVINCE, Role.SUPPLIER):
        with pytest.raises(PermissionDenied):
            claim_batch(
                project=project,
                funder="province",
                rebates=rebates,
                document="文1",
                user=world.person(role),
            )


def test_the_database_knows_the_order_and_the_people_too(world, buyback):
    claim(world, buyback)
    row = claim_of("province")
    for wrong in (
        {"status": "approved"},
        {"status": "reviewed"},
        {"approved_on": clock.today(), "approved_amount": 1, "approved_by": row.claimed_by},
        {"reviewed_on": clock.today(), "reviewed_amount": 1, "status": "reviewed"},
        {"ended_on": clock.today(), "ended_by": row.claimed_by, "ended_reason": "无"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            RebateClaim.objects.filter(pk=row.pk).update(**wrong)


# --- how much ---------------------------------------------------------------------------------------
def test_less_needs_a_reason_and_more_is_not_possible(world, buyback):
    claim(world, buyback)
    row, prefecture = claim_of("province"), world.person(Role.PREFECTURE)
    less = row.claimed_amount - 100
    with pytest.raises(ValidationError, match="请写明原因"):
        review_claim(claim=row, user=prefecture, amount=less, document="审1")
    for amount in (row.claimed_amount + Decimal("0.01"), Decimal("-0.01"), Decimal("1.005")):
        with pytest.raises(ValidationError, match="金额须在 0 和"):
            review_claim(claim=row, user=prefecture, amount=amount, document="审1", remark="核减")
    row = review_claim(claim=row, user=prefecture, amount=less, document="审1", remark="核减一班")
    with pytest.raises(ValidationError, match="金额须在 0 和"):
        approve_claim(
            claim=row, user=world.person(Role.PROVINCE), amount=row.claimed_amount, document="批1"
        )
    row = approve_claim(claim=row, user=world.person(Role.PROVINCE), document="批1")
    assert row.approved_amount == less
    assert owed(buyback) == 0


def test_what_is_granted_not_at_all_has_ended(world, buyback):
    claim(world, buyback)
    row = granted(world, claim_of("county"), Decimal(0), "本级预算没有安排")
    assert (row.status, row.state) == ("received", "不予奖补")
    assert row.shortfall == row.claimed_amount
    with pytest.raises(ValidationError, match="不用了结"):
        end_claim(claim=row, user=world.person(Role.COUNTY_FINANCE), reason="无")


def test_days_follow_each_other(world, buyback):
    claim(world, buyback)
    row, today = claim_of("province"), clock.today()
    for wrong in (today - dt.timedelta(days=1), today + dt.timedelta(days=1)):
        with pytest.raises(ValidationError, match="日期须在"):
            review_claim(
                claim=row, user=world.person(Role.PREFECTURE), document="审1", reviewed_on=wrong
            )


def test_money_comes_in_parts_and_more_than_was_granted(world, buyback):
    claim(world, buyback)
    row = granted(world, claim_of("province"))
    with pytest.raises(ValidationError, match="出纳登记"):
        receive_claim(
            claim=row, user=world.person(Role.COUNTY_FINANCE), amount=Decimal(1), voucher="收0"
        )
    user = cashier(world)
    receive_claim(claim=row, user=user, amount=Decimal(1000), voucher="收1")
    row.refresh_from_db()
    assert row.status == "approved"
    assert row.outstanding == row.approved_amount - 1000
    rest = row.outstanding
    with pytest.raises(ValidationError, match="请写明原因，并与拨款单位核对"):
        receive_claim(claim=row, user=user, amount=rest + 5, voucher="收2")
    receive_claim(claim=row, user=user, amount=rest, voucher="收2")
    row.refresh_from_db()
    assert (row.status, row.surplus) == ("received", 0)
    receive_claim(claim=row, user=user, amount=Decimal(5), voucher="收3", remark="省级多拨")
    assert (row.surplus, row.shortfall) == (5, 0)
    with pytest.raises(ValidationError, match="已经登记到这笔申领"):
        receive_claim(claim=row, user=user, amount=Decimal(5), voucher="收3", remark="再来")
    assert owed(buyback) == 0


def test_a_wrong_receipt_is_taken_back_by_another_person(world, buyback):
    claim(world, buyback)
    row = granted(world, claim_of("province"))
    receive_claim(claim=row, user=cashier(world), amount=row.approved_amount, voucher="收1")
    finance = world.person(Role.COUNTY_FINANCE)
    with pytest.raises(ValidationError, match="冲减不能比它多"):
        take_back(
            claim=row, user=finance, amount=row.approved_amount + 1, voucher="冲1", reason="误记"
        )
    with pytest.raises(ValidationError, match="县财务审核岗"):
        take_back(claim=row, user=cashier(world), amount=Decimal(1), voucher="冲1", reason="误记")
    with pytest.raises(ValidationError, match="请写明原因"):
        take_back(claim=row, user=finance, amount=Decimal(1), voucher="冲1", reason=" ")
    take_back(claim=row, user=finance, amount=Decimal(40), voucher="冲1", reason="多记 40 元")
    row.refresh_from_db()
    assert (row.status, row.outstanding) == ("approved", 40)
    assert [r.amount for r in row.receipts.all()] == [row.approved_amount, -40]


def test_receipts_only_grow(world, buyback):
    claim(world, buyback)
    row = granted(world, claim_of("province"))
    receive_claim(claim=row, user=cashier(world), amount=Decimal(1), voucher="收1")
    for act in (lambda rows: rows.update(amount=2), lambda rows: rows._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            act(RebateReceipt.objects.all())


def test_what_will_not_come_is_ended_with_its_reason(world, buyback):
    claim(world, buyback)
    row = granted(world, claim_of("province"))
    receive_claim(claim=row, user=cashier(world), amount=row.approved_amount - 7, voucher="收1")
    finance = world.person(Role.COUNTY_FINANCE)
    with pytest.raises(ValidationError, match="少到的原因"):
        end_claim(claim=row, user=finance, reason="  ")
    row = end_claim(claim=row, user=finance, reason="省级结余收回")
    assert (row.status, row.state, row.outstanding, row.shortfall) == (
        "received",
        "少到已了结",
        0,
        7,
    )
    assert owed(buyback) == 0
    # what comes after all is still entered
    receive_claim(claim=row, user=cashier(world), amount=Decimal(7), voucher="收2")
    row.refresh_from_db()
    assert (row.status, row.shortfall) == ("received", 0)


def test_money_of_a_closed_month_is_booked_into_the_open_one(world, buyback):
    claim(world, buyback)
    row, today = granted(world, claim_of("province")), clock.today()
    PeriodClose.objects.create(
        county=world.county,
        month=today.replace(day=1),
        closed_by=world.person(Role.COUNTY_FINANCE),
        closed_at=clock.now(),
    )
    receipt = receive_claim(claim=row, user=cashier(world), amount=Decimal(1), voucher="收1")
    assert receipt.received_on == today
    assert receipt.booked_on == (today.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def test_one_transfer_for_a_batch_fills_line_after_line(world, buyback):
    pay_round(world, buyback, "支-2")
    (batch,) = [b for b in claim(world, buyback) if b.funder == "province"]
    for row in batch.claims.all():
        granted(world, row)
    first, second = batch.claims.order_by("pk")
    user, missing = cashier(world), first.approved_amount + second.approved_amount
    with pytest.raises(ValidationError, match="还应到账"):
        receive_batch(batch=batch, user=user, amount=missing + 1, voucher="收1")
    receive_batch(batch=batch, user=user, amount=first.approved_amount + 10, voucher="收1")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("received", "approved")
    assert second.outstanding == second.approved_amount - 10
    receive_batch(batch=batch, user=user, amount=second.outstanding, voucher="收2")
    assert not batch.claims.exclude(status="received").exists()
    with pytest.raises(ValidationError, match="没有已批复、待到账"):
        receive_batch(batch=batch, user=user, amount=Decimal(1), voucher="收3")


# --- undone -----------------------------------------------------------------------------------------
def test_a_claim_is_withdrawn_and_made_again(world, buyback):
    claim(world, buyback)
    row = reviewed(world, claim_of("province"))
    with pytest.raises(ValidationError, match="县财务审核岗撤回"):
        withdraw_claim(claim=row, user=world.person(Role.PREFECTURE), reason="错")
    with pytest.raises(ValidationError, match="须写明原因"):
        withdraw_claim(claim=row, user=second_finance(world), reason=" ")
    withdraw_claim(claim=row, user=second_finance(world), reason="文号写错")
    kept = ClaimReturn.objects.get()
    assert (kept.claimed_amount, kept.reason) == (row.claimed_amount, "文号写错")
    assert kept.batch.claims.count() == 0
    assert [r.funder for r in buyback.claimable()] == ["province"]
    claim(world, buyback)
    assert claim_of("province").status == "claimed"
    assert TrailEvent.objects.filter(verb="县级撤回").count() == 1


def test_what_was_granted_is_only_returned_by_the_level(world, buyback):
    claim(world, buyback)
    row = granted(world, claim_of("province"))
    with pytest.raises(ValidationError, match="不能撤回"):
        withdraw_claim(claim=row, user=world.person(Role.COUNTY_FINANCE), reason="错")
    with pytest.raises(ValidationError, match="不由您审核或批复"):
        return_claim(claim=row, user=world.person(Role.PREFECTURE), reason="错")
    return_claim(claim=row, user=world.person(Role.PROVINCE), reason="重复批复")
    assert buyback.claimable().filter(funder="province").exists()


def test_what_has_arrived_is_not_returned(world, buyback):
    claim(world, buyback)
    row = granted(world, claim_of("province"))
    receive_claim(claim=row, user=cashier(world), amount=Decimal(1), voucher="收1")
    with pytest.raises(ValidationError, match="已有到账"):
        return_claim(claim=row, user=world.person(Role.PROVINCE), reason="错")


def test_a_verdict_on_each_line_of_one_document(world, buyback):
    for n in (2, 3):
        pay_round(world, buyback, f"支-{n}")
    (batch,) = [b for b in claim(world, buyback) if b.funder == "province"]
    one, two, three = batch.claims.order_by("pk")
    done = decide_claims(
        claims=[one.pk, two.pk, three.pk],
        stage=ClaimStatus.REVIEWED,
        user=world.person(Role.PREFECTURE),
        document="州审〔2027〕1号",
        decided_on=clock.today(),
        verdicts={
            two.pk: Verdict(two.claimed_amount - 10, "核减"),
            three.pk: Verdict(remark="凭证不符", returned=True),
        },
    )
    assert done == 2
    amounts = [row.reviewed_amount for row in batch.claims.order_by("pk")]
    assert amounts == [one.claimed_amount, two.claimed_amount - 10]
    assert batch.returns.get().get_kind_display() == "上级退回"
    with pytest.raises(ValidationError, match="没有写入任何内容"):
        decide_claims(
            claims=[one.pk, two.pk],
            stage=ClaimStatus.REVIEWED,
            user=world.person(Role.PREFECTURE),
            document="州审〔2027〕1号",
            decided_on=clock.today(),
            verdicts={},
        )


def test_reversing_a_payment_withdraws_what_was_claimed_on_it(world, buyback):
    claim(world, buyback)
    reviewed(world, claim_of("province"))
    reverse_payment(
        payment=Payment.objects.get(), user=world.person(Role.COUNTY_FINANCE), reason="误记"
    )
    assert not RebateClaim.objects.exists()
    assert ClaimReturn.objects.count() == 3
    assert "付款已冲销：误记" in ClaimReturn.objects.first().reason
    assert not buyback.claimable().exists()
    pay_round(world, buyback, "支-1b")
    claim(world, buyback)
    assert RebateClaim.objects.count() == 3


def test_a_payment_whose_rebate_was_granted_is_not_reversed(world, buyback):
    claim(world, buyback)
    row = granted(world, claim_of("province"))
    finance, payment = world.person(Role.COUNTY_FINANCE), Payment.objects.get()
    with pytest.raises(ValidationError, match="不能冲销付款"):
        reverse_payment(payment=payment, user=finance, reason="误记")
    assert RebateClaim.objects.count() == 3
    return_claim(claim=row, user=world.person(Role.PROVINCE), reason="付款有误")
    reverse_payment(payment=payment, user=finance, reason="误记")
    assert owed(buyback) > 0


def test_a_rebate_that_never_comes_never_lowers_what_is_owed(world, buyback):
    before = buyback.instalments.with_paid().order_by("number")
    rest = sum(row.remaining for row in before)
    claim(world, buyback)
    for funder in ("county", "prefecture", "province"):
        row = granted(world, claim_of(funder))
        end_claim(claim=row, user=world.person(Role.COUNTY_FINANCE), reason="本年没有资金")
    assert sum(row.remaining for row in buyback.instalments.with_paid()) == rest
    assert Rebate.objects.claimable().count() == 0
