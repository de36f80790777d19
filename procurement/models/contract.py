"""The contract: items with unit prices, one line per classroom, and change orders."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from procurement.enums import (
    AllocationOrder,
    PaymentsPerYear,
    RepaymentMethod,
    RepaymentTiming,
)
from procurement.models.project import PlanLine, Project
from procurement.models.tender import Tender
from registry.access import reach
from registry.fields import MoneyField
from registry.models import Supplier
from registry.money import ZERO


class ContractQuerySet(models.QuerySet):
    def visible_to(self, user):
        """County and region people and the supplier; a school sees its own lines, not the whole contract."""
        return self.filter(reach(user).rows(county="project__dossier__county", supplier="supplier"))


class Contract(models.Model):
    """采购合同 with the terms of lease and buyback; copied from nowhere, everything later cites it."""

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="contracts", verbose_name="项目"
    )
    tender = models.OneToOneField(
        Tender, models.PROTECT, related_name="contract", verbose_name="招标"
    )
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="contracts", verbose_name="供应商"
    )
    number = models.CharField("合同编号", max_length=40, unique=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="合同经办人"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="供应商签约人",
    )
    signed_on = models.DateField("签订日期", null=True, blank=True)
    buyer = models.CharField("采购人", max_length=60)
    buyer_address = models.CharField("采购人地址", max_length=120, blank=True)
    buyer_contact = models.CharField("采购人联系方式", max_length=60, blank=True)
    performance_bond = MoneyField("履约保证金（元）", default=ZERO)
    delivery_due_on = models.DateField("交货安装期限")
    warranty_years = models.PositiveSmallIntegerField("质保年限", default=3)
    annual_rate = models.DecimalField("年利率（%）", max_digits=6, decimal_places=4)
    years = models.PositiveSmallIntegerField("回购年限", default=5)
    payments_per_year = models.PositiveSmallIntegerField(
        "付款频次", choices=PaymentsPerYear, default=PaymentsPerYear.YEARLY
    )
    repayment = models.CharField(
        "回购方式", max_length=20, choices=RepaymentMethod, default=RepaymentMethod.LEVEL_PAYMENT
    )
    timing = models.CharField(
        "付款时点", max_length=10, choices=RepaymentTiming, default=RepaymentTiming.ARREARS
    )
    fixed_payment = MoneyField("每期付款额（元）", null=True, blank=True)
    percents = models.JSONField("各期比例（%）", default=list, blank=True)
    down_percent = models.DecimalField("首付比例（%）", max_digits=5, decimal_places=2, default=0)
    residual_percent = models.DecimalField(
        "期末留购价比例（%）", max_digits=5, decimal_places=2, default=0
    )
    retention_percent = models.DecimalField(
        "质保金比例（%）", max_digits=5, decimal_places=2, default=0
    )
    retention_months = models.PositiveSmallIntegerField("质保金返还（月）", default=12)
    grace = models.PositiveSmallIntegerField("宽限期（期）", default=0)
    late_rate = models.DecimalField(
        "逾期日利率（%）", max_digits=6, decimal_places=4, null=True, blank=True
    )
    allocation = models.CharField(
        "抵充顺序",
        max_length=12,
        choices=AllocationOrder,
        default=AllocationOrder.LATE_FIRST,
    )
    maintenance = models.CharField("维护约定", max_length=300, blank=True)
    ownership = models.CharField("期满归属", max_length=200, blank=True)
    acceptance = models.CharField("验收要求", max_length=300, blank=True)
    liability = models.CharField("违约责任与争议解决", max_length=300, blank=True)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "采购合同"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(annual_rate__gte=0, annual_rate__lte=100),
                name="contract_rate",
                violation_error_message="年利率应在 0 到 100 之间。",
            ),
            models.CheckConstraint(
                condition=Q(years__gte=1, years__lte=20),
                name="contract_years",
                violation_error_message="租赁期限不得超过二十年（民法典第七百零五条）。",
            ),
            models.CheckConstraint(
                condition=Q(signed_on=None, confirmed_by=None)
                | Q(signed_on__isnull=False, confirmed_by__isnull=False)
                & ~Q(confirmed_by=F("drafted_by")),
                name="contract_needs_two_parties",
                violation_error_message="合同由采购经办人拟订、供应商另行确认后签订。",
            ),
            models.CheckConstraint(
                condition=Q(signed_on=None) | Q(delivery_due_on__gte=F("signed_on")),
                name="contract_delivery",
                violation_error_message="交货安装期限不能早于签订日期。",
            ),
            models.CheckConstraint(
                condition=Q(
                    down_percent__gte=0,
                    residual_percent__gte=0,
                    retention_percent__gte=0,
                    down_percent__lt=100 - F("residual_percent") - F("retention_percent"),
                ),
                name="contract_shares",
                violation_error_message="首付、留购价和质保金的比例不能为负，合计须小于 100%%。",
            ),
            models.CheckConstraint(
                condition=Q(late_rate=None) | Q(late_rate__gte=0, late_rate__lte=1),
                name="contract_late_rate",
                violation_error_message="逾期日利率应在 0 到 1%% 之间；合同没有约定就留空。",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("procurement:contract", args=[self.pk])

    @property
    def dossier(self):
        return self.project.dossier

    school = None

    @property
    def set_price(self) -> Decimal:
        """The price of one classroom's set: unit prices times numbers per set."""
        return sum((item.per_set_price for item in self.items.all()), ZERO)


