"""Nouns of the assets floor: asset classes and asset cards."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from acceptance.models import InstalledItem, RoomPass
from assets.enums import Condition, Title
from procurement.models import ProjectSchool
from registry.access import reach
from registry.fields import MoneyField

USER = settings.AUTH_USER_MODEL


class AssetClass(models.Model):
    """固定资产分类: code by GB/T 14885-2022, least useful life in years (政府会计准则3号应用指南)."""

    code = models.CharField("分类代码", max_length=12)
    edition = models.CharField("标准版本", max_length=20, default="GB/T 14885-2022")
    name = models.CharField("名称", max_length=60)
    life_years = models.PositiveSmallIntegerField("最低折旧年限")

    class Meta:
        verbose_name = verbose_name_plural = "资产分类"
        ordering = ["edition", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "edition"],
                name="asset_class_once",
                violation_error_message="该版本已有这个分类代码。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Registration(models.Model):
    """资产入账: one school's rooms of one project on their way into the register; subject of RegistrationFlow."""

    project_school = models.OneToOneField(
        ProjectSchool, models.PROTECT, related_name="registration", verbose_name="项目学校"
    )
    opened_on = models.DateField("建卡日期")
    confirmed_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核对人"
    )
    confirmed_on = models.DateField("核对日期", null=True, blank=True)
    booked_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="入账人"
    )
    booked_on = models.DateField("入账日期", null=True, blank=True)
    voucher = models.CharField("记账凭证号", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "资产登记"
        constraints = [
            models.CheckConstraint(
                condition=Q(booked_on=None) | Q(confirmed_on__isnull=False) & ~Q(voucher=""),
                name="booked_after_confirmed",
                violation_error_message="学校核对后凭记账凭证入账。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_school.school.name}资产登记({self.project_school.project.name})"

    def get_absolute_url(self) -> str:
        return reverse("assets:registration", args=[self.pk])

    @property
    def dossier(self):
        return self.project_school.dossier

    @property
    def school(self):
        return self.project_school.school

    supplier = None


class AssetCardQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            reach(user).rows(
                county="registration__project_school__project__dossier__county",
                township="registration__project_school__school__township",
                school="registration__project_school__school",
                supplier="installed__item__contract__supplier",
            )
        )


class AssetCard(models.Model):
    """固定资产卡片: one piece of equipment. Price, brand and serial are read from contract and
    installation, not copied; the card adds what only the register knows.
    """

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="cards", verbose_name="资产登记"
    )
    number = models.CharField("资产编号", max_length=24, unique=True)
    asset_class = models.ForeignKey(
        AssetClass, models.PROTECT, related_name="cards", verbose_name="资产分类"
    )
    room_pass = models.ForeignKey(
        RoomPass, models.PROTECT, related_name="cards", verbose_name="验收合格"
    )
    installed = models.OneToOneField(
        InstalledItem, models.PROTECT, related_name="card", verbose_name="安装登记"
    )
    price = MoneyField("价值(元)")
    acquired_on = models.DateField("取得日期")
    custodian = models.CharField("保管人", max_length=20, blank=True)
    title = models.CharField("产权", max_length=8, choices=Title, default=Title.LEASED)
    condition = models.CharField(
        "使用状况", max_length=10, choices=Condition, default=Condition.IN_USE
    )
    warranty_until = models.DateField("质保截止")
    labelled_on = models.DateField("贴标签日期", null=True, blank=True)

    objects = AssetCardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "资产卡片"
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gt=0),
                name="card_price",
                violation_error_message="资产价值应大于 0。",
            )
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("assets:card", args=[self.pk])
