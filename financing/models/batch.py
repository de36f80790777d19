"""Claims that go out under one document, and the money that comes in on them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from financing.enums import ClaimStatus
from financing.models.instalment import nothing, yuan
from procurement.enums import Funder
from procurement.models import Project
from registry.access import reach
from registry.fields import MoneyField
from registry.models import County

USER = settings.AUTH_USER_MODEL


class ClaimBatchQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The county's and the levels' above it: a batch shows many schools at once."""
        return self.filter(reach(user).rows(county="county"))

    def with_totals(self):
        """Adds ``lines``, ``claimed``, ``approved`` (amounts) and how many lines stand where:
        ``to_review``, ``to_approve``, ``to_receive``, ``done``."""
        counts = {
            "to_review": ClaimStatus.CLAIMED,
            "to_approve": ClaimStatus.REVIEWED,
            "to_receive": ClaimStatus.APPROVED,
            "done": ClaimStatus.RECEIVED,
        }
        return self.annotate(
            lines=Count("claims"),
            claimed=yuan(Coalesce(Sum("claims__claimed_amount"), nothing())),
            approved=yuan(Coalesce(Sum("claims__approved_amount"), nothing())),
            **{
                name: Count("claims", filter=Q(claims__status=status))
                for name, status in counts.items()
            },
        )


class ClaimBatch(models.Model):
    """奖补申领批次: the claims of one project that one document brings before one level."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="claim_batches", verbose_name="县（市、区）"
    )
    project = models.ForeignKey(
        Project, models.PROTECT, related_name="claim_batches", verbose_name="项目"
    )
    funder = models.CharField("层级", max_length=12, choices=Funder)
    document = models.CharField("申领文号", max_length=60)
    claimed_on = models.DateField("申领日期")
    claimed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="申领人")

    objects = ClaimBatchQuerySet.as_manager()

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
            models.CheckConstraint(
                condition=~Q(funder=Funder.SCHOOL),
                name="claim_batch_not_school",
                violation_error_message="学校自担部分不是奖补。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_funder_display()}奖补申领 {self.document}"

    def get_absolute_url(self) -> str:
        return reverse("financing:claim_batch", args=[self.pk])

    @property
    def dossier(self):
        return self.project.dossier

    @property
    def state(self) -> str:
        """Where its lines stand, in words; asks for ``with_totals()``."""
        words = [
            ("待审核", self.to_review),
            ("待批复", self.to_approve),
            ("待到账", self.to_receive),
            ("已了结", self.done),
        ]
        found = [(word, n) for word, n in words if n]
        if not found:
            return "已全部撤回"
        if len(found) == 1:
            return found[0][0]
        return "，".join(f"{word} {n} 笔" for word, n in found)


class RebateReceipt(models.Model):
    """奖补到账: money of a claim that arrived, in parts if it comes in parts; corrections are negative."""

    claim = models.ForeignKey(
        "financing.RebateClaim",
        models.PROTECT,
        related_name="receipts",
        verbose_name="奖补申领",
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
            models.CheckConstraint(
                condition=Q(booked_on__gte=F("received_on")),
                name="receipt_booked_after_received",
                violation_error_message="入账日期不能早于到账日期。",
            ),
            models.UniqueConstraint(
                fields=["claim", "document"],
                name="receipt_once",
                violation_error_message="这个凭证号已经登记到这笔申领。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.received_on} 到账 {self.amount}"
