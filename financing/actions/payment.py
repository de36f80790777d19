"""Apply, review, pay, reverse: every movement of one instalment's money."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from financing.actions.log import locked, note
from financing.enums import ClaimStatus
from financing.models import (
    Agreement,
    Instalment,
    Payment,
    PaymentApplication,
    RebateClaim,
)
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.money import cents, exact
from workflow.models import Duty


@transaction.atomic
def apply_for_payment(
    *, agreement: Agreement, user, amount: Decimal, budget_note: str
) -> PaymentApplication:
    """学校申请付款 for the oldest unpaid instalment, whole or in part, also before its due date.

    Raises ``ValidationError`` when all is paid, an application is under way, or the amount is not
    between one fen and what the instalment still owes.
    """
    agreement = locked(agreement)
    instalment = agreement.due_instalment()
    if instalment is None:
        raise ValidationError("各期都已付清，没有要申请的款项。")
    if agreement.live_application() is not None:
        raise ValidationError("已有在办的付款申请，办完后才能再申请。")
    if exact(amount) != cents(amount):
        raise ValidationError("申请金额最多两位小数。")
    if not 0 < amount <= instalment.remaining:
        raise ValidationError(
            f"{instalment}还应付 {instalment.remaining:,.2f} 元，申请金额须在 0.01 元到这个数之间。"
        )
    application = PaymentApplication(
        instalment=instalment,
        round=instalment.payments.filter(reverses=None).count() + 1,
        amount=cents(amount),
        applied_by=user,
        applied_on=clock.today(),
        budget_note=budget_note,
    )
    application.full_clean()
    application.save()
    part = "" if amount == instalment.remaining else "（部分付款）"
    note(
        agreement,
        user,
        "申请付款",
        f"{agreement.school.name}申请支付{instalment}回购款 {amount:,.2f} 元{part}",
    )
    return application


@transaction.atomic
def review_application(*, agreement: Agreement, user, passed: bool, opinion: str = ""):
    """县财务审核 of the application under way; raises ``ValidationError`` when there is none."""
    agreement = locked(agreement)
    application = agreement.live_application()
    if application is None or application.passed is not None:
        raise ValidationError("没有等待审核的付款申请，请刷新页面。")
    application.passed, application.opinion = passed, opinion
    application.reviewed_by, application.reviewed_on = user, clock.today()
    application.full_clean()
    application.save(update_fields=["passed", "opinion", "reviewed_by", "reviewed_on"])
    words = "同意支付" if passed else f"退回：{opinion}"
    note(
        agreement,
        user,
        "审核付款",
        f"{application.instalment}付款申请 {application.amount:,.2f} 元，{words}",
    )
    return application


@transaction.atomic
def record_payment(*, agreement: Agreement, user, voucher: str, paid_on: dt.date) -> Payment:
    """付款登记: what was applied for and passed has left the account, once.

    Raises ``ValidationError`` when nothing is passed, the voucher is known, the day lies in the
    future or before the review, or payer and reviewer are one person.
    """
    agreement = locked(agreement)
    application = _payable(agreement, paid_on)
    payment = Payment(
        instalment=application.instalment,
        application=application,
        amount=application.amount,
        paid_on=paid_on,
        paid_by=user,
        reviewed_by=application.reviewed_by,
        voucher=voucher.strip(),
        recorded_at=clock.now(),
    )
    payment.full_clean()
    payment.save(force_insert=True)
    note(
        agreement,
        user,
        "付款",
        f"支付{payment.instalment}回购款 {payment.amount:,.2f} 元，凭证 {payment.voucher}",
        supplier=True,
        payment=payment.pk,
    )
    return payment


def _payable(agreement: Agreement, paid_on: dt.date) -> PaymentApplication:
    """The application that waits for its money, if it may be paid on that day."""
    application = agreement.live_application()
    if application is None or not application.passed:
        raise ValidationError("没有审核通过、等待付款的申请，请刷新页面。")
    if not application.reviewed_on <= paid_on <= clock.today():
        raise ValidationError(
            {"paid_on": f"付款日期须在审核日期 {application.reviewed_on} 和今天之间。"}
        )
    instalment = Instalment.objects.with_paid().get(pk=application.instalment_id)
    if application.amount > instalment.remaining:
        raise ValidationError(f"{instalment}只欠 {instalment.remaining:,.2f} 元，不能多付。")
    return application


@transaction.atomic
def reverse_payment(*, payment: Payment, user, reason: str) -> Payment:
    """冲销: a negative row beside the wrong one; the instalment is open again.

    By county finance, never by who recorded the payment. Refused once a rebate on the instalment
    has arrived, and once the agreement is closed and the title has passed.
    """
    agreement = locked(payment.instalment.agreement)
    _may_reverse(payment, agreement, user)
    row = Payment(
        instalment=payment.instalment,
        application=payment.application,
        amount=-payment.amount,
        paid_on=clock.today(),
        paid_by=user,
        reviewed_by=payment.paid_by,
        voucher=f"冲销-{payment.voucher}",
        reverses=payment,
        reason=reason.strip(),
        recorded_at=clock.now(),
    )
    row.full_clean()
    row.save(force_insert=True)
    _move_deadline(agreement)
    note(
        agreement,
        user,
        "冲销付款",
        f"冲销{payment.instalment}付款 {payment.amount:,.2f} 元（凭证 {payment.voucher}）：{row.reason}",
        supplier=True,
        payment=row.pk,
    )
    return row


def _may_reverse(payment: Payment, agreement: Agreement, user) -> None:
    if not reach(user).holds_at(Role.COUNTY_FINANCE, county=agreement.dossier.county_id):
        raise ValidationError("冲销由县财务审核岗办理。")
    if payment.reverses_id is not None or Payment.objects.filter(reverses=payment).exists():
        raise ValidationError("这笔付款已经冲销过，或本身就是冲销，不能再冲销。")
    if payment.paid_by_id == user.pk:
        raise ValidationError("付款是您登记的，冲销须由另一人办理。")
    if agreement.closed_on:
        raise ValidationError("协议已付清并办理产权转移，不能再冲销付款。")
    received = RebateClaim.objects.filter(
        rebate__instalment=payment.instalment, status=ClaimStatus.RECEIVED
    )
    if received.exists():
        raise ValidationError("这一期已有奖补到账，不能冲销付款；请先与拨款单位核对。")


def _move_deadline(agreement: Agreement) -> None:
    """An open 申请付款 now waits for the reopened instalment: its day is that one's."""
    Duty.objects.open().filter(
        step="apply", subject_url=agreement.get_absolute_url(), dossier=agreement.dossier
    ).update(due_on=agreement.next_due_day())
