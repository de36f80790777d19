"""What each statement line turned out to be, and the months that were reconciled."""

from __future__ import annotations

import hashlib
import json

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounting.enums import MatchKind, Reason
from financing.models import Payment, RebateReceipt
from registry.fields import MoneyField

USER = settings.AUTH_USER_MODEL


class MatchQuerySet(models.QuerySet):
    def standing(self):
        """Not taken back."""
        return self.filter(undone_at=None)


class Match(models.Model):
    """核对: a line, or a part of it, is this payment, this receipt, or something explained in words.

    A wrong match is taken back and stays on record. ``booked_on`` is the day on which an explained
    item counts in our own balance: the line's, or a later one when that month was reconciled.
    """

    line = models.ForeignKey(
        "accounting.StatementLine", models.PROTECT, related_name="matches", verbose_name="流水"
    )
    kind = models.CharField("类型", max_length=10, choices=MatchKind)
    payment = models.ForeignKey(
        Payment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bank_matches",
        verbose_name="付款",
    )
    receipt = models.ForeignKey(
        RebateReceipt,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bank_matches",
        verbose_name="奖补到账",
    )
    reason = models.CharField("事由", max_length=12, choices=Reason, blank=True)
    remark = models.CharField("说明", max_length=200, blank=True)
    amount = MoneyField("金额（元）")
    booked_on = models.DateField("计入日期")
    confidence = models.PositiveSmallIntegerField("把握（0–100）")
    because = models.CharField("依据", max_length=200, blank=True)
    matched_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="核对人")
    matched_at = models.DateTimeField("核对时间")
    undone_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undone_reason = models.CharField("撤销原因", max_length=200, blank=True)

    objects = MatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "流水核对"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, confidence__lte=100),
                name="match_amount",
                violation_error_message="核对金额应大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(kind="payment", payment__isnull=False, receipt=None, reason="")
                | Q(kind="receipt", payment=None, receipt__isnull=False, reason="")
                | Q(kind="explained", payment=None, receipt=None) & ~Q(reason=""),
                name="match_is_one_thing",
                violation_error_message="一次核对只对一笔付款、一笔到账，或写明事由。",
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(undone_at=None, payment__isnull=False),
                name="payment_matched_once",
                violation_error_message="这笔付款已经和另一笔流水核对。",
            ),
            models.UniqueConstraint(
                fields=["receipt"],
                condition=Q(undone_at=None, receipt__isnull=False),
                name="receipt_matched_once",
                violation_error_message="这笔到账已经和另一笔流水核对。",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None, undone_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_reason=""),
                name="match_undone_with_reason",
                violation_error_message="撤销核对须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.amount}"

    @property
    def what(self) -> str:
        """What the line is, in words."""
        if self.kind != MatchKind.EXPLAINED:
            return self.get_kind_display()
        return f"{self.get_reason_display()}{f'：{self.remark}' if self.remark else ''}"


class ReconciledMonth(models.Model):
    """月度对账: the report of one account and month, frozen when it was found in order.

    From then on no line of that month comes in and no match counted in it is taken back.
    """

    account = models.ForeignKey(
        "accounting.BankAccount",
        models.PROTECT,
        related_name="reconciled",
        verbose_name="账户",
    )
    month = models.DateField("月份", help_text="当月 1 日")
    data = models.JSONField("调节表")
    data_hash = models.CharField("内容校验值", max_length=64)
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="编制人")
    made_at = models.DateTimeField("完成时间")

    class Meta:
        verbose_name = verbose_name_plural = "月度对账"
        ordering = ["account", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "month"],
                name="month_reconciled_once",
                violation_error_message="这个月已经完成对账。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.month:%Y-%m}"

    @staticmethod
    def hash_of(data: dict) -> str:
        """SHA-256 of the canonical JSON of ``data``."""
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
