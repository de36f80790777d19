"""Earmarked money (专款专用): what was granted, for what, and what it was used for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from financing.enums import Purpose
from financing.models.instalment import nothing, yuan
from procurement.models import Project
from registry.access import reach
from registry.fields import MoneyField
from registry.models import County

USER = settings.AUTH_USER_MODEL


class FundQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The county's own money: nothing of it is a school's or a supplier's."""
        return self.filter(reach(user).rows(county="county"))

    def with_moves(self):
        """Adds ``arrived``, ``used`` and ``left`` (arrived − used); reversals are counted in."""
        arrived = FundAllocation.objects.filter(fund=OuterRef("pk")).order_by().values("fund")
        used = FundUse.objects.filter(purpose__fund=OuterRef("pk")).order_by()
        used = used.values("purpose__fund")
        return self.annotate(
            arrived=yuan(_added(arrived, "amount")), used=yuan(_added(used, "amount"))
        ).annotate(left=yuan(F("arrived") - F("used")))


def _added(rows, field: str):
    """Σ ``field`` of grouped rows of an outer row, 0 for none."""
    return Coalesce(Subquery(rows.annotate(s=Sum(field)).values("s")), nothing())


class Fund(models.Model):
    """专项资金: one source with its yearly budget and the purposes it may serve."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="funds", verbose_name="县（市、区）"
    )
    name = models.CharField("资金名称", max_length=60)
    source = models.CharField("资金来源", max_length=60)
    year = models.PositiveSmallIntegerField("年度")
    budget = MoneyField("预算（元）")
    document = models.CharField("下达文号", max_length=60)
    opened_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")
    opened_on = models.DateField("登记日期")

    objects = FundQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "专项资金"
        ordering = ["-year", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "name"],
                name="fund_once",
                violation_error_message="这一年度已有同名的专项资金。",
            ),
            models.CheckConstraint(
                condition=Q(budget__gt=0) & ~Q(document=""),
                name="fund_given",
                violation_error_message="请填写预算金额和下达文号。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.year}）"

    def get_absolute_url(self) -> str:
        return reverse("financing:fund", args=[self.pk])

    @property
    def purpose_words(self) -> str:
        return "、".join(row.get_purpose_display() for row in self.purposes.all())


class FundPurpose(models.Model):
    """批准用途: a use names its row here, so a use beside the fund's purposes cannot be stored."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="purposes", verbose_name="专项资金")
    purpose = models.CharField("用途", max_length=12, choices=Purpose)

    class Meta:
        verbose_name = verbose_name_plural = "批准用途"
        ordering = ["fund", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "purpose"],
                name="purpose_once",
                violation_error_message="同一用途只列一次。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.fund}：{self.get_purpose_display()}"


class FundAllocation(models.Model):
    """拨入: money of the fund that arrived; a negative row takes back a wrong one."""

    fund = models.ForeignKey(
        Fund, models.PROTECT, related_name="allocations", verbose_name="专项资金"
    )
    project = models.ForeignKey(
        Project,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="fund_allocations",
        verbose_name="项目",
    )
    amount = MoneyField("金额（元）", signed=True)
    allocated_on = models.DateField("到账日期")
    document = models.CharField("文号或凭证号", max_length=60)
    recorded_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "资金拨入"
        ordering = ["fund", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0) & ~Q(document=""),
                name="allocation_given",
                violation_error_message="请填写金额和文号。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.fund} 拨入 {self.amount}"


class FundUse(models.Model):
    """使用: money of the fund that was spent on one of its purposes; corrections are negative rows."""

    purpose = models.ForeignKey(
        FundPurpose, models.PROTECT, related_name="uses", verbose_name="用途"
    )
    project = models.ForeignKey(
        Project,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="fund_uses",
        verbose_name="项目",
    )
    payment = models.ForeignKey(
        "financing.Payment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="fund_uses",
        verbose_name="付款",
    )
    amount = MoneyField("金额（元）", signed=True)
    used_on = models.DateField("使用日期")
    document = models.CharField("凭证号", max_length=60)
    what = models.CharField("事项", max_length=200)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name="冲销",
    )
    recorded_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "资金使用"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="use_sign",
                violation_error_message="使用金额应大于 0；冲销为负数。",
            ),
            models.CheckConstraint(
                condition=~Q(document="") & ~Q(what=""),
                name="use_given",
                violation_error_message="请填写凭证号和事项。",
            ),
            models.UniqueConstraint(
                fields=["payment", "purpose"],
                condition=Q(payment__isnull=False, reverses=None),
                name="use_once_a_payment",
                violation_error_message="这笔付款已经登记过这项资金的使用。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.amount}"
