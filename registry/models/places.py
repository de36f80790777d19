"""Places: counties, townships with dated names, schools, classrooms, suppliers."""

from __future__ import annotations

import datetime as dt

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from registry.access import reach
from registry.codes import validate_school_code, validate_uscc
from registry.enums import SchoolKind, SupplierSize
from registry.fields import MoneyField


class CountyQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(reach(user).counties()).distinct()


class County(models.Model):
    """县级行政区: the owner of projects."""

    code = models.CharField(
        "区划代码",
        max_length=6,
        unique=True,
        validators=[RegexValidator(r"^\d{6}$", "区划代码是 6 位数字。")],
    )
    name = models.CharField("名称", max_length=40)
    prefecture = models.CharField("所属市州", max_length=40, blank=True)
    province = models.CharField("所属省", max_length=40, blank=True)

    objects = CountyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "县"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class TownshipQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(reach(user).rows(county="county", township="pk"))


class Township(models.Model):
    """乡级行政区 by its official nine-digit code; former names are kept with their dates."""

    county = models.ForeignKey(County, models.PROTECT, related_name="townships", verbose_name="县")
    code = models.CharField(
        "区划代码",
        max_length=9,
        unique=True,
        validators=[RegexValidator(r"^\d{9}$", "乡级区划代码是 9 位数字。")],
    )
    name = models.CharField("现名", max_length=40)

    objects = TownshipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "乡镇"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def name_on(self, day: dt.date) -> str:
        """The name that was in force on ``day``."""
        former = self.former_names.filter(
            Q(valid_from=None) | Q(valid_from__lte=day), valid_to__gte=day
        )
        return next((row.name for row in former), self.name)


class FormerName(models.Model):
    """A township's former name and the last day on which it was in force."""

    township = models.ForeignKey(
        Township, models.CASCADE, related_name="former_names", verbose_name="乡镇"
    )
    name = models.CharField("曾用名", max_length=40)
    valid_from = models.DateField("启用日", null=True, blank=True)
    valid_to = models.DateField("停用日")

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"
        constraints = [
            models.UniqueConstraint(
                fields=["township", "valid_to"],
                name="former_name_once",
                violation_error_message="同一天只能停用一个名称。",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_from__lte=F("valid_to")),
                name="former_name_dates",
                violation_error_message="停用日不能早于启用日。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（至 {self.valid_to}）"


class SchoolQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(reach(user).rows(county="county", township="township", school="pk"))


class School(models.Model):
    """学校, identified by its ten-digit 学校标识码; a renamed school keeps its code."""

    county = models.ForeignKey(County, models.PROTECT, related_name="schools", verbose_name="县")
    township = models.ForeignKey(
        Township, models.PROTECT, related_name="schools", verbose_name="乡镇"
    )
    code = models.CharField(
        "学校标识码", max_length=10, unique=True, validators=[validate_school_code]
    )
    name = models.CharField("学校名称", max_length=60)
    initials = models.CharField("拼音首字母", max_length=60, blank=True, editable=False)
    kind = models.CharField("办学类型", max_length=2, choices=SchoolKind)
    pupils = models.PositiveIntegerField("在校生数", default=0)
    staff = models.PositiveIntegerField("教职工数", default=0)
    fund_standard = MoneyField(
        "公用经费标准（元/生·年）",
        null=True,
        blank=True,
        help_text="不填则按办学类型取全县现行标准。",
    )
    closed_on = models.DateField("撤并日", null=True, blank=True)

    history = HistoricalRecords(verbose_name="学校变更记录")
    objects = SchoolQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "学校"
        ordering = ["township__code", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "name"],
                name="school_name_once",
                violation_error_message="本县已有同名学校。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClassroomQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            reach(user).rows(county="school__county", township="school__township", school="school")
        )


class Classroom(models.Model):
    """教学班 with the room it sits in: the place where a set is installed."""

    school = models.ForeignKey(
        School, models.PROTECT, related_name="classrooms", verbose_name="学校"
    )
    name = models.CharField("班级", max_length=40)
    room = models.CharField("教室（楼层房间号）", max_length=40, blank=True)
    pupils = models.PositiveIntegerField("班额", default=0)

    objects = ClassroomQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "班级"
        ordering = ["school", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "name"],
                name="classroom_once",
                violation_error_message="本校已有这个班级。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def location(self) -> str:
        """School, room and class in words, as on an asset card (存放地点)."""
        return f"{self.school.name} {self.room or self.name}" + (
            f"({self.name})" if self.room else ""
        )


class SupplierQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(reach(user).suppliers(path="pk"))


class Supplier(models.Model):
    """供应商, identified by its unified social credit code (统一社会信用代码)."""

    name = models.CharField("企业名称", max_length=80, unique=True)
    uscc = models.CharField(
        "统一社会信用代码", max_length=18, unique=True, validators=[validate_uscc]
    )
    size = models.CharField(
        "企业规模", max_length=8, choices=SupplierSize, default=SupplierSize.SMALL
    )
    contact = models.CharField("联系人", max_length=20, blank=True)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    address = models.CharField("地址", max_length=120, blank=True)
    bank = models.CharField("开户银行", max_length=80, blank=True)
    account = models.CharField("银行账号", max_length=34, blank=True)

    history = HistoricalRecords(verbose_name="供应商变更记录")
    objects = SupplierQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "供应商"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