class ContractItem(models.Model):
    """标的: one kind of equipment in the set, with brand, model and unit price."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="items", verbose_name="合同"
    )
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("设备名称", max_length=40)
    catalogue_code = models.CharField("分类代码", max_length=12)
    brand = models.CharField("品牌", max_length=40)
    model = models.CharField("型号", max_length=60)
    specification = models.CharField("规格", max_length=200, blank=True)
    unit = models.CharField("单位", max_length=8, default="台")
    per_set = models.PositiveSmallIntegerField("每套数量", default=1)
    unit_price = MoneyField("单价（元）")

    class Meta:
        verbose_name = verbose_name_plural = "合同标的"
        ordering = ["contract", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"],
                name="contract_item_once",
                violation_error_message="同一合同的序号不能重复。",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gt=0),
                name="contract_item_price",
                violation_error_message="单价应大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(per_set__gte=1),
                name="contract_item_per_set",
                violation_error_message="每套数量至少为 1。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.brand} {self.model}"

    @property
    def per_set_price(self) -> Decimal:
        return self.unit_price * self.per_set


class ContractLine(models.Model):
    """合同行: one classroom's set at the contract's price of a set."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="lines", verbose_name="合同"
    )
    plan_line = models.OneToOneField(
        PlanLine, models.PROTECT, related_name="contract_line", verbose_name="计划行"
    )
    price = MoneyField("套价（元）")

    class Meta:
        verbose_name = verbose_name_plural = "合同行"
        ordering = ["contract", "plan_line"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gt=0),
                name="contract_line_price",
                violation_error_message="套价应大于 0。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.plan_line}"


class ChangeOrderQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(plan_line__in=PlanLine.objects.visible_to(user))

    def pending(self):
        return self.filter(approved_on=None)


class ChangeOrder(models.Model):
    """变更单: takes one classroom out of plan and contract; two people, a reason, before inspection."""

    plan_line = models.OneToOneField(
        PlanLine, models.PROTECT, related_name="change_order", verbose_name="计划行"
    )
    reason = models.CharField("变更原因", max_length=300)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_on = models.DateField("提出日期")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="批准人",
    )
    approved_on = models.DateField("批准日期", null=True, blank=True)

    objects = ChangeOrderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "变更单"
        ordering = ["-proposed_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_on=None)
                | Q(approved_by__isnull=False, approved_on__isnull=False)
                & ~Q(approved_by=F("proposed_by")),
                name="change_needs_two_people",
                violation_error_message="变更须由提出人以外的人批准。",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="change_needs_reason",
                violation_error_message="请写明变更原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_line} 变更"

    def get_absolute_url(self) -> str:
        return reverse("procurement:change", args=[self.pk])
