"""Nouns of the financing floor: agreement, instalments with rebates, payments, rebate claims."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from acceptance.models import RoomPass
from financing.enums import ClaimStatus
from procurement.enums import Funder, PaymentsPerYear, RepaymentMethod, RepaymentTiming
from procurement.models import Contract, ProjectSchool
from registry.access import reach
from registry.fields import MoneyField

USER = settings.AUTH_USER_MODEL


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            reach(user).rows(
                county="project_school__project__dossier__county",
                township="project_school__school__township",
                school="project_school__school",
                supplier="contract__supplier",
            )
        )


class Agreement(models.Model):
    """回购协议: one school in one project, over the rooms that passed county inspection."""

    project_school = models.OneToOneField(
        ProjectSchool, models.PROTECT, related_name="agreement", verbose_name="项目学校"
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="agreements", verbose_name="合同"
    )
    number = models.CharField("协议编号", max_length=40, unique=True)
    principal = MoneyField("回购本金(元)")
    annual_rate = models.DecimalField("年利率(%)", max_digits=6, decimal_places=4)
    years = models.PositiveSmallIntegerField("年限")
    payments_per_year = models.PositiveSmallIntegerField("付款频次", choices=PaymentsPerYear)
    repayment = models.CharField("回购方式", max_length=20, choices=RepaymentMethod)
    timing = models.CharField("付款时点", max_length=10, choices=RepaymentTiming)
    starts_on = models.DateField("起租日期")
    signed_on = models.DateField("签订日期")

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "回购协议"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(principal__gt=0),
                name="agreement_principal",
                violation_error_message="回购本金应大于 0。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_school.school.name}回购协议 {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("financing:agreement", args=[self.pk])

    @property
    def dossier(self):
        return self.project_school.dossier

    @property
    def school(self):
        return self.project_school.school

    @property
    def supplier(self):
        return self.contract.supplier


class AgreementRoom(models.Model):
    """协议标的: one passed room and its part of the principal."""

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="rooms", verbose_name="协议"
    )
    room_pass = models.OneToOneField(
        RoomPass, models.PROTECT, related_name="agreement_room", verbose_name="验收合格"
    )
    amount = MoneyField("金额(元)")

    class Meta:
        verbose_name = verbose_name_plural = "协议标的"
        ordering = ["agreement", "room_pass"]

    def __str__(self) -> str:
        return f"{self.room_pass.plan_line} {self.amount}"


class InstalmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(agreement__in=Agreement.objects.visible_to(user))


class Instalment(models.Model):
    """一期应付: payment = principal + interest; net = payment − Σ rebates."""

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="instalments", verbose_name="协议"
    )
    number = models.PositiveSmallIntegerField("期次")
    due_on = models.DateField("应付日期", db_index=True)
    payment = MoneyField("应付合计(元)")
    principal = MoneyField("本金(元)")
    interest = MoneyField("利息(元)")
    balance = MoneyField("剩余本金(元)")

    objects = InstalmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "回购分期"
        ordering = ["agreement", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "number"],
                name="instalment_once",
                violation_error_message="同一协议的期次不能重复。",
            ),
            models.CheckConstraint(
                condition=Q(payment=F("principal") + F("interest")),
                name="instalment_adds_up",
                violation_error_message="应付合计须等于本金加利息。",
            ),
            models.CheckConstraint(
                condition=Q(principal__gte=0, interest__gte=0, balance__gte=0),
                name="instalment_not_negative",
                violation_error_message="本金、利息和余额不能为负。",
            ),
        ]

    def __str__(self) -> str:
        return f"第{self.number}期"

    @property
    def dossier(self):
        return self.agreement.dossier


class Rebate(models.Model):
    """奖补计划: what one funder gives back on one instalment."""

    instalment = models.ForeignKey(
        Instalment, models.PROTECT, related_name="rebates", verbose_name="期次"
    )
    funder = models.CharField("层级", max_length=12, choices=Funder)
    percent = models.DecimalField("比例(%)", max_digits=5, decimal_places=2)
    amount = MoneyField("奖补金额(元)")

    class Meta:
        verbose_name = verbose_name_plural = "奖补计划"
        ordering = ["instalment", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["instalment", "funder"],
                name="rebate_once",
                violation_error_message="同一层级同一期只有一笔奖补。",
            ),
            models.CheckConstraint(
                condition=~Q(funder="school"),
                name="rebate_not_school",
                violation_error_message="学校自担部分不是奖补。",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="rebate_not_negative",
                violation_error_message="奖补金额不能为负。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_funder_display()}奖补 {self.amount}"


class PaymentApplication(models.Model):
    """付款申请: school applies → county finance reviews → cashier pays; each return stays on record."""

    instalment = models.ForeignKey(
        Instalment, models.PROTECT, related_name="applications", verbose_name="期次"
    )
    amount = MoneyField("申请金额(元)")
    applied_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="申请人")
    applied_on = models.DateField("申请日期")
    budget_note = models.CharField("经费来源说明", max_length=200)
    reviewed_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    reviewed_on = models.DateField("审核日期", null=True, blank=True)
    passed = models.BooleanField("审核通过", null=True)
    opinion = models.CharField("审核意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "付款申请"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["instalment"],
                condition=Q(passed=None) | Q(passed=True),
                name="one_live_application",
                violation_error_message="这一期已有在办的付款申请。",
            ),
            models.CheckConstraint(
                condition=Q(passed=None, reviewed_by=None)
                | Q(passed__isnull=False, reviewed_by__isnull=False)
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
        return f"{self.instalment} 付款申请"


class Payment(models.Model):
    """付款: money that left. Rows only grow; a correction is a new row that reverses an old one."""

    instalment = models.ForeignKey(
        Instalment, models.PROTECT, related_name="payments", verbose_name="期次"
    )
    application = models.ForeignKey(
        PaymentApplication, models.PROTECT, related_name="payments", verbose_name="付款申请"
    )
    amount = models.DecimalField("付款金额(元)", max_digits=14, decimal_places=2)
    paid_on = models.DateField("付款日期")
    paid_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="付款人")
    reviewed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="审核人")
    voucher = models.CharField("支付凭证号", max_length=40)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name="冲销",
    )
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "付款"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["voucher"],
                name="payment_voucher_once",
                violation_error_message="这个支付凭证号已经登记过。",
            ),
            models.CheckConstraint(
                condition=~Q(paid_by=F("reviewed_by")),
                name="payer_is_not_reviewer",
                violation_error_message="付款人不能是审核人。",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="payment_sign",
                violation_error_message="付款金额应大于 0;冲销为负数并注明冲销哪一笔。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paid_on} 付 {self.amount}"


class RebateClaim(models.Model):
    """奖补申领 on a paid instalment: claim → approve → receive; received may differ from claimed."""

    rebate = models.OneToOneField(
        Rebate, models.PROTECT, related_name="claim", verbose_name="奖补计划"
    )
    status = models.CharField(
        "状态", max_length=10, choices=ClaimStatus, default=ClaimStatus.CLAIMED
    )
    claimed_on = models.DateField("申领日期")
    claim_document = models.CharField("申领文号", max_length=60)
    claimed_amount = MoneyField("申领金额(元)")
    claimed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="申领人")
    approved_on = models.DateField("批复日期", null=True, blank=True)
    approval_document = models.CharField("批复文号", max_length=60, blank=True)
    approved_amount = MoneyField("批复金额(元)", null=True, blank=True)
    received_on = models.DateField("到账日期", null=True, blank=True)
    received_document = models.CharField("到账凭证号", max_length=60, blank=True)
    received_amount = MoneyField("到账金额(元)", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "奖补申领"
        ordering = ["-claimed_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_on=None, approved_amount=None)
                | Q(approved_on__gte=F("claimed_on"), approved_amount__isnull=False),
                name="approved_after_claimed",
                violation_error_message="批复不能早于申领,并须有批复金额。",
            ),
            models.CheckConstraint(
                condition=Q(received_on=None, received_amount=None)
                | Q(
                    approved_on__isnull=False,
                    received_on__gte=F("approved_on"),
                    received_amount__isnull=False,
                ),
                name="received_after_approved",
                violation_error_message="到账不能早于批复,并须有到账金额。",
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
