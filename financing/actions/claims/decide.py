"""审核, 批复: a whole batch at once under one document, with a verdict on every line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from documents.trail import record
from financing.actions.claims.claim import CLAIM_NEEDS, take_out
from financing.actions.claims.rights import (
    approving_role,
    may_approve,
    may_review,
    reviewing_role,
)
from financing.actions.log import note
from financing.enums import ClaimReturnKind, ClaimStatus
from financing.models import ClaimBatch, RebateClaim
from registry import clock
from registry.money import cents, exact


@dataclass(frozen=True)
class Verdict:
    """On one line: ``amount`` (None: all that was asked), or ``returned``; ``remark`` says why."""

    amount: Decimal | None = None
    remark: str = ""
    returned: bool = False


AS_ASKED = Verdict()


def stage_of(claim: RebateClaim, user) -> ClaimStatus | None:
    """What ``user`` may make of the claim now: reviewed, approved, or nothing."""
    if claim.status == ClaimStatus.CLAIMED and may_review(user, claim):
        return ClaimStatus.REVIEWED
    if claim.status == ClaimStatus.REVIEWED and may_approve(user, claim):
        return ClaimStatus.APPROVED
    return None


@transaction.atomic
def decide_claims(
    *,
    claims: list[int],
    stage: ClaimStatus,
    user,
    document: str,
    decided_on: dt.date,
    verdicts: Mapping[int, Verdict],
) -> int:
    """Review or approve ``claims`` (their numbers) to ``stage``; a line without a verdict passes whole.

    All or none: raises ``ValidationError`` when one is no longer at the stage before or not this
    person's, when a day lies before the stage before or in the future, or an amount is not between
    0 and what was asked. Who comes second changes nothing. Returns how many lines went on.
    """
    rows = list(
        RebateClaim.objects.select_for_update(of=("self",))
        .select_related(*CLAIM_NEEDS, "batch__project__dossier")
        .filter(pk__in=claims)
        .order_by("pk")
    )
    if not rows or len(rows) != len(set(claims)):
        raise ValidationError("所选的申领有的已经撤回或退回，没有写入任何内容，请刷新页面。")
    if not document.strip():
        raise ValidationError({"document": "请填写文号。"})
    passed = []
    for claim in rows:
        _check_turn(claim, stage, user)
        verdict = verdicts.get(claim.pk, AS_ASKED)
        if verdict.returned:
            take_out(claim, ClaimReturnKind.RETURNED, user, verdict.remark)
            continue
        _decide(claim, stage, user, document.strip(), decided_on, verdict)
        passed.append(claim)
    _tell(rows, passed, stage, user, document.strip())
    return len(passed)


def _check_turn(claim: RebateClaim, stage: ClaimStatus, user) -> None:
    if stage_of(claim, user) == stage:
        return
    word = "审核" if stage == ClaimStatus.REVIEWED else "批复"
    before = ClaimStatus.CLAIMED if stage == ClaimStatus.REVIEWED else ClaimStatus.REVIEWED
    if claim.status != before:
        raise ValidationError(
            f"{_place(claim)}{claim.get_status_display()}，这次{word}没有写入任何内容，请刷新页面。"
        )
    role = (reviewing_role if stage == ClaimStatus.REVIEWED else approving_role)(
        claim.rebate.funder
    )
    raise ValidationError(
        f"{claim.rebate.get_funder_display()}奖补由{role.label}{word}，"
        "且不能是申领人；审核人也不能再批复。"
    )


def _decide(
    claim: RebateClaim, stage: ClaimStatus, user, document: str, day: dt.date, verdict: Verdict
) -> None:
    asked = claim.expected
    amount = asked if verdict.amount is None else verdict.amount
    _check_amount(claim, amount, asked)
    earliest = claim.reviewed_on or claim.claimed_on
    if not earliest <= day <= clock.today():
        raise ValidationError({"decided_on": f"日期须在 {earliest} 和今天之间。"})
    remark = verdict.remark.strip()
    if amount < asked and not remark:
        raise ValidationError(f"{_place(claim)}少于上一环节的 {asked:,.2f} 元，请写明原因。")
    if stage == ClaimStatus.REVIEWED:
        claim.reviewed_by, claim.reviewed_on = user, day
        claim.review_document, claim.review_remark = document, remark
        claim.reviewed_amount = cents(amount)
    else:
        claim.approved_by, claim.approved_on = user, day
        claim.approval_document, claim.approval_remark = document, remark
        claim.approved_amount = cents(amount)
    # Of nothing granted nothing will come.
    nothing = stage == ClaimStatus.APPROVED and not amount
    claim.status = ClaimStatus.RECEIVED if nothing else stage
    claim.clean_fields()  # the constraints' own rules were asked above, in words
    claim.save()


def _check_amount(claim: RebateClaim, amount: Decimal, asked: Decimal) -> None:
    if exact(amount) != cents(amount) or not 0 <= amount <= asked:
        raise ValidationError(f"{_place(claim)}的金额须在 0 和 {asked:,.2f} 元之间，最多两位小数。")


def _place(claim: RebateClaim) -> str:
    return f"{claim.rebate.instalment.agreement.school.name}{claim.rebate.words}"


def _tell(
    rows: list[RebateClaim], passed: list[RebateClaim], stage: ClaimStatus, user, document: str
) -> None:
    verb = "审核奖补" if stage == ClaimStatus.REVIEWED else "批复奖补"
    for claim in passed:
        note(
            claim.rebate.instalment.agreement,
            user,
            verb,
            f"{claim.rebate.words}：{verb} {claim.expected:,.2f} 元（{document}），"
            f"申领 {claim.claimed_amount:,.2f} 元",
        )
    batches: dict[ClaimBatch, list[RebateClaim]] = {}
    for claim in passed:
        if claim.batch is not None:
            batches.setdefault(claim.batch, []).append(claim)
    for batch, mine in batches.items():
        total = sum(claim.expected for claim in mine)
        back = sum(1 for claim in rows if claim not in passed and claim.batch_id == batch.pk)
        record(
            thing=batch,
            dossier=batch.dossier,
            actor=user,
            verb=verb,
            sentence=f"{document}：{verb} {len(mine)} 笔，共 {total:,.2f} 元"
            + (f"，退回 {back} 笔" if back else ""),
        )


def review_claim(
    *,
    claim: RebateClaim,
    user,
    amount: Decimal | None = None,
    document: str,
    reviewed_on: dt.date | None = None,
    remark: str = "",
) -> RebateClaim:
    """审核 of one claim."""
    return _one(claim, ClaimStatus.REVIEWED, user, amount, document, reviewed_on, remark)


def approve_claim(
    *,
    claim: RebateClaim,
    user,
    amount: Decimal | None = None,
    document: str,
    approved_on: dt.date | None = None,
    remark: str = "",
) -> RebateClaim:
    """批复 of one claim by the level itself."""
    return _one(claim, ClaimStatus.APPROVED, user, amount, document, approved_on, remark)


def _one(claim, stage, user, amount, document, day, remark) -> RebateClaim:
    decide_claims(
        claims=[claim.pk],
        stage=stage,
        user=user,
        document=document,
        decided_on=day or clock.today(),
        verdicts={claim.pk: Verdict(amount, remark)},
    )
    return RebateClaim.objects.get(pk=claim.pk)
