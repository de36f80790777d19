"""From an empty classroom to equipment that teachers can use: site, delivery, pieces, training."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from procurement.models import ContractItem, PlanLine, ProjectSchool

USER = settings.AUTH_USER_MODEL


class SiteCheck(models.Model):
    """场地准备: what the school made ready before the installers come."""

    project_school = models.OneToOneField(
        ProjectSchool, models.PROTECT, related_name="site_check", verbose_name="项目学校"
    )
    ready_on = models.DateField("就绪日期")
    power = models.BooleanField("教室电源和漏电保护就位")
    security = models.BooleanField("门窗安防就位")
    network = models.BooleanField("网络已进教室")
    contact = models.CharField("现场联系人", max_length=20)
    phone = models.CharField("联系电话", max_length=20)
    note = models.CharField("说明", max_length=200, blank=True)
    checked_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="填报人")

    class Meta:
        verbose_name = verbose_name_plural = "场地准备"

    def __str__(self) -> str:
        return f"{self.project_school} 场地准备"


class Delivery(models.Model):
    """到货批次: what one truck brought to one school."""

    project_school = models.ForeignKey(
        ProjectSchool, models.PROTECT, related_name="deliveries", verbose_name="项目学校"
    )
    number = models.PositiveSmallIntegerField("批次")
    delivered_on = models.DateField("到货日期")
    delivered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "到货批次"
        ordering = ["project_school", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["project_school", "number"],
                name="delivery_once",
                violation_error_message="这个批次已经登记。",
            )
        ]

    def __str__(self) -> str:
        return f"第{self.number}批"


class InstalledItemQuerySet(models.QuerySet):
    def present(self):
        return self.filter(returned_on=None)

    def differing(self):
        """Pieces whose brand or model is not the contract's."""
        return self.exclude(actual_model="")


class InstalledItem(models.Model):
    """安装点: one piece of equipment with its serial number in one classroom.

    A piece that went back (退换) keeps its row with the day it went; only present pieces count.
    """

    plan_line = models.ForeignKey(
        PlanLine, models.PROTECT, related_name="installed", verbose_name="班级"
    )
    item = models.ForeignKey(
        ContractItem, models.PROTECT, related_name="installed", verbose_name="合同标的"
    )
    position = models.PositiveSmallIntegerField("第几件", default=1)
    serial = models.CharField("序列号", max_length=60)
    actual_model = models.CharField(
        "实装品牌型号", max_length=100, blank=True, help_text="与合同一致时不填。"
    )
    delivery = models.ForeignKey(
        Delivery, models.PROTECT, related_name="items", verbose_name="到货批次"
    )
    installed_on = models.DateField("安装日期")
    installed_by = models.ForeignKey(
        USER, models.PROTECT, related_name="+", verbose_name="安装登记人"
    )
    returned_on = models.DateField("退换日期", null=True, blank=True)
    return_reason = models.CharField("退换原因", max_length=200, blank=True)

    objects = InstalledItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "安装登记"
        ordering = ["plan_line", "item", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["serial"],
                condition=Q(returned_on=None),
                name="serial_once",
                violation_error_message="这个序列号已登记在别处，请核对铭牌。",
            ),
            models.UniqueConstraint(
                fields=["plan_line", "item", "position"],
                condition=Q(returned_on=None),
                name="installed_once",
                violation_error_message="这个班的这件设备已经登记。",
            ),
            models.CheckConstraint(
                condition=~Q(serial=""),
                name="serial_given",
                violation_error_message="请填写序列号。",
            ),
            models.CheckConstraint(
                condition=Q(serial=Upper("serial")) & ~Q(serial__contains=" "),
                name="serial_normalised",
                violation_error_message="序列号按大写、不含空格登记。",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1),
                name="installed_position",
                violation_error_message="第几件从 1 数起。",
            ),
            models.CheckConstraint(
                condition=Q(returned_on=None)
                | Q(returned_on__gte=F("installed_on")) & ~Q(return_reason=""),
                name="return_has_reason",
                violation_error_message="退换须写明原因，且不能早于安装日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.name} {self.serial}"

    @property
    def model_name(self) -> str:
        """Brand and model as installed."""
        return self.actual_model or f"{self.item.brand} {self.item.model}"


class Training(models.Model):
    """培训记录: what the supplier taught the school's teachers."""

    project_school = models.ForeignKey(
        ProjectSchool, models.PROTECT, related_name="trainings", verbose_name="项目学校"
    )
    held_on = models.DateField("培训日期")
    hours = models.DecimalField("学时", max_digits=4, decimal_places=1)
    expected = models.PositiveIntegerField("应到人数")
    attendance = models.PositiveIntegerField("签到人数")
    qualified = models.PositiveIntegerField("考核合格人数")
    trainer = models.CharField("培训人", max_length=20)
    content = models.CharField("培训内容", max_length=200)
    recorded_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")

    class Meta:
        verbose_name = verbose_name_plural = "培训记录"
        ordering = ["held_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__gt=0, attendance__gt=0),
                name="training_took_place",
                violation_error_message="学时和签到人数都应大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(qualified__lte=F("attendance")),
                name="training_qualified",
                violation_error_message="考核合格人数不能多于签到人数。",
            ),
            models.CheckConstraint(
                condition=Q(attendance__lte=F("expected")),
                name="training_attendance",
                violation_error_message="签到人数不能多于应到人数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.held_on} {self.content}"
