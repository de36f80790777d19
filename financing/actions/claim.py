"""奖补: claim what the levels give back, enter what they grant and what arrives."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from financing.actions.log import locked, note
from financing.enums import ClaimStatus
from financing.models import Rebate, RebateClaim
from procurement.enums import Funder
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.models import County
from registry.money import cents, exact

GRANTED_BY = {Funder.PREFECTURE: Role.PREFECTURE, Funder.PROVINCE: Role.PROVINCE}


@transaction.atomic
def claim_rebates(*, documents: dict[Rebate, str], user) -> list[RebateClaim]:
    """奖补申领: one claim per rebate with its document number, at the planned amount.

    Raises ``ValidationError`` for a rebate whose instalment is not paid in full or that was
    claimed before, and then claims none.
    """
    agreements = {r.instalment.agreement_id: r.instalment.agreement for r in documents}
    held = [locked(agreements[pk]) for pk in sorted(agreements)]
    asked = [rebate.pk for rebate in documents]
    open_ones = set(Rebate.objects.claimable().filter(pk__in=asked).values_list("pk", flat=True))
    claims = []
    for rebate, document in documents.items():
        if rebate.pk not in open_ones:
            raise ValidationError(f"{rebate.words}已经申领，或该期还没有付清，不能申领。")
        claim = RebateClaim(
            rebate=rebate,
            claimed_on=clock.today(),
            claim_document=document.strip(),
            claimed_amount=rebate.amount,
            claimed_by=user,
        )
        claim.full_clean()
        claim.save()
        claims.append(claim)
    for agreement in held:
        mine = [c for c in claims if c.rebate.instalment.agreement_id == agreement.pk]
        words = "、".join(f"{c.rebate.words} {c.claimed_amount:,.2f} 元" for c in mine)
        note(agreement, user, "申领奖补", f"申领{words}"[:300])
    return claims


@transaction.atomic
def approve_claim(
    *, claim: RebateClaim, user, amount: Decimal, document: str, approved_on: dt.date | None = None
) -> RebateClaim:
    """批复: the level itself grants (the county's share: another person of county finance)."""
    claim = _locked(claim)
    if claim.status != ClaimStatus.CLAIMED:
        raise ValidationError(f"{claim.rebate.words}已经批复。")
    if not may_approve(user, claim):
        raise ValidationError(
            f"{claim.rebate.get_funder_display()}奖补由{_granting_role(claim).label}批复，且不能是申领人。"
        )
    claim.status, claim.approved_by = ClaimStatus.APPROVED, user
    claim.approved_on = _past(approved_on, claim.claimed_on, "approved_on")
    claim.approval_document = document.strip()
    claim.approved_amount = _amount(amount, claim.claimed_amount, "申领")
    claim.full_clean()
    claim.save()
    _note(claim, user, "批复奖补", claim.approved_amount, claim.approval_document)
    return claim


@transaction.atomic
def receive_claim(
    *, claim: RebateClaim, user, amount: Decimal, voucher: str, received_on: dt.date | None = None
) -> RebateClaim:
    """到账登记 by the county's cashier. What the school owes the supplier does not change."""
    claim = _locked(claim)
    if claim.status != ClaimStatus.APPROVED:
        raise ValidationError(f"{claim.rebate.words}还没有批复，或已经登记到账。")
    if not may_receive(user, claim):
        raise ValidationError("奖补到账由县财务出纳登记。")
    claim.status, claim.received_by = ClaimStatus.RECEIVED, user
    claim.received_on = _past(received_on, claim.approved_on, "received_on")
    claim.received_document = voucher.strip()
    claim.received_amount = _amount(amount, claim.approved_amount, "批复")
    claim.full_clean()
    claim.save()
    _note(claim, user, "奖补到账", claim.received_amount, claim.received_document)
    return claim


def may_approve(user, claim: RebateClaim) -> bool:
    """The level's own people for this county; for the county's share not who claimed it."""
    if claim.claimed_by_id == user.pk:
        return False
    role, county = _granting_role(claim), county_of(claim)
    if role is Role.COUNTY_FINANCE:
        return reach(user).holds_at(role, county=county.pk)
    return any(
        post.role == role and county.code.startswith(post.region) for post in reach(user).posts
    )


def may_receive(user, claim: RebateClaim) -> bool:
    return reach(user).holds_at(Role.COUNTY_CASHIER, county=county_of(claim).pk)


def county_of(claim: RebateClaim) -> County:
    return claim.rebate.instalment.agreement.dossier.county


def _granting_role(claim: RebateClaim) -> Role:
    return GRANTED_BY.get(Funder(claim.rebate.funder), Role.COUNTY_FINANCE)


def _locked(claim: RebateClaim) -> RebateClaim:
    return (
        RebateClaim.objects.select_for_update(of=("self",))
        .select_related(
            "rebate__instalment__agreement__project_school__project__dossier__county",
            "rebate__instalment__agreement__project_school__school",
            "rebate__instalment__agreement__contract__supplier",
        )
        .get(pk=claim.pk)
    )


def _past(day: dt.date | None, earliest: dt.date, field: str) -> dt.date:
    day = day or clock.today()
    if not earliest <= day <= clock.today():
        raise ValidationError({field: f"日期须在 {earliest} 和今天之间。"})
    return day


def _amount(amount: Decimal, most: Decimal, word: str) -> Decimal:
    if exact(amount) != cents(amount) or not 0 <= amount <= most:
        raise ValidationError(
            f"金额须在 0 和{word}金额 {most:,.2f} 元之间，最多两位小数；多出的款项请与拨款单位核对后另行登记。"
        )
    return cents(amount)


def _note(claim: RebateClaim, user, verb: str, amount: Decimal, document: str) -> None:
    note(
        claim.rebate.instalment.agreement,
        user,
        verb,
        f"{claim.rebate.words}：{verb} {amount:,.2f} 元（{document}），申领 {claim.claimed_amount:,.2f} 元",
    )
