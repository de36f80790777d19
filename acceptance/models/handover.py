"""What passed, what was handed over, and the contract accepted as a whole."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from acceptance.enums import HandoverParty
from acceptance.models.inspection import Inspection
from procurement.models import PlanLine, ProjectSchool
from registry.access import reach

USER = settings.AUTH_USER_MODEL


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
    documents = models.TextField("随交资料", help_text="每行一种：名称 数量 备注。")
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
    body = models.CharField("验收主体", max_length=80)
    invited = models.CharField("邀请参加", max_length=120, blank=True)
    method = models.CharField("验收方式", max_length=60)
    sampling = models.CharField("抽查检测", max_length=120, blank=True)
    procedure = models.CharField("验收程序", max_length=300)
    content = models.CharField("验收内容", max_length=300)
    standard = models.CharField("验收标准", max_length=300)
    members = models.TextField("验收组成员", help_text="每行一人：姓名 单位 职务。")
    conclusion = models.CharField("验收结论", max_length=300)
    concluded_on = models.DateField("验收日期")
    concluded_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="经办人")

    class Meta:
        verbose_name = verbose_name_plural = "履约验收书"

    def __str__(self) -> str:
        return f"{self.project} 履约验收书"
