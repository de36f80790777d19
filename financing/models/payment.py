"""The application for a payment, and the money that left."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from financing.enums import PaymentKind
from financing.models.fund import FundPurpose
from registry.access import reach
from registry.fields import MoneyField

USER = settings.AUTH_USER_MODEL


class PaymentApplicationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The school's, its township's and county's, and the supplier's own."""
        return self.filter(
            reach(user).rows(
                county="instalment__agreement__project_school__project__dossier__county",
                township="instalment__agreement__project_school__school__township",
                school="instalment__agreement__project_school__school",
                supplier="instalment__agreement__contract__supplier",
            )
        )

    def live(self):
        """Neither returned nor paid."""
        return self.exclude(passed=False).filter(payments=None)


class PaymentApplication(models.Model):
    """付款申请: school applies → county finance reviews → cashier pays; each return stays on record.

    ``round`` counts the payments that the instalment has seen, plus one: so an instalment that is
    paid in parts has several applications, but never two at a time.
    """

    instalment = models.ForeignKey(
        "financing.Instalment", models.PROTECT, related_name="applications", verbose_name="期次"
    )
    round = models.PositiveSmallIntegerField("第几次付款", default=1)
    amount = MoneyField("申请金额（元）")
    applied_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="申请人")
    applied_on = models.DateField("申请日期")
    budget_note = models.CharField("经费来源说明", max_length=200)
    source = models.ForeignKey(
        FundPurpose,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name="专项资金用途",
    )
    reviewed_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    reviewed_on = models.DateField("审核日期", null=True, blank=True)
    passed = models.BooleanField("审核通过", null=True, blank=True)
    opinion = models.CharField("审核意见", max_length=300, blank=True)

    objects = PaymentApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "付款申请"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, round__gte=1),
                name="application_amount",
                violation_error_message="申请金额应大于 0。",
            ),
            models.UniqueConstraint(
                fields=["instalment", "round"],
                condition=Q(passed=None) | Q(passed=True),
                name="one_live_application",
                violation_error_message="这一期已有在办的付款申请。",
            ),
            models.CheckConstraint(
                condition=Q(passed=None, reviewed_by=None, reviewed_on=None)
                | Q(passed__isnull=False, reviewed_by__isnull=False, reviewed_on__isnull=False)
                & ~Q(reviewed_by=F("applied_by")),
                name="applicant_does_not_review",
                violation_error_message="申请人不能审核自己的申请。",
            ),
            models.CheckConstraint(
                condition=Q(passed=None) | Q(passed=True) | ~Q(opinion=""),
                name="application_return_has_reason",
                violation_error_message="退回时请写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instalment}付款申请"


class PaymentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The school's, its township's and county's, and the supplier's own."""
        return self.filter(
            reach(user).rows(
                county="instalment__agreement__project_school__project__dossier__county",
                township="instalment__agreement__project_school__school__township",
                school="instalment__agreement__project_school__school",
                supplier="instalment__agreement__contract__supplier",
            )
        )

    def standing(self):
        """What counts: payments that were not reversed, and refunds; without the reversals."""
        return self.filter(reverses=None, reversed_by=None)


class Payment(models.Model):
    """付款: money that left. Rows only grow; a correction is a new row that reverses an old one.

    ``instalment`` is the one that was applied for; what the money settled, part by part, stands
    in ``postings``, because a payment may settle more or less than one instalment. ``paid_on`` is
    the bank's day, ``booked_on`` the day in the books (later, when that month was closed). A
    refund (退款) of what was paid beyond all instalments is negative.

    On a reversal ``paid_by`` is who reverses and ``reviewed_by`` who had recorded the payment, so
    the rule of two people holds for it too.
    """

    instalment = models.ForeignKey(
        "financing.Instalment", models.PROTECT, related_name="payments", verbose_name="期次"
    )
    kind = models.CharField("类型", max_length=10, choices=PaymentKind, default=PaymentKind.PAYMENT)
    application = models.ForeignKey(
        PaymentApplication,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name="付款申请",
    )
    amount = MoneyField("付款金额（元）", signed=True)
    paid_on = models.DateField("付款日期", db_index=True)
    booked_on = models.DateField("入账日期", db_index=True)
    paid_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="付款人")
    reviewed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="审核人")
    voucher = models.CharField("支付凭证号", max_length=48)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name="冲销",
    )
    reason = models.CharField("原因", max_length=200, blank=True)
    recorded_at = models.DateTimeField("登记时间")

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "付款"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["voucher"],
                name="payment_voucher_once",
                violation_error_message="这个支付凭证号已经登记过。",
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(reverses=None),
                name="payment_application_once",
                violation_error_message="这份申请已经付款。",
            ),
            models.CheckConstraint(
                condition=~Q(voucher=""),
                name="payment_voucher_given",
                violation_error_message="请填写支付凭证号。",
            ),
            models.CheckConstraint(
                condition=~Q(paid_by=F("reviewed_by")),
                name="payer_is_not_reviewer",
                violation_error_message="付款人不能是审核人。",
            ),
            models.CheckConstraint(
                condition=Q(kind=PaymentKind.PAYMENT, reverses=None, amount__gt=0)
                | Q(kind=PaymentKind.REVERSAL, reverses__isnull=False, amount__lt=0) & ~Q(reason="")
                | Q(kind=PaymentKind.REFUND, reverses=None, amount__lt=0, application=None)
                & ~Q(reason=""),
                name="payment_sign",
                violation_error_message="付款金额应大于 0；冲销和退款为负数，并注明原因。",
            ),
            models.CheckConstraint(
                condition=Q(application__isnull=False) | Q(kind=PaymentKind.REFUND),
                name="payment_was_applied_for",
                violation_error_message="付款须有审核通过的付款申请。",
            ),
            models.CheckConstraint(
                condition=Q(booked_on__gte=F("paid_on")),
                name="payment_booked_after_paid",
                violation_error_message="入账日期不能早于付款日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paid_on} 付 {self.amount}"

    @property
    def state(self) -> str:
        """In words; asks for ``reversed_by`` selected."""
        if self.kind != PaymentKind.PAYMENT:
            return self.get_kind_display()
        return "已冲销" if hasattr(self, "reversed_by") else "已付"
