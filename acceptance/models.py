"""Nouns of the acceptance floor: site, delivery, installation, training, inspections, defects, handover."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from acceptance.enums import HandoverParty, Level, Part, Verdict
from procurement.models import ContractItem, PlanLine, ProjectSchool
from registry.access import reach

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
                violation_error_message="这个序列号已登记在别处,请核对铭牌。",
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
                condition=Q(returned_on=None)
                | Q(returned_on__gte=F("installed_on")) & ~Q(return_reason=""),
                name="return_has_reason",
                violation_error_message="退换须写明原因,且不能早于安装日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.name} {self.serial}"


class Training(models.Model):
    """培训记录: what the supplier taught the school's teachers."""

    project_school = models.ForeignKey(
        ProjectSchool, models.PROTECT, related_name="trainings", verbose_name="项目学校"
    )
    held_on = models.DateField("培训日期")
    hours = models.DecimalField("学时", max_digits=4, decimal_places=1)
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
        ]

    def __str__(self) -> str:
        return f"{self.held_on} {self.content}"


class Inspection(models.Model):
    """一轮验收 at one school, by the school or by the county; rounds are numbered and never change
    once finished. A later round looks only at what failed before.
    """

    project_school = models.ForeignKey(
        ProjectSchool, models.PROTECT, related_name="inspections", verbose_name="项目学校"
    )
    level = models.CharField("级别", max_length=8, choices=Level)
    round = models.PositiveSmallIntegerField("轮次")
    opened_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    finished_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="验收人"
    )
    conclusion = models.CharField("结论", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "验收"
        ordering = ["project_school", "level", "round"]
        constraints = [
            models.UniqueConstraint(
                fields=["project_school", "level", "round"],
                name="inspection_round_once",
                violation_error_message="这一轮验收已经开始。",
            ),
            models.UniqueConstraint(
                fields=["project_school", "level"],
                condition=Q(finished_at=None),
                name="inspection_one_open",
                violation_error_message="上一轮验收还没有结束。",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, finished_by=None)
                | Q(finished_at__gte=F("opened_at"), finished_by__isnull=False),
                name="inspection_finished_by",
                violation_error_message="结束验收须有验收人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}第{self.round}轮"


class PartResult(models.Model):
    """One part of one room in one round: its verdict and why."""

    inspection = models.ForeignKey(
        Inspection, models.PROTECT, related_name="results", verbose_name="验收"
    )
    plan_line = models.ForeignKey(
        PlanLine, models.PROTECT, related_name="results", verbose_name="班级"
    )
    part = models.CharField("内容", max_length=12, choices=Part)
    verdict = models.CharField("结论", max_length=4, choices=Verdict)
    remark = models.CharField("说明", max_length=200, blank=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="验收人")
    decided_at = models.DateTimeField("验收时间")

    class Meta:
        verbose_name = verbose_name_plural = "验收结果"
        ordering = ["inspection", "plan_line", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "plan_line", "part"],
                name="part_result_once",
                violation_error_message="这个班的这一项本轮已有结论。",
            ),
            models.CheckConstraint(
                condition=Q(verdict="pass") | ~Q(remark=""),
                name="failure_has_remark",
                violation_error_message="判不合格须写明问题。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_line} {self.get_part_display()} {self.get_verdict_display()}"


class Defect(models.Model):
    """整改单: one failed part of one room; rectified by the supplier, closed by a later round."""

    found = models.OneToOneField(
        PartResult, models.PROTECT, related_name="defect", verbose_name="发现于"
    )
    due_on = models.DateField("整改期限")
    rectified_on = models.DateField("整改日期", null=True, blank=True)
    rectified_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="整改人"
    )
    rectification = models.CharField("整改情况", max_length=300, blank=True)
    closed_by = models.OneToOneField(
        PartResult,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="closes",
        verbose_name="复验结果",
    )

    class Meta:
        verbose_name = verbose_name_plural = "整改单"
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rectified_on=None, rectified_by=None)
                | Q(rectified_on__isnull=False, rectified_by__isnull=False) & ~Q(rectification=""),
                name="rectified_with_words",
                violation_error_message="请写明怎样整改。",
            ),
            models.CheckConstraint(
                condition=Q(closed_by=None) | Q(rectified_on__isnull=False),
                name="closed_after_rectified",
                violation_error_message="整改后才能复验销号。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.found.plan_line} {self.found.get_part_display()}:{self.found.remark}"


class StationReview(models.Model):
    """装备站审核意见 on the school's acceptance form; only grows."""

    project_school = models.ForeignKey(
        ProjectSchool, models.PROTECT, related_name="reviews", verbose_name="项目学校"
    )
    reviewed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="审核人")
    reviewed_at = models.DateTimeField("审核时间")
    passed = models.BooleanField("通过")
    opinion = models.CharField("意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "装备站审核"
        ordering = ["reviewed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(passed=True) | ~Q(opinion=""),
                name="review_return_has_reason",
                violation_error_message="退回时请写明原因。",
            )
        ]

    def __str__(self) -> str:
        return "通过" if self.passed else f"退回:{self.opinion}"


class RoomPassQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            reach(user).rows(
                county="plan_line__project_school__project__dossier__county",
                school="plan_line__project_school__school",
                township="plan_line__project_school__school__township",
                supplier="plan_line__contract_line__contract__supplier",
            )
        )


class RoomPass(models.Model):
    """县级验收合格: the fact that opens the asset register and the buyback to a classroom.

    Assets and financing point here with a required key, so nothing gets in without it.
    """

    plan_line = models.OneToOneField(
        PlanLine, models.PROTECT, related_name="passed", verbose_name="班级"
    )
    inspection = models.ForeignKey(
        Inspection, models.PROTECT, related_name="passes", verbose_name="验收"
    )
    passed_on = models.DateField("合格日期")

    objects = RoomPassQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "验收合格"
        ordering = ["plan_line"]

    def __str__(self) -> str:
        return f"{self.plan_line} {self.passed_on} 合格"


class Handover(models.Model):
    """移交: the school's rooms handed over, dated when the third party has signed."""

    project_school = models.OneToOneField(
        ProjectSchool, models.PROTECT, related_name="handover", verbose_name="项目学校"
    )
    opened_on = models.DateField("办理日期")
    documents = models.CharField("随交资料", max_length=200)
    completed_on = models.DateField("移交日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "资产移交"
        constraints = [
            models.CheckConstraint(
                condition=Q(completed_on=None) | Q(completed_on__gte=F("opened_on")),
                name="handover_dates",
                violation_error_message="移交日期不能早于办理日期。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_school} 移交"


class HandoverSignature(models.Model):
    """One of the three signatures; three different people."""

    handover = models.ForeignKey(
        Handover, models.PROTECT, related_name="signatures", verbose_name="移交"
    )
    party = models.CharField("身份", max_length=10, choices=HandoverParty)
    signed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="签字人")
    signed_on = models.DateField("签字日期")

    class Meta:
        verbose_name = verbose_name_plural = "移交签字"
        ordering = ["handover", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["handover", "party"],
                name="handover_party_once",
                violation_error_message="这一方已经签字。",
            ),
            models.UniqueConstraint(
                fields=["handover", "signed_by"],
                name="handover_three_people",
                violation_error_message="移交人、接收人、监交人须是不同的人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_party_display()} {self.signed_by}"


class ContractAcceptance(models.Model):
    """履约验收书 of the whole contract (采购法 41, 实施条例 45): every item with planned, delivered and passed."""

    project = models.OneToOneField(
        "procurement.Project", models.PROTECT, related_name="acceptance", verbose_name="项目"
    )
    organised = models.CharField("组织方式", max_length=40)
    method = models.CharField("验收方式", max_length=60)
    members = models.CharField("验收组成员", max_length=200)
    conclusion = models.CharField("验收结论", max_length=300)
    concluded_on = models.DateField("验收日期")
    concluded_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="经办人")

    class Meta:
        verbose_name = verbose_name_plural = "履约验收书"

    def __str__(self) -> str:
        return f"{self.project} 履约验收书"
