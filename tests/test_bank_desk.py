"""At the matching desk: confirming, explaining, taking back, many at once; who may and who not."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounting.actions.matching import confirm, confirm_all, explain, proposals, take_back
from accounting.actions.statements import import_statement
from accounting.forms.bank import USUAL_LEVEL
from accounting.models import Match, StatementLine
from financing.actions import receive_claim, reverse_payment
from financing.models import Payment, RebateClaim, RebateReceipt
from registry import clock
from registry.enums import Role
from registry.models import Post, User
from tests.buyback import apply, claim, granted, make_buybacks, pay_round, review
from tests.statements import as_xlsx, make_account, movement, two_columns
from tests.world import make_world
from workflow.models import Duty

pytestmark = pytest.mark.django_db
DAY = dt.date(2027, 6, 15)
LATER = dt.date(2027, 6, 30)


@pytest.fixture
def world():
    with clock.at(DAY):
        yield make_world()


@pytest.fixture
def buybacks(world):
    return make_buybacks(world)


@pytest.fixture
def account(world):
    return make_account(world)


@pytest.fixture
def bring(world, account):
    def bring(*movements):
        cashier = world.person(Role.COUNTY_CASHIER)
        content = as_xlsx(two_columns(movements))
        with clock.at(LATER):
            import_statement(account=account, user=cashier, name="示例.xlsx", content=content)

    return bring


def out(world, amount, serial="", summary="回购款", day=DAY):
    return movement(day.isoformat(), f"-{amount}", world.supplier.name, summary, serial)


def test_a_recorded_payment_is_found_and_confirmed(world, buybacks, account, bring):
    pay_round(world, buybacks[0], "2027-支-1")
    payment = Payment.objects.get()
    bring(out(world, payment.amount, "2027-支-1"))
    (found,) = proposals(account).values()
    keys = [candidate.key for candidate in found.candidates]
    assert keys == [f"payment:{payment.pk}"]
    assert found.confidence == 100
    line = StatementLine.objects.get()
    confirm(line=line, keys=keys, user=world.person(Role.COUNTY_FINANCE))
    assert not StatementLine.objects.unsettled().exists()
    assert proposals(account) == {}
    with pytest.raises(ValidationError, match="已经核对过"):
        confirm(line=line, keys=keys, user=world.person(Role.COUNTY_CASHIER))


def test_a_passed_application_is_paid_by_its_own_step(world, buybacks, account, bring):
    apply(world, buybacks[0])
    review(world, buybacks[0])
    amount = buybacks[0].live_application().amount
    bring(out(world, amount, "A001"))
    line, (found,) = StatementLine.objects.get(), proposals(account).values()
    keys = [c.key for c in found.candidates]
    with pytest.raises(PermissionDenied, match="出纳"):
        confirm(line=line, keys=keys, user=world.person(Role.COUNTY_FINANCE))
    assert not Payment.objects.exists()
    with clock.at(LATER):
        confirm(line=line, keys=keys, user=world.person(Role.COUNTY_CASHIER))
    payment = Payment.objects.get()
    assert (payment.voucher, payment.paid_on) == ("A001", DAY)
    assert Match.objects.get().payment == payment
    assert not Duty.objects.open().filter(step="pay").exists()


def test_who_reviewed_cannot_confirm_as_cashier_too(world, buybacks, account, bring):
    apply(world, buybacks[0])
    review(world, buybacks[0])
    both = world.person(Role.COUNTY_FINANCE)
    Post.objects.create_for(both, Role.COUNTY_CASHIER, world.county, valid_from=dt.date(2020, 1, 1))
    both = User.objects.get(pk=both.pk)
    bring(out(world, buybacks[0].live_application().amount, "A001"))
    with clock.at(LATER):
        (verdict,) = confirm_all(account=account, user=both, level=50)
    assert not verdict.done
    assert "不相容岗位" in verdict.sentence
    assert not Match.objects.exists()


def test_one_transfer_pays_two_schools(world, buybacks, account, bring):
    for agreement in buybacks:
        apply(world, agreement)
        review(world, agreement)
    total = sum(a.live_application().amount for a in buybacks)
    bring(out(world, total, "A009", "六月回购款"))
    with clock.at(LATER):
        (verdict,) = confirm_all(
            account=account, user=world.person(Role.COUNTY_CASHIER), level=USUAL_LEVEL
        )
    assert verdict.done, verdict.sentence
    assert "2 笔合计金额一致" in verdict.sentence
    assert sorted(Payment.objects.values_list("voucher", flat=True)) == ["A009-1", "A009-2"]
    assert not StatementLine.objects.unsettled().exists()


def test_a_batch_that_fails_in_part_is_not_done_at_all(world, buybacks, account, bring):
    for agreement in buybacks:
        apply(world, agreement)
        review(world, agreement)
    bring(out(world, sum(a.live_application().amount for a in buybacks), "A009"))
    # the second voucher that the batch would use is taken
    away = make_world(schools=1, county_code="532501")
    pay_round(away, make_buybacks(away)[0], "A009-2")
    keys = [f"application:{a.live_application().pk}" for a in buybacks]
    with clock.at(LATER), pytest.raises(ValidationError, match="凭证号"):
        confirm(line=StatementLine.objects.get(), keys=keys, user=world.person(Role.COUNTY_CASHIER))
    assert Payment.objects.count() == 1
    assert not Match.objects.exists()


def test_nothing_of_another_county_can_be_named(world, buybacks, account, bring):
    away = make_world(schools=1, county_code="532501")
    other = make_buybacks(away)[0]
    pay_round(away, other, "别-1")
    payment = Payment.objects.get()
    bring(out(world, payment.amount, "别-1"))
    assert all(c.kind == "x" for p in proposals(account).values() for c in p.candidates)
    with pytest.raises(ValidationError, match="不属于本县"):
        confirm(
            line=StatementLine.objects.get(),
            keys=[f"payment:{payment.pk}"],
            user=world.person(Role.COUNTY_CASHIER),
        )


def test_a_line_is_covered_in_parts_and_never_beyond(world, buybacks, account, bring):
    pay_round(world, buybacks[0], "支-1", amount="100.00")
    payment, cashier = Payment.objects.get(), world.person(Role.COUNTY_CASHIER)
    bring(out(world, "100.50", "A1"), out(world, "100.20", "A2"), out(world, "99.00", "A3"))
    large, small, less = StatementLine.objects.in_order()
    with pytest.raises(ValidationError, match="大于流水尚未核对的"):
        confirm(line=less, keys=[f"payment:{payment.pk}"], user=cashier)
    confirm(line=large, keys=[f"payment:{payment.pk}"], user=cashier)
    with pytest.raises(ValidationError, match="另一笔流水"):
        confirm(line=small, keys=[f"payment:{payment.pk}"], user=cashier)
    with pytest.raises(ValidationError, match="大于流水金额"):
        explain(line=large, user=cashier, reason="fee", amount=Decimal("0.51"))
    explain(line=large, user=cashier, reason="fee")
    with pytest.raises(ValidationError, match="写明是什么"):
        explain(line=small, user=cashier, reason="other")
    assert list(StatementLine.objects.unsettled().in_order()) == [small, less]


def test_a_match_is_taken_back_and_made_again(world, buybacks, account, bring):
    pay_round(world, buybacks[0], "支-1")
    payment, cashier = Payment.objects.get(), world.person(Role.COUNTY_CASHIER)
    bring(out(world, payment.amount, "支-1"))
    line = StatementLine.objects.get()
    (match,) = confirm(line=line, keys=[f"payment:{payment.pk}"], user=cashier)
    with pytest.raises(ValidationError, match="写明原因"):
        take_back(match=match, user=cashier, reason=" ")
    take_back(match=match, user=cashier, reason="选错了")
    with pytest.raises(ValidationError, match="已经撤销"):
        take_back(match=match, user=cashier, reason="选错了")
    confirm(line=line, keys=[f"payment:{payment.pk}"], user=cashier)
    assert Match.objects.count() == 2


def test_money_that_bounced_meets_the_reversal(world, buybacks, account, bring):
    pay_round(world, buybacks[0], "支-1")
    payment = Payment.objects.get()
    bring(
        out(world, payment.amount, "支-1"),
        movement("2027-06-23", str(payment.amount), world.supplier.name, "退汇", "T1"),
    )
    cashier = world.person(Role.COUNTY_CASHIER)
    with clock.at(dt.date(2027, 6, 24)):
        reverse_payment(payment=payment, user=world.person(Role.COUNTY_FINANCE), reason="退汇")
        verdicts = confirm_all(account=account, user=cashier, level=60)
    assert [v.done for v in verdicts] == [True, True]
    assert {m.payment.amount for m in Match.objects.all()} == {payment.amount, -payment.amount}


@pytest.fixture
def granted_claims(world, buybacks):
    """The province's claims of both schools, granted by one document."""
    for n, agreement in enumerate(buybacks):
        pay_round(world, agreement, f"支-{n}")
    assert "示例教申〔2027〕3号" in [str(b.document) for b in claim(world, *buybacks)]
    rows = RebateClaim.objects.filter(rebate__funder="province").order_by("pk")
    return [granted(world, row) for row in rows]


