"""What the county asked of each level, what was granted and what arrived."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from financing.enums import ClaimStatus
from financing.models.instalment import Rebate
from procurement.enums import Funder
from registry.access import reach
from registry.fields import MoneyField
from registry.models import County

USER = settings.AUTH_USER_MODEL


class ClaimBatch(models.Model):
    """奖补申领批次: the claims that one document brings before one level."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="claim_batches", verbose_name="县（市、区）"
    )
    funder = models.CharField("层级", max_length=12, choices=Funder)
    document = models.CharField("申领文号", max_length=60)
    claimed_on = models.DateField("申领日期")
    claimed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="申领人")

    class Meta:
        verbose_name = verbose_name_plural = "奖补申领批次"
        ordering = ["-claimed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "funder", "document"],
                name="claim_batch_once",
                violation_error_message="这个文号已经向该层级申领过。",
            ),
            models.CheckConstraint(
                condition=~Q(document=""),
                name="claim_batch_document",
                violation_error_message="请填写申领文号。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_funder_display()} {self.document}"


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
    """奖补申领 on a paid instalment: claim → approve → receive.

    What is granted may be less than what was claimed, and what arrives less than what was
    granted; the difference is shown, and never lowers what the school owes the supplier.
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
        "状态", max_length=10, choices=ClaimStatus, default=ClaimStatus.CLAIMED
    )
    claimed_on = models.DateField("申领日期")
    claim_document = models.CharField("申领文号", max_length=60)
    claimed_amount = MoneyField("申领金额（元）")
    claimed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="申领人")
    approved_on = models.DateField("批复日期", null=True, blank=True)
    approval_document = models.CharField("批复文号", max_length=60, blank=True)
    approved_amount = MoneyField("批复金额（元）", null=True, blank=True)
    approved_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批复人"
    )
    received_on = models.DateField("到账日期", null=True, blank=True)
    received_document = models.CharField("到账凭证号", max_length=60, blank=True)
    received_amount = MoneyField("到账金额（元）", null=True, blank=True)
    received_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="到账登记人"
    )

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
                condition=Q(approved_on=None, approved_amount=None, approved_by=None)
                | Q(
                    approved_on__isnull=False,
                    approved_amount__isnull=False,
                    approved_on__gte=F("claimed_on"),
                    approved_amount__lte=F("claimed_amount"),
                    approved_by__isnull=False,
                )
                & ~Q(approval_document=""),
                name="approved_after_claimed",
                violation_error_message="批复不能早于申领，须有批复文号，金额不能大于申领金额。",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("claimed_by")),
                name="claimant_does_not_approve",
                violation_error_message="申领人不能批复自己的申领。",
            ),
            models.CheckConstraint(
                condition=Q(received_on=None, received_amount=None, received_by=None)
                | Q(
                    approved_on__isnull=False,
                    received_on__isnull=False,
                    received_amount__isnull=False,
                    received_on__gte=F("approved_on"),
                    received_amount__lte=F("approved_amount"),
                    received_by__isnull=False,
                )
                & ~Q(received_document=""),
                name="received_after_approved",
                violation_error_message="到账不能早于批复，须有到账凭证号，金额不能大于批复金额。",
            ),
            models.CheckConstraint(
                condition=Q(status="claimed", approved_on=None)
                | Q(status="approved", approved_on__isnull=False, received_on=None)
                | Q(status="received", received_on__isnull=False),
                name="claim_status_matches_dates",
                violation_error_message="申领状态与日期不一致。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rebate} {self.get_status_display()}"

    @property
    def shortfall(self):
        """Claimed but not (yet) arrived; None while nothing was received."""
        return None if self.received_amount is None else self.claimed_amount - self.received_amount


class RebateReceipt(models.Model):
    """奖补到账: money of a claim that arrived, in parts if it comes in parts; corrections are negative."""

    claim = models.ForeignKey(
        RebateClaim, models.PROTECT, related_name="receipts", verbose_name="奖补申领"
    )
    amount = MoneyField("到账金额（元）", signed=True)
    received_on = models.DateField("到账日期", db_index=True)
    booked_on = models.DateField("入账日期", db_index=True)
    document = models.CharField("到账凭证号", max_length=60)
    remark = models.CharField("说明", max_length=200, blank=True)
    received_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "奖补到账"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0) & ~Q(document=""),
                name="receipt_given",
                violation_error_message="请填写到账金额和到账凭证号。",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) | ~Q(remark=""),
                name="negative_receipt_says_why",
                violation_error_message="冲减到账时请写明原因。",
            ),
            models.UniqueConstraint(
                fields=["claim", "document"],
                name="receipt_once",
                violation_error_message="这个凭证号已经登记到这笔申领。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.received_on} 到账 {self.amount}"
