"""How each payment was taken up: part by part, and only ever added to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from financing.enums import PostingKind
from registry.fields import MoneyField


class Posting(models.Model):
    """抵充: the part of a payment (or of a waiver) that settles a part of an instalment.

    The sum of a payment's postings is its amount; a payment that was reversed sums to zero. What
    remains beyond all instalments is credit and names none. Whatever changes the taking up (a
    reversal, a new plan) is written as the difference, so rows are only added.
    """

    payment = models.ForeignKey(
        "financing.Payment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="postings",
        verbose_name="付款",
    )
    waiver = models.ForeignKey(
        "financing.Waiver",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="postings",
        verbose_name="减免",
    )
    instalment = models.ForeignKey(
        "financing.Instalment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="postings",
        verbose_name="期次",
    )
    kind = models.CharField("抵充项目", max_length=14, choices=PostingKind)
    amount = MoneyField("金额（元）", signed=True)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "抵充"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(payment__isnull=False, waiver=None)
                | Q(payment=None, waiver__isnull=False, kind=PostingKind.LATE_INTEREST),
                name="posting_has_one_source",
                violation_error_message="抵充来自一笔付款，或来自一笔逾期利息的减免。",
            ),
            models.CheckConstraint(
                condition=Q(kind=PostingKind.CREDIT, instalment=None)
                | ~Q(kind=PostingKind.CREDIT) & Q(instalment__isnull=False),
                name="posting_names_its_instalment",
                violation_error_message="除多付的部分外，抵充须写明期次。",
            ),
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="posting_not_zero",
                violation_error_message="抵充金额不能为 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
