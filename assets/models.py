"""Nouns of the assets floor: asset classes, number series, registrations and asset cards."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from acceptance.models import InstalledItem, RoomPass
from assets.depreciation import Depreciation
from assets.enums import Condition, Title
from procurement.models import PlanLine, ProjectSchool
from registry.access import reach
from registry.fields import MoneyField
from registry.models import County
from registry.money import ZERO

USER = settings.AUTH_USER_MODEL


class AssetClass(models.Model):
    """固定资产分类: code by GB/T 14885-2022, least useful life in years (政府会计准则3号应用指南).

    The edition is kept beside the code: cards of an older edition keep their code (标准改版不改旧卡).
    """

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
            ),
            models.CheckConstraint(
                condition=Q(life_years__gte=1, life_years__lte=70),
                name="asset_class_life",
                violation_error_message="折旧年限应在 1 到 70 年之间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CardSeries(models.Model):
    """编号序列: the last running number given to a county's cards of one class code.

    Its row is the lock under which two schools that register at once get different numbers.
    """

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县")
    code = models.CharField("分类代码", max_length=12)
    last = models.PositiveIntegerField("已用到", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "资产编号序列"
        constraints = [
            models.UniqueConstraint(fields=["county", "code"], name="card_series_once"),
        ]

    def __str__(self) -> str:
        return f"{self.county.code}-{self.code}"

    def number(self) -> str:
        """The next card number, ``522631-A02020200-000123``; the caller holds the lock and saves."""
        self.last += 1
        return f"{self.county.code}-{self.code}-{self.last:06d}"


class RegistrationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """County and region people, the township office and the school; not the supplier."""
        return self.filter(
            reach(user).rows(
                county="project_school__project__dossier__county",
                township="project_school__school__township",
                school="project_school__school",
            )
        )


class Registration(models.Model):
    """资产登记: one school's rooms of one project on their way into the register; subject of
    RegistrationFlow.
    """

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

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "资产登记"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_on=None, confirmed_by=None)
                | Q(confirmed_on__gte=F("opened_on"), confirmed_by__isnull=False),
                name="registration_confirmed_by",
                violation_error_message="核对须有核对人，且不能早于建卡日期。",
            ),
            models.CheckConstraint(
                condition=Q(booked_on=None, booked_by=None, voucher="")
                | Q(confirmed_on__isnull=False, booked_on__isnull=False, booked_by__isnull=False)
                & ~Q(voucher=""),
                name="booked_after_confirmed",
                violation_error_message="学校核对后凭记账凭证入账。",
            ),
            models.CheckConstraint(
                condition=Q(booked_on=None)
                | Q(confirmed_on=None)
                | Q(booked_on__gte=F("confirmed_on")),
                name="registration_dates",
                violation_error_message="入账日期不能早于学校核对日期。",
            ),
            models.CheckConstraint(
                condition=Q(booked_by=None)
                | Q(confirmed_by=None)
                | ~Q(booked_by=F("confirmed_by")),
                name="confirmer_does_not_book",
                violation_error_message="核对资产的人不能入账（不相容岗位分离）。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_school.school.name}资产登记（{self.project_school.project.name}）"

    def get_absolute_url(self) -> str:
        return reverse("assets:registration", args=[self.pk])

    @property
    def labels_url(self) -> str:
        """The label sheet of all its cards."""
        return reverse("assets:registration_labels", args=[self.pk])

    # what a flow asks of its subject
    supplier = None

    @property
    def dossier(self):
        return self.project_school.dossier

    @property
    def school(self):
        return self.project_school.school

    @property
    def state(self) -> str:
        """Where the registration stands, in words."""
        if self.booked_on:
            return "已入账"
        return "已核对，待入账" if self.confirmed_on else "待学校核对"


class AssetCardQuerySet(models.QuerySet):
    def visible_to(self, user):
        """County and region people, the township office and the school; not the supplier."""
        return self.filter(
            reach(user).rows(
                county="registration__project_school__project__dossier__county",
                township="registration__project_school__school__township",
                school="registration__project_school__school",
            )
        )

    def whole(self):
        """With all that a row of a list, a label and the API print; one query."""
        return self.select_related(
            "asset_class",
            "installed__item__contract__supplier",
            "room_pass__plan_line__classroom",
            "registration__project_school__school__township",
            "registration__project_school__project",
        )

    def by_room(self):
        """In the order in which one walks through a school, the newest registration first.

        By keys: a registration is one school, so nothing is won by joining its name to sort by it.
        """
        return self.order_by(
            "-registration_id",
            "room_pass__plan_line__classroom_id",
            "installed__item__number",
            "number",
        )

    def held(self):
        """Neither scrapped nor given back to the supplier."""
        return self.exclude(condition__in=(Condition.SCRAPPED, Condition.RETURNED))

    def unconfirmed(self):
        """Not yet compared with the plate, not yet labelled, or in nobody's care."""
        return self.filter(Q(checked_on=None) | Q(labelled_on=None) | Q(custodian=""))

    def sums(self) -> dict:
        """``{"cards", "rooms", "amount"}``; one query."""
        return self.order_by().aggregate(
            cards=Count("pk"),
            rooms=Count("room_pass", distinct=True),
            amount=Coalesce(Sum("price"), ZERO, output_field=MoneyField()),
        )


class AssetCard(models.Model):
    """固定资产卡片: one piece of equipment. Brand and serial are read from contract and
    installation, not copied; the card adds what only the register knows.
    """

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="cards", verbose_name="资产登记"
    )
    number = models.CharField("资产编号", max_length=32, unique=True)
    asset_class = models.ForeignKey(
        AssetClass, models.PROTECT, related_name="cards", verbose_name="资产分类"
    )
    room_pass = models.ForeignKey(
        RoomPass, models.PROTECT, related_name="cards", verbose_name="验收合格"
    )
    installed = models.OneToOneField(
        InstalledItem, models.PROTECT, related_name="card", verbose_name="安装登记"
    )
    price = MoneyField("价值（元）")
    acquired_on = models.DateField("取得日期")
    custodian = models.CharField("保管人", max_length=20, blank=True)
    title = models.CharField("产权", max_length=8, choices=Title, default=Title.LEASED)
    condition = models.CharField(
        "使用状况", max_length=10, choices=Condition, default=Condition.IN_USE
    )
    warranty_until = models.DateField("质保截止")
    checked_on = models.DateField("序列号核对日期", null=True, blank=True)
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
            ),
            models.CheckConstraint(
                condition=~Q(number=""),
                name="card_number_given",
                violation_error_message="资产编号不能为空。",
            ),
            models.CheckConstraint(
                condition=Q(warranty_until__gte=F("acquired_on")),
                name="card_warranty",
                violation_error_message="质保截止日不能早于取得日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("assets:card", args=[self.pk])

    @property
    def name(self) -> str:
        return self.installed.item.name

    @property
    def plan_line(self) -> PlanLine:
        """The classroom in its plan: the way to the room's passport."""
        return self.room_pass.plan_line

    @property
    def school(self):
        return self.registration.project_school.school

    @property
    def room(self) -> str:
        """存放地点 inside the school, to the room."""
        classroom = self.plan_line.classroom
        return f"{classroom.room}（{classroom.name}）" if classroom.room else classroom.name

    @property
    def place(self) -> str:
        """存放地点 with the school before it."""
        return f"{self.school.name} {self.room}"

    @property
    def depreciation(self) -> Depreciation:
        """Straight line over the class's least useful life, no residual value."""
        return Depreciation(
            cost=self.price, months=self.asset_class.life_years * 12, acquired_on=self.acquired_on
        )