def arrives(amount, serial="R0001", summary="奖补资金 示例教申〔2027〕3号"):
    return movement("2027-06-25", str(amount), "示例省财政厅", summary, serial)


def test_one_transfer_brings_the_grants_of_two_schools(world, granted_claims, account, bring):
    bring(arrives(sum(row.approved_amount for row in granted_claims)))
    finance, cashier = world.person(Role.COUNTY_FINANCE), world.person(Role.COUNTY_CASHIER)
    with clock.at(LATER):
        (refused,) = confirm_all(account=account, user=finance, level=80)
        (verdict,) = confirm_all(account=account, user=cashier, level=80)
    assert not refused.done
    assert "出纳" in refused.sentence
    assert verdict.done, verdict.sentence
    assert {row.document for row in RebateReceipt.objects.all()} == {"R0001"}
    assert {row.status for row in RebateClaim.objects.filter(rebate__funder="province")} == {
        "received"
    }
    assert not StatementLine.objects.unsettled().exists()


def test_a_grant_that_comes_in_parts_is_received_in_parts(world, granted_claims, account, bring):
    row = granted_claims[0]
    bring(arrives("100.00", "R0001"), arrives(row.approved_amount - 100, "R0002"))
    cashier = world.person(Role.COUNTY_CASHIER)
    first, second = StatementLine.objects.in_order()
    with clock.at(LATER):
        confirm(line=first, keys=[f"claim:{row.pk}"], user=cashier)
        row.refresh_from_db()
        assert row.status == "approved"
        assert f"claim:{row.pk}" in [c.key for c in proposals(account)[second.pk].candidates]
        confirm(line=second, keys=[f"claim:{row.pk}"], user=cashier)
    row.refresh_from_db()
    assert row.status == "received"
    assert [m.receipt.amount for m in Match.objects.all()] == [
        Decimal("100.00"),
        row.approved_amount - 100,
    ]


