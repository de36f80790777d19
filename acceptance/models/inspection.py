"""Rounds of inspection, what they found, and the station's review of the school's form."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from acceptance.enums import Level, Part, Verdict
from procurement.models import PlanLine, ProjectSchool
from registry import clock
from registry.access import reach

USER = settings.AUTH_USER_MODEL


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


class DefectQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            reach(user).rows(
                county="found__plan_line__project_school__project__dossier__county",
                township="found__plan_line__project_school__school__township",
                school="found__plan_line__project_school__school",
                supplier="found__plan_line__contract_line__contract__supplier",
            )
        )

    def open(self):
        """Not yet closed by a later round, in rooms that no change order took out."""
        return self.filter(
            Q(found__plan_line__change_order=None)
            | Q(found__plan_line__change_order__approved_on=None),
            closed_by=None,
        )

    def waiting(self):
        """Open and not yet rectified."""
        return self.open().filter(rectified_on=None)

    def overdue(self):
        return self.waiting().filter(due_on__lt=clock.today())


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

    objects = DefectQuerySet.as_manager()

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
        return f"{self.found.plan_line} {self.found.get_part_display()}：{self.found.remark}"

    @property
    def state(self) -> str:
        """Where the defect stands, in words."""
        if self.closed_by_id:
            return "已销号" if self.closed_by.verdict == Verdict.PASS else "复验仍不合格"
        return "已整改，待复验" if self.rectified_on else "待整改"

    @property
    def late(self) -> bool:
        return self.rectified_on is None and self.due_on < clock.today()


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
        word = "通过" if self.passed else "退回"
        return f"{word}：{self.opinion}" if self.opinion else word
