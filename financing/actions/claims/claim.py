"""申领, 撤回, 退回: what goes out to a level under one document, and what comes back ungranted."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from documents.actions import issue_paper
from documents.enums import PaperKind
from documents.trail import record
from financing import claim_paper
from financing.actions.claims.rights import county_of, may_approve, may_claim, may_review
from financing.actions.log import note
from financing.enums import ClaimReturnKind, ClaimStatus
from financing.models import Agreement, ClaimBatch, ClaimReturn, Instalment, Rebate, RebateClaim
from procurement.models import Project
from registry import clock

CLAIM_NEEDS = (
    "rebate__instalment__agreement__project_school__project__dossier__county",
    "rebate__instalment__agreement__project_school__school__township",
    "rebate__instalment__agreement__contract__supplier",
)


@transaction.atomic
def claim_batch(
    *, project: Project, funder: str, rebates: Iterable[int], document: str, user
) -> ClaimBatch:
    """奖补申领: the chosen rebates of one level and one project, each at its planned amount.

    ``rebates`` are their numbers. All are claimed or none: raises ``ValidationError`` when one is
    not paid for, not of that level and project, or was claimed by somebody quicker, and when the
    document already went to this level; ``PermissionDenied`` without the post. Issues the paper.
    """
    county = project.dossier.county
    if not may_claim(user, county):
        raise PermissionDenied("奖补由县财务审核岗申领。")
    wanted = sorted(set(rebates))
    _hold(project, wanted)
    mine = _claimable(project, funder, wanted)
    batch = ClaimBatch(
        county=county,
        project=project,
        funder=funder,
        document=document.strip(),
        claimed_on=clock.today(),
        claimed_by=user,
    )
    batch.full_clean()
    batch.save()
    claims = RebateClaim.objects.bulk_create(_claim(batch, rebate) for rebate in mine)
    _tell(batch, claims, user)
    issue_paper(
        thing=batch,
        dossier=batch.dossier,
        kind=PaperKind.CLAIM_BATCH,
        number=f"{batch.dossier.number}-BZ-{batch.pk}",
        title=f"{project.name}{batch.get_funder_display()}奖补申领汇总表"[:120],
        data=claim_paper.rebate_claim(batch),
        actor=user,
    )
    return batch


def _hold(project: Project, wanted: list[int]) -> None:
    """Lock the agreements in one order: of two who claim the same, one comes second."""
    agreements = Agreement.objects.filter(
        project_school__project=project, instalments__rebates__in=wanted
    )
    pks = sorted(set(agreements.values_list("pk", flat=True)))
    list(Agreement.objects.select_for_update().filter(pk__in=pks).order_by("pk"))


def _claimable(project: Project, funder: str, wanted: list[int]) -> list[Rebate]:
    mine = list(
        Rebate.objects.claimable()
        .filter(
            pk__in=wanted, funder=funder, instalment__agreement__project_school__project=project
        )
        .select_related("instalment__agreement__project_school__school")
        .order_by("instalment__agreement__project_school__school__code", "instalment__number", "pk")
    )
    if not wanted:
        raise ValidationError("请先勾选要申领的奖补。")
    if lost := len(wanted) - len(mine):
        raise ValidationError(
            f"所选的 {len(wanted)} 笔中有 {lost} 笔已经申领、该期还没有付清，或不属于这个项目和层级。"
            "没有写入任何内容，请刷新页面后重选。"
        )
    return mine


def _claim(batch: ClaimBatch, rebate: Rebate) -> RebateClaim:
    return RebateClaim(
        rebate=rebate,
        batch=batch,
        claimed_on=batch.claimed_on,
        claim_document=batch.document,
        claimed_amount=rebate.amount,
        claimed_by=batch.claimed_by,
    )


def _tell(batch: ClaimBatch, claims: list[RebateClaim], user) -> None:
    total = sum(claim.claimed_amount for claim in claims)
    record(
        thing=batch,
        dossier=batch.dossier,
        actor=user,
        verb="申领奖补",
        sentence=f"{batch.document}：申领{batch.get_funder_display()}奖补 {len(claims)} 笔，共 {total:,.2f} 元",
    )
    by_agreement: dict[int, list[RebateClaim]] = {}
    for claim in claims:
        by_agreement.setdefault(claim.rebate.instalment.agreement_id, []).append(claim)
    agreements = Agreement.objects.select_related(*NOTE_NEEDS).in_bulk(list(by_agreement))
    for pk, mine in by_agreement.items():
        words = "、".join(f"{one.rebate.words} {one.claimed_amount:,.2f} 元" for one in mine)
        note(agreements[pk], user, "申领奖补", f"{batch.document}：申领{words}"[:300])


NOTE_NEEDS = (
    "project_school__project__dossier__county",
    "project_school__school__township",
    "contract__supplier",
)


@transaction.atomic
def withdraw_claim(*, claim: RebateClaim, user, reason: str) -> ClaimReturn:
    """撤回申领 by county finance, before the level has granted it; it may be claimed again."""
    claim = held(claim)
    if not may_claim(user, county_of(claim)):
        raise ValidationError("申领由县财务审核岗撤回。")
    if claim.status not in (ClaimStatus.CLAIMED, ClaimStatus.REVIEWED):
        raise ValidationError(
            f"{claim.rebate.words}{claim.get_status_display()}，不能撤回；请商批复单位退回。"
        )
    return take_out(claim, ClaimReturnKind.WITHDRAWN, user, reason)


@transaction.atomic
def return_claim(*, claim: RebateClaim, user, reason: str) -> ClaimReturn:
    """退回 by whoever has to review or to approve it; by the level also what it had approved, as
    long as no money has come. The county may claim it again."""
    claim = held(claim)
    granted = claim.status in (ClaimStatus.APPROVED, ClaimStatus.RECEIVED)
    if granted and claim.receipts.exists():
        raise ValidationError(f"{claim.rebate.words}已有到账，不能退回。")
    may = may_review if claim.status == ClaimStatus.CLAIMED else may_approve
    if not may(user, claim):
        raise ValidationError(f"{claim.rebate.words}现在不由您审核或批复，不能退回。")
    return take_out(claim, ClaimReturnKind.RETURNED, user, reason)


def withdraw_unfounded(*, agreement: Agreement, user, reason: str) -> None:
    """After a payment was reversed: claims on instalments that are open again are withdrawn.

    For an agreement that is locked and reposted. Raises ``ValidationError`` when one of them was
    already granted: then the level has to return it first.
    """
    open_again = Instalment.objects.unpaid().filter(agreement=agreement).values("pk")
    claims = RebateClaim.objects.select_for_update(of=("self",)).select_related(*CLAIM_NEEDS)
    for claim in claims.filter(rebate__instalment__in=open_again).order_by("pk"):
        if claim.status in (ClaimStatus.APPROVED, ClaimStatus.RECEIVED):
            raise ValidationError(
                f"{claim.rebate.words}{claim.get_status_display()}，不能冲销付款；"
                "请先商批复单位退回这笔奖补，已到账的先核对清楚。"
            )
        take_out(claim, ClaimReturnKind.WITHDRAWN, user, reason)


def take_out(claim: RebateClaim, kind: ClaimReturnKind, user, reason: str) -> ClaimReturn:
    """Keep what was asked and why it went; the claim itself goes."""
    if not reason.strip():
        raise ValidationError({"reason": "撤回或退回申领须写明原因。"})
    row = ClaimReturn(
        kind=kind,
        rebate=claim.rebate,
        batch=claim.batch,
        claimed_on=claim.claimed_on,
        claim_document=claim.claim_document,
        claimed_amount=claim.claimed_amount,
        claimed_by=claim.claimed_by,
        returned_on=clock.today(),
        returned_by=user,
        reason=reason.strip()[:200],
    )
    row.full_clean()
    row.save()
    claim.delete()
    note(
        claim.rebate.instalment.agreement,
        user,
        kind.label,
        f"{kind.label}{claim.rebate.words} {claim.claimed_amount:,.2f} 元（{claim.claim_document}）：{row.reason}"[
            :300
        ],
    )
    return row


def held(claim: RebateClaim) -> RebateClaim:
    """The claim under a row lock, read anew with what the verbs need."""
    rows = RebateClaim.objects.select_for_update(of=("self",)).select_related(*CLAIM_NEEDS)
    found = rows.filter(pk=claim.pk).first()
    if found is None:
        raise ValidationError("这笔申领已经撤回或退回，请刷新页面。")
    return found
