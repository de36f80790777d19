"""What the county asked of each level, what was granted; what was taken back or sent back."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum

from financing.enums import ClaimReturnKind, ClaimStatus
from financing.models.batch import ClaimBatch
from financing.models.rebate import Rebate
from registry.access import reach
from registry.fields import MoneyField
from registry.money import ZERO, cents

USER = settings.AUTH_USER_MODEL
NOT_REVIEWED = Q(reviewed_on=None, reviewed_amount=None, reviewed_by=None)
NOT_APPROVED = Q(approved_on=None, approved_amount=None, approved_by=None)
NOT_ENDED = Q(ended_on=None, ended_by=None, ended_reason="")


class RebateClaimQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            reach(user).rows(
                county="rebate__instalment__agreement__project_school__project__dossier__county",
                township="rebate__instalment__agreement__project_school__school__township",
                school="rebate__instalment__agreement__project_school__school",
            )
        )


class RebateClaim(models.Model):
    """奖补申领 on a paid instalment: claim → review → approve → receive.

    What is granted may be less than what was claimed, and what arrives (``receipts``) less or more
    than what was granted; the difference is shown, and never lowers what the school owes the
    supplier. A claim has ended (``received``) when all that was granted has arrived, or when the
    county gave up the rest and said why. Claims of before there were batches saw no review.
    """

    rebate = models.OneToOneField(
        Rebate, models.PROTECT, related_name="claim", verbose_name="奖补计划"
    )
    batch = models.ForeignKey(
        ClaimBatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="claims",
        verbose_name="申领批次",
    )
    status = models.CharField(
        "状态", max_length=10, choices=ClaimStatus, default=ClaimStatus.CLAIMED, db_index=True
    )
    claimed_on = models.DateField("申领日期")
    claim_document = models.CharField("申领文号", max_length=60)
    claimed_amount = MoneyField("申领金额（元）")
    claimed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="申领人")
    reviewed_on = models.DateField("审核日期", null=True, blank=True)
    review_document = models.CharField("审核文号", max_length=60, blank=True)
    reviewed_amount = MoneyField("审核金额（元）", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    review_remark = models.CharField("审核说明", max_length=200, blank=True)
    approved_on = models.DateField("批复日期", null=True, blank=True)
    approval_document = models.CharField("批复文号", max_length=60, blank=True)
    approved_amount = MoneyField("批复金额（元）", null=True, blank=True)
    approved_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批复人"
    )
    approval_remark = models.CharField("批复说明", max_length=200, blank=True)
    ended_on = models.DateField("了结日期", null=True, blank=True)
    ended_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="了结人"
    )
    ended_reason = models.CharField("少到说明", max_length=200, blank=True)

    objects = RebateClaimQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "奖补申领"
        ordering = ["-claimed_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(claimed_amount__gt=0) & ~Q(claim_document=""),
                name="claim_given",
                violation_error_message="请填写申领文号，申领金额应大于 0。",
            ),
            models.CheckConstraint(
                condition=NOT_REVIEWED & Q(review_document="")
                | Q(
                    reviewed_on__isnull=False,
                    reviewed_amount__isnull=False,
                    reviewed_on__gte=F("claimed_on"),
                    reviewed_amount__lte=F("claimed_amount"),
                    reviewed_by__isnull=False,
                )
                & ~Q(review_document=""),
                name="reviewed_after_claimed",
                violation_error_message="审核不能早于申领，须有审核文号，金额不能大于申领金额。",
            ),
            models.CheckConstraint(
                condition=NOT_APPROVED
                | Q(
                    approved_on__isnull=False,
                    approved_amount__isnull=False,
                    approved_on__gte=F("claimed_on"),
                    approved_amount__lte=F("claimed_amount"),
                    approved_by__isnull=False,
                )
                & ~Q(approval_document="")
                & (
                    Q(batch=None, reviewed_on=None)
                    | Q(
                        reviewed_on__isnull=False,
                        approved_on__gte=F("reviewed_on"),
                        approved_amount__lte=F("reviewed_amount"),
                    )
                ),
                name="approved_after_reviewed",
                violation_error_message="批复不能早于审核，须有批复文号，金额不能大于审核金额。",
            ),
            models.CheckConstraint(
                condition=(
                    Q(reviewed_amount=None)
                    | Q(reviewed_amount=F("claimed_amount"))
                    | ~Q(review_remark="")
                )
                & (
                    Q(approved_amount=None)
                    | Q(approved_amount=F("reviewed_amount"))
                    | Q(batch=None, reviewed_on=None)
                    | ~Q(approval_remark="")
                ),
                name="less_says_why",
                violation_error_message="审核或批复的金额少于上一环节的，请写明原因。",
            ),
            models.CheckConstraint(
                condition=(Q(reviewed_by=None) | ~Q(reviewed_by=F("claimed_by")))
                & (Q(approved_by=None) | ~Q(approved_by=F("claimed_by")))
                & (Q(approved_by=None) | Q(reviewed_by=None) | ~Q(approved_by=F("reviewed_by"))),
                name="three_people_claim",
                violation_error_message="申领、审核、批复须由三个不同的人办理。",
            ),
            models.CheckConstraint(
                condition=NOT_ENDED
                | Q(
                    approved_on__isnull=False,
                    ended_on__isnull=False,
                    ended_on__gte=F("approved_on"),
                )
                & Q(ended_by__isnull=False)
                & ~Q(ended_reason=""),
                name="ended_after_approved",
                violation_error_message="批复以后才能了结，并须写明少到的原因。",
            ),
            models.CheckConstraint(
                condition=Q(status="claimed", reviewed_on=None, approved_on=None)
                | Q(status="reviewed", reviewed_on__isnull=False, approved_on=None)
                | Q(status="approved", approved_on__isnull=False, ended_on=None)
                | Q(status="received", approved_on__isnull=False),
                name="claim_status_matches_dates",
                violation_error_message="申领状态与日期不一致。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rebate} {self.get_status_display()}"

    @property
    def ended(self) -> bool:
        return self.status == ClaimStatus.RECEIVED

    @property
    def state(self) -> str:
        """In words; asks for nothing but the row."""
        if self.ended_on:
            return "少到已了结"
        if self.ended and not self.approved_amount:
            return "不予奖补"
        return self.get_status_display()

    @property
    def expected(self) -> Decimal:
        """What the furthest stage says should arrive."""
        for amount in (self.approved_amount, self.reviewed_amount):
            if amount is not None:
                return amount
        return self.claimed_amount

    @property
    def received(self) -> Decimal:
        """What has arrived so far; no query when ``receipts`` are prefetched."""
        if "receipts" in getattr(self, "_prefetched_objects_cache", {}):
            return sum((receipt.amount for receipt in self.receipts.all()), ZERO)
        return cents(self.receipts.aggregate(s=Sum("amount"))["s"] or 0)

    @property
    def outstanding(self) -> Decimal:
        """What may still arrive; nothing once the claim has ended."""
        return ZERO if self.ended else max(self.expected - self.received, ZERO)

    @property
    def surplus(self) -> Decimal:
        """多到待核: arrived beyond what was granted."""
        return max(self.received - self.expected, ZERO)

    @property
    def shortfall(self) -> Decimal:
        """少到: claimed, and it will not come any more; 0.00 while the claim is under way."""
        return max(self.claimed_amount - self.received, ZERO) if self.ended else ZERO


class ClaimReturn(models.Model):
    """撤回 or 退回 of a claim that was not granted for good: the rebate may be claimed again.

    The claim itself is gone then; this row keeps what was asked, by which document, and why not.
    """

    kind = models.CharField("类型", max_length=10, choices=ClaimReturnKind)
    rebate = models.ForeignKey(
        Rebate, models.PROTECT, related_name="claim_returns", verbose_name="奖补计划"
    )
    batch = models.ForeignKey(
        ClaimBatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="returns",
        verbose_name="申领批次",
    )
    claimed_on = models.DateField("申领日期")
    claim_document = models.CharField("申领文号", max_length=60)
    claimed_amount = MoneyField("申领金额（元）")
    claimed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="申领人")
    returned_on = models.DateField("撤回或退回日期")
    returned_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="办理人")
    reason = models.CharField("原因", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "奖补申领撤回"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & Q(returned_on__gte=F("claimed_on")),
                name="claim_return_says_why",
                violation_error_message="撤回或退回申领须写明原因。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rebate} {self.get_kind_display()}"
