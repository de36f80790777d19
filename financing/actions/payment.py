"""Apply, review, pay, reverse: every movement of one instalment's money."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from financing.account import Account, Standing
from financing.actions.claims import withdraw_unfounded
from financing.actions.fund import reverse_use, use_for_payment
from financing.actions.ledger import account_of, repost
from financing.actions.log import locked, move_deadline, note
from financing.actions.order import issue_order
from financing.actions.signing import must_be_signed
from financing.enums import PaymentKind
from financing.gates import check_application, check_payment
from financing.models import (
    Agreement,
    FundPurpose,
    Instalment,
    Payment,
    PaymentApplication,
)
from financing.models.period import booking_day
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.money import cents, exact, from_fen


@transaction.atomic
def apply_for_payment(
    *,
    agreement: Agreement,
    user,
    amount: Decimal,
    budget_note: str,
    source: FundPurpose | None = None,
) -> PaymentApplication:
    """学校申请付款, oldest debt first: a part, what is due, or more, also before the due date.

    The application is for the oldest unpaid instalment; what exceeds it (with its late interest)
    goes to the next ones. Raises ``ValidationError`` when all is paid, an application is under
    way, the amount is not between one fen and all that is owed, or a gate is shut.
    """
    agreement = locked(agreement)
    must_be_signed(agreement)
    account = account_of(agreement)
    instalment = oldest_debt(agreement, account)
    if instalment is None:
        raise ValidationError("各期都已付清，没有要申请的款项。")
    if agreement.live_application() is not None:
        raise ValidationError("已有在办的付款申请，办完后才能再申请。")
    if exact(amount) != cents(amount):
        raise ValidationError("申请金额最多两位小数。")
    if not 0 < amount <= from_fen(account.owed):
        raise ValidationError(
            f"本协议还应付 {from_fen(account.owed):,.2f} 元（含到今天的逾期利息），"
            "申请金额须在 0.01 元到这个数之间。"
        )
    check_application(agreement=agreement, instalment=instalment, amount=amount, source=source)
    application = PaymentApplication(
        instalment=instalment,
        round=_round(instalment),
        amount=cents(amount),
        applied_by=user,
        applied_on=clock.today(),
        budget_note=budget_note,
        source=source,
    )
    application.full_clean()
    application.save()
    note(
        agreement,
        user,
        "申请付款",
        f"{agreement.school.name}申请支付{instalment}回购款 {amount:,.2f} 元{_part(instalment, amount)}",
    )
    return application


def oldest_debt(agreement: Agreement, account: Account) -> Instalment | None:
    """The oldest instalment on which anything is owed, late interest included."""
    for standing in account.standings:
        if standing.unpaid or account.late(standing):
            return Instalment.objects.with_paid().get(pk=standing.debt.key)
    return None


def ripe(account: Account, on: dt.date) -> list[Standing]:
    """What is due by ``on``, or else the oldest debt: what an application asks for if nobody says
    otherwise."""
    owing = [one for one in account.standings if one.unpaid or account.late(one)]
    return [one for one in owing if one.debt.due_on <= on] or owing[:1]


def amount_due(account: Account, on: dt.date) -> Decimal:
    """The sum of what is ``ripe`` on that day, in yuan, with its late interest."""
    return from_fen(sum(one.unpaid + account.late(one) for one in ripe(account, on)))


def _round(instalment: Instalment) -> int:
    """One more than the applications on this instalment that were paid."""
    paid = instalment.applications.filter(payments__isnull=False)
    return (paid.aggregate(last=Max("round"))["last"] or 0) + 1


def _part(instalment: Instalment, amount: Decimal) -> str:
    if amount < instalment.remaining:
        return "（部分付款）"
    return "（含其他期次或逾期利息）" if amount > instalment.remaining else ""


@transaction.atomic
def review_application(*, agreement: Agreement, user, passed: bool, opinion: str = ""):
    """县财务审核 of the application under way; raises ``ValidationError`` when there is none."""
    agreement = locked(agreement)
    application = agreement.live_application()
    if application is None or application.passed is not None:
        raise ValidationError("没有等待审核的付款申请，请刷新页面。")
    if passed:
        check_payment(agreement=agreement, instalment=application.instalment)
    application.passed, application.opinion = passed, opinion
    application.reviewed_by, application.reviewed_on = user, clock.today()
    application.full_clean()
    application.save(update_fields=["passed", "opinion", "reviewed_by", "reviewed_on"])
    if passed:
        issue_order(agreement, application, user)
    words = "同意支付" if passed else f"退回：{opinion}"
    note(
        agreement,
        user,
        "审核付款",
        f"{application.instalment}付款申请 {application.amount:,.2f} 元，{words}",
    )
    return application


@transaction.atomic
def send_back(*, agreement: Agreement, user, reason: str) -> PaymentApplication:
    """出纳退回: what was passed cannot be paid (wrong account, returned by the bank); review again."""
    agreement = locked(agreement)
    application = agreement.live_application()
    if application is None or not application.passed:
        raise ValidationError("没有审核通过、等待付款的申请，请刷新页面。")
    if not reason.strip():
        raise ValidationError("退回审核时请写明原因。")
    application.passed = application.reviewed_by = application.reviewed_on = None
    application.opinion = f"出纳退回：{reason.strip()}"[:300]
    application.full_clean()
    application.save(update_fields=["passed", "opinion", "reviewed_by", "reviewed_on"])
    note(
        agreement,
        user,
        "退回审核",
        f"{application.instalment}付款 {application.amount:,.2f} 元不能支付，退回审核：{reason.strip()}",
    )
    return application


@transaction.atomic
def record_payment(
    *,
    agreement: Agreement,
    user,
    voucher: str,
    paid_on: dt.date,
    amount: Decimal | None = None,
    reason: str = "",
) -> Payment:
    """付款登记: what was applied for and passed has left the account, once.

    ``amount`` is what the bank really paid, if that is not what was passed; then ``reason`` says
    why. What is paid beyond all debts stays as credit. Raises ``ValidationError`` when nothing is
    passed, the voucher is known, the day lies in the future or before the review, or payer and
    reviewer are one person.
    """
    agreement = locked(agreement)
    application = _payable(agreement, paid_on)
    amount = application.amount if amount is None else cents(amount)
    if amount != application.amount and not reason.strip():
        raise ValidationError(f"实付与审核通过的 {application.amount:,.2f} 元不同，请写明原因。")
    payment = Payment(
        instalment=application.instalment,
        application=application,
        amount=amount,
        paid_on=paid_on,
        booked_on=booking_day(agreement.dossier.county, paid_on),
        paid_by=user,
        reviewed_by=application.reviewed_by,
        voucher=voucher.strip(),
        reason=reason.strip() if amount != application.amount else "",
        recorded_at=clock.now(),
    )
    payment.full_clean()
    payment.save(force_insert=True)
    repost(agreement)
    use_for_payment(payment)
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
    check_payment(agreement=agreement, instalment=application.instalment)
    return application


@transaction.atomic
def reverse_payment(*, payment: Payment, user, reason: str) -> Payment:
    """冲销: a negative row beside the wrong one; what it settled is open again.

    By county finance, never by who recorded the payment. Refused when an instalment that would be
    open again has a rebate that was granted (claims under way are withdrawn), when its surplus was refunded, and once the agreement is
    closed and the title has passed.
    """
    agreement = locked(payment.instalment.agreement)
    _may_reverse(payment, agreement, user)
    row = _opposite(payment, user, reason, agreement)
    row.full_clean()
    row.save(force_insert=True)
    repost(agreement)
    withdraw_unfounded(agreement=agreement, user=user, reason=f"付款已冲销：{row.reason}")
    reverse_use(payment, row)
    move_deadline(agreement)
    note(
        agreement,
        user,
        "冲销付款",
        f"冲销{payment.instalment}付款 {payment.amount:,.2f} 元（凭证 {payment.voucher}）：{row.reason}",
        supplier=True,
        payment=row.pk,
    )
    return row


def _opposite(payment: Payment, user, reason: str, agreement: Agreement) -> Payment:
    today = clock.today()
    return Payment(
        kind=PaymentKind.REVERSAL,
        instalment=payment.instalment,
        application=payment.application,
        amount=-payment.amount,
        paid_on=today,
        booked_on=booking_day(agreement.dossier.county, today),
        paid_by=user,
        reviewed_by=payment.paid_by,
        voucher=f"冲销-{payment.voucher}",
        reverses=payment,
        reason=reason.strip(),
        recorded_at=clock.now(),
    )


def _may_reverse(payment: Payment, agreement: Agreement, user) -> None:
    if not reach(user).holds_at(Role.COUNTY_FINANCE, county=agreement.dossier.county_id):
        raise ValidationError("冲销由县财务审核岗办理。")
    if payment.kind != PaymentKind.PAYMENT or Payment.objects.filter(reverses=payment).exists():
        raise ValidationError("这笔付款已经冲销过，或本身就是冲销、退款，不能再冲销。")
    if payment.paid_by_id == user.pk:
        raise ValidationError("付款是您登记的，冲销须由另一人办理。")
    if agreement.closed_on:
        raise ValidationError("协议已付清并办理产权转移，不能再冲销付款。")


@transaction.atomic
def refund_credit(
    *, agreement: Agreement, user, amount: Decimal, voucher: str, refunded_on: dt.date, reason: str
) -> Payment:
    """退款: the supplier gave back what was paid beyond all debts.

    By county finance, another person than who recorded the last payment. Raises
    ``ValidationError`` when there is not so much credit.
    """
    agreement = locked(agreement)
    if not reach(user).holds_at(Role.COUNTY_FINANCE, county=agreement.dossier.county_id):
        raise ValidationError("退款由县财务审核岗登记。")
    credit, last = from_fen(account_of(agreement).credit), agreement.last_payment()
    if not 0 < amount <= credit:
        raise ValidationError({"amount": f"多付款余额 {credit:,.2f} 元，退款须在这个数以内。"})
    if not last.paid_on <= refunded_on <= clock.today():
        raise ValidationError({"refunded_on": f"退款日期须在 {last.paid_on} 和今天之间。"})
    row = Payment(
        kind=PaymentKind.REFUND,
        instalment=last.instalment,
        amount=-cents(amount),
        paid_on=refunded_on,
        booked_on=booking_day(agreement.dossier.county, refunded_on),
        paid_by=user,
        reviewed_by=last.paid_by,
        voucher=voucher.strip(),
        reason=reason.strip(),
        recorded_at=clock.now(),
    )
    row.full_clean()
    row.save(force_insert=True)
    repost(agreement)
    note(
        agreement,
        user,
        "退款",
        f"供应商退回多付款 {-row.amount:,.2f} 元，凭证 {row.voucher}：{row.reason}",
        supplier=True,
        payment=row.pk,
    )
    return row
