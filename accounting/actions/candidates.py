"""What a line of the statement may be: payments and receipts without a line, and what waits.

The only place that knows how the financing floor pays and receives.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Sum

from accounting.matching import VOUCHER, Candidate
from accounting.models import Match, StatementLine
from financing.actions import receive_claim
from financing.enums import ClaimStatus
from financing.flows import BuybackFlow
from financing.models import Payment, PaymentApplication, RebateClaim, RebateReceipt
from registry.models import County
from workflow.actions import AlreadyDone, carry_out
from workflow.models import Duty

AGREEMENT = "instalment__agreement__"
PAID_IN = f"{AGREEMENT}project_school__project__dossier__county"
CLAIMED_IN = f"rebate__{PAID_IN}"
VOUCHER_MOST = 40


def candidates(county: County) -> list[Candidate]:
    """Everything of ``county`` that no line has been matched with yet."""
    known = _known_accounts(county)
    return [
        *(_of_payment(row, known) for row in unmatched_payments(county)),
        *(_of_application(row, known) for row in _waiting_applications(county)),
        *(_of_receipt(row) for row in unmatched_receipts(county)),
        *(c for row in _waiting_claims(county) if (c := _of_claim(row)).amount > 0),
    ]


def unmatched_payments(county: County):
    """Payments, reversals and refunds that no line stands for."""
    matched = Match.objects.standing().filter(payment__isnull=False).values("payment")
    return (
        Payment.objects.filter(**{PAID_IN: county})
        .exclude(pk__in=matched)
        .select_related(
            f"{AGREEMENT}contract__supplier",
            f"{AGREEMENT}project_school__school",
        )
        .order_by("pk")
    )


def unmatched_receipts(county: County):
    matched = Match.objects.standing().filter(receipt__isnull=False).values("receipt")
    return (
        RebateReceipt.objects.filter(**{f"claim__{CLAIMED_IN}": county})
        .exclude(pk__in=matched)
        .select_related(f"claim__rebate__{AGREEMENT}project_school__school")
        .order_by("pk")
    )


def _waiting_applications(county: County):
    return (
        PaymentApplication.objects.live()
        .filter(passed=True, **{PAID_IN: county})
        .select_related(
            f"{AGREEMENT}contract__supplier",
            f"{AGREEMENT}project_school__school",
        )
        .order_by("pk")
    )


def _waiting_claims(county: County):
    return (
        RebateClaim.objects.filter(status=ClaimStatus.APPROVED, **{CLAIMED_IN: county})
        .select_related(f"rebate__{AGREEMENT}project_school__school")
        .annotate(arrived=Sum("receipts__amount"))
        .order_by("pk")
    )


def _known_accounts(county: County) -> dict[int, frozenset[str]]:
    """Supplier → the account numbers that earlier payments to it went to."""
    supplier = f"payment__{AGREEMENT}contract__supplier"
    rows = (
        Match.objects.standing()
        .filter(line__account__county=county, payment__isnull=False)
        .exclude(line__party_account="")
        .values_list(supplier, "line__party_account")
        .distinct()
    )
    found = defaultdict(set)
    for pk, number in rows:
        found[pk].add(number)
    return {pk: frozenset(numbers) for pk, numbers in found.items()}


def _of_payment(row: Payment, known: dict) -> Candidate:
    return _to_supplier("payment", row, row.paid_on, known, numbers=[(VOUCHER, row.voucher)])


def _of_application(row: PaymentApplication, known: dict) -> Candidate:
    return _to_supplier("application", row, row.reviewed_on, known, waits=True)


def _to_supplier(kind: str, row, day, known: dict, *, numbers=(), waits=False) -> Candidate:
    agreement = row.instalment.agreement
    supplier = agreement.supplier
    accounts = known.get(supplier.pk, frozenset()) | {supplier.account.replace(" ", "")} - {""}
    return Candidate(
        kind,
        row.pk,
        -row.amount,
        day,
        party=supplier.name,
        accounts=accounts,
        numbers=(*numbers, *_named(agreement)),
        group=f"supplier:{supplier.pk}",
        waits=waits,
        label=_label("待付" if waits else row.get_kind_display(), row.instalment, day),
    )


def _label(word: str, instalment, day, funder: str = "") -> str:
    school = instalment.agreement.project_school.school.name
    return f"{word} {school}{instalment}{funder}（{day}）"


def _of_receipt(row: RebateReceipt) -> Candidate:
    claim = row.claim
    numbers = ((VOUCHER, row.document), *_of_documents(claim))
    group = f"{claim.rebate.funder}:{claim.approval_document}"
    label = _rebate_label("到账", claim.rebate, row.received_on)
    return Candidate(
        "receipt", row.pk, row.amount, row.received_on, numbers=numbers, group=group, label=label
    )


def _rebate_label(word: str, rebate, day) -> str:
    return _label(word, rebate.instalment, day, f"{rebate.get_funder_display()}奖补")


def _of_claim(row: RebateClaim) -> Candidate:
    rest = row.approved_amount - (row.arrived or Decimal(0))
    return Candidate(
        "claim",
        row.pk,
        rest,
        row.approved_on,
        numbers=_of_documents(row),
        group=f"{row.rebate.funder}:{row.approval_document}",
        waits=True,
        label=_rebate_label("待到", row.rebate, row.approved_on),
    )


def _of_documents(claim: RebateClaim) -> tuple:
    return (
        ("批复文号", claim.approval_document),
        ("申领文号", claim.claim_document),
        *_named(claim.rebate.instalment.agreement),
    )


def _named(agreement) -> tuple:
    return ("协议编号", agreement.number), ("学校名称", agreement.project_school.school.name)


# --- doing what a line proves -------------------------------------------------------------------
def pay(*, application: PaymentApplication, user, line: StatementLine, voucher: str) -> Payment:
    """付款登记 of a passed application by its own step, as ``user``, on the line's day.

    Raises ``ValidationError`` or ``PermissionDenied`` with the step's own refusal.
    """
    agreement = application.instalment.agreement
    duty = (
        Duty.objects.open().filter(step="pay", process__in=BuybackFlow.processes(agreement)).first()
    )
    if duty is None:
        raise ValidationError(f"{agreement}没有等待付款登记的待办，可能刚刚办结，请刷新页面。")
    data = {"voucher": voucher[:VOUCHER_MOST], "paid_on": line.day}
    try:
        form = carry_out(duty=duty, user=user, data=data)
    except AlreadyDone as done:
        raise ValidationError(str(done)) from done
    except PermissionDenied as refusal:
        raise PermissionDenied(f"付款登记由县财务出纳办理。{refusal}") from refusal
    if form.errors:
        raise ValidationError([word for words in form.errors.values() for word in words][:1])
    payment = Payment.objects.filter(application=application, reverses=None).first()
    if payment is None:
        raise ValidationError(f"{agreement}的付款申请已经变化，请刷新页面后再核对。")
    return payment


def receive(
    *, claim: RebateClaim, user, line: StatementLine, amount: Decimal, voucher: str
) -> RebateReceipt:
    """到账登记 of an approved claim, as ``user``, on the line's day; the new receipt."""
    return receive_claim(
        claim=claim, user=user, amount=amount, voucher=voucher[:VOUCHER_MOST], received_on=line.day
    )