def test_a_receipt_entered_by_hand_meets_its_line(world, granted_claims, account, bring):
    row = granted_claims[0]
    cashier = world.person(Role.COUNTY_CASHIER)
    with clock.at(dt.date(2027, 6, 25)):
        receive_claim(claim=row, user=cashier, amount=row.approved_amount, voucher="R0001")
    bring(arrives(row.approved_amount, "R0001"))
    (verdict,) = confirm_all(account=account, user=world.person(Role.COUNTY_FINANCE), level=80)
    assert verdict.done, verdict.sentence
    assert RebateReceipt.objects.count() == 1


def test_only_finance_and_cashier_of_the_county_act(world, buybacks, account, bring):
    bring(out(world, "8.00", "", "手续费"))
    line = StatementLine.objects.get()
    away = make_world(schools=1, county_code="532501")
    for user in (
        world.person(Role.AUDITOR),
        world.person(Role.LEADING_GROUP),
        away.person(Role.COUNTY_CASHIER),
    ):
        with pytest.raises(PermissionDenied):
            explain(line=line, user=user, reason="fee")
        with pytest.raises(PermissionDenied):
            confirm_all(account=account, user=user, level=1)
    (verdict,) = confirm_all(account=account, user=world.person(Role.COUNTY_FINANCE), level=80)
    assert verdict.done
    assert Match.objects.get().reason == "fee"
