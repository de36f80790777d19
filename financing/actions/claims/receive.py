"""到账, 冲减, 了结: what arrived of a grant, in as many parts as it comes in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from financing.actions.claims.claim import CLAIM_NEEDS, held
from financing.actions.claims.rights import county_of, may_claim, may_receive
from financing.actions.log import note
from financing.enums import ClaimStatus
from financing.models import ClaimBatch, RebateClaim, RebateReceipt
from financing.models.period import booking_day
from registry import clock
from registry.money import ZERO, cents, exact


@transaction.atomic
def receive_claim(
    *,
    claim: RebateClaim,
    user,
    amount: Decimal,
    voucher: str,
    received_on: dt.date | None = None,
    remark: str = "",
) -> RebateReceipt:
    """到账登记 by the county's cashier: a part, all, or more than was granted (then ``remark``).

    The claim has ended when all has arrived. What the school owes the supplier does not change.
    """
    claim = held(claim)
    if not may_receive(user, county_of(claim)):
        raise ValidationError("奖补到账由县财务出纳登记。")
    return _take(claim, user, amount, voucher, received_on, remark)


def _take(
    claim: RebateClaim, user, amount: Decimal, voucher: str, day: dt.date | None, remark: str
) -> RebateReceipt:
    if claim.status not in (ClaimStatus.APPROVED, ClaimStatus.RECEIVED):
        raise ValidationError(f"{claim.rebate.words}还没有批复，不能登记到账。")
    amount = _positive(amount)
    before = claim.received
    if before + amount > claim.approved_amount and not remark.strip():
        over = before + amount - claim.approved_amount
        raise ValidationError(
            {"remark": f"到账比批复多 {over:,.2f} 元，请写明原因，并与拨款单位核对。"}
        )
    receipt = _receipt(claim, user, amount, voucher, day, remark)
    _settle(claim, before + amount)
    extra = f"，累计到账 {before + amount:,.2f} 元" if before else ""
    _note(
        claim,
        user,
        "奖补到账",
        f"到账 {amount:,.2f} 元（{receipt.document}），批复 {claim.approved_amount:,.2f} 元{extra}",
    )
    return receipt


@transaction.atomic
def receive_batch(
    *,
    batch: ClaimBatch,
    user,
    amount: Decimal,
    voucher: str,
    received_on: dt.date | None = None,
    remark: str = "",
) -> list[RebateReceipt]:
    """整批到账: one transfer of the level for a batch, taken up line by line in the list's order.

    Each line gets what is still missing of its grant until the money is used up, so a part
    payment leaves whole lines open. Raises ``ValidationError`` when nothing is missing, or when
    more came than is missing: that belongs to one line and is entered there, with its reason.
    """
    amount, left = _positive(amount), _positive(amount)
    claims = (
        RebateClaim.objects.select_for_update(of=("self",))
        .select_related(*CLAIM_NEEDS)
        .filter(batch=batch, status=ClaimStatus.APPROVED)
        .prefetch_related("receipts")
        .order_by("pk")
    )
    rows = [(claim, claim.outstanding) for claim in claims]
    if not may_receive(user, batch.county):
        raise ValidationError("奖补到账由县财务出纳登记。")
    missing = sum((outstanding for _, outstanding in rows), ZERO)
    if not missing:
        raise ValidationError("这一批没有已批复、待到账的奖补。")
    if amount > missing:
        raise ValidationError(
            {
                "amount": f"这一批还应到账 {missing:,.2f} 元。多到的 {amount - missing:,.2f} 元"
                "请在对应的那一笔里登记并写明原因。"
            }
        )
    receipts = []
    for claim, outstanding in rows:
        part = min(left, outstanding)
        if part:
            receipts.append(_take(claim, user, part, voucher, received_on, remark))
            left -= part
    return receipts


@transaction.atomic
def take_back(
    *,
    claim: RebateClaim,
    user,
    amount: Decimal,
    voucher: str,
    received_on: dt.date | None = None,
    reason: str,
) -> RebateReceipt:
    """冲减到账 by county finance: a negative row for what was entered wrongly or was called back.

    A claim that had ended because all had arrived is open again; never below zero in all.
    """
    claim = held(claim)
    if not may_claim(user, county_of(claim)):
        raise ValidationError("冲减到账由县财务审核岗办理。")
    if claim.receipts.filter(received_by=user).exists():
        raise ValidationError("到账是您登记的，冲减须由另一人办理。")
    amount, before = _positive(amount), claim.received
    if amount > before:
        raise ValidationError({"amount": f"累计到账 {before:,.2f} 元，冲减不能比它多。"})
    receipt = _receipt(claim, user, -amount, voucher, received_on, reason)
    _settle(claim, before - amount)
    _note(
        claim,
        user,
        "冲减到账",
        f"冲减到账 {amount:,.2f} 元（{receipt.document}）：{receipt.remark}",
    )
    return receipt


@transaction.atomic
def end_claim(*, claim: RebateClaim, user, reason: str) -> RebateClaim:
    """了结 by county finance: what is still missing of the grant will not come, and why."""
    claim = held(claim)
    if not may_claim(user, county_of(claim)):
        raise ValidationError("少到的奖补由县财务审核岗了结。")
    if claim.status != ClaimStatus.APPROVED:
        raise ValidationError(f"{claim.rebate.words}{claim.get_status_display()}，不用了结。")
    missing = claim.outstanding
    claim.status = ClaimStatus.RECEIVED
    claim.ended_on, claim.ended_by, claim.ended_reason = clock.today(), user, reason.strip()
    claim.clean_fields()
    claim.validate_constraints()
    claim.save()
    _note(claim, user, "了结奖补", f"少到 {missing:,.2f} 元，不再催收：{claim.ended_reason}")
    return claim


def _receipt(
    claim: RebateClaim, user, amount: Decimal, voucher: str, day: dt.date | None, remark: str
) -> RebateReceipt:
    day = day or clock.today()
    if not claim.approved_on <= day <= clock.today():
        raise ValidationError({"received_on": f"日期须在批复日期 {claim.approved_on} 和今天之间。"})
    receipt = RebateReceipt(
        claim=claim,
        amount=amount,
        received_on=day,
        booked_on=booking_day(county_of(claim), day),
        document=voucher.strip(),
        remark=remark.strip(),
        received_by=user,
        recorded_at=clock.now(),
    )
    receipt.full_clean()
    receipt.save(force_insert=True)
    return receipt


def _settle(claim: RebateClaim, received: Decimal) -> None:
    """Ended when all that was granted is there, or when the county has given up the rest."""
    done = claim.ended_on is not None or received >= claim.approved_amount
    claim.status = ClaimStatus.RECEIVED if done else ClaimStatus.APPROVED
    claim.save(update_fields=["status"])


def _positive(amount: Decimal) -> Decimal:
    if exact(amount) != cents(amount) or amount <= 0:
        raise ValidationError({"amount": "金额应大于 0，最多两位小数。"})
    return cents(amount)


def _note(claim: RebateClaim, user, verb: str, sentence: str) -> None:
    note(claim.rebate.instalment.agreement, user, verb, f"{claim.rebate.words}：{sentence}"[:300])
