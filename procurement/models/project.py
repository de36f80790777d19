"""The year's project, its schools and classrooms, its approval."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse

from documents.models import Dossier
from procurement.models.catalogue import EquipmentMode
from procurement.models.programme import Programme
from registry.access import reach
from registry.fields import MoneyField
from registry.models import Classroom, County, Parameter, School
from registry.money import cents

STAYS = Q(schools__lines__isnull=False, schools__lines__change_order__approved_on=None)
"""From a project: rooms that no approved change order took out."""


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(dossier__in=Dossier.objects.visible_to(user))

    def with_counts(self):
        """Adds ``school_count``, ``classroom_count`` (live rooms) and ``is_approved`` to each row."""
        approvals = Approval.objects.filter(project=models.OuterRef("pk"), approved=True)
        return self.annotate(
            school_count=Count("schools", filter=STAYS, distinct=True),
            classroom_count=Count("schools__lines", filter=STAYS, distinct=True),
            is_approved=models.Exists(approvals),
        )

    def unfinished(self):
        return self.filter(closed_on=None)


class Project(models.Model):
    """年度建设项目: this year's task with its mode, budget, deadline and funding plan."""

    dossier = models.OneToOneField(
        Dossier, models.PROTECT, related_name="project", verbose_name="卷宗"
    )
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name="所属总规划",
    )
    name = models.CharField("项目名称", max_length=80)
    year = models.PositiveSmallIntegerField("年度")
    deadline = models.DateField("完成期限", help_text="两级验收都要在此日前完成，一般为10月31日。")
    mode = models.ForeignKey(
        EquipmentMode, models.PROTECT, related_name="projects", verbose_name="建设模式"
    )
    target_classrooms = models.PositiveIntegerField("年度任务（班）")
    budget = MoneyField("预算金额（元）")
    budget_basis = models.CharField(
        "预算批复文号", max_length=80, help_text="没有当年预算批复不得采购。"
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="立项人"
    )
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="方案编制人",
    )
    planned_at = models.DateTimeField("方案提交时间", null=True, blank=True)
    deviation = models.CharField(
        "班数与年度任务不符的原因", max_length=300, blank=True, editable=False
    )
    accepted_on = models.DateField("履约验收日期", null=True, blank=True)
    closed_on = models.DateField("结项日期", null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        ordering = ["-year", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(budget__gt=0),
                name="project_budget",
                violation_error_message="预算金额应大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(target_classrooms__gt=0),
                name="project_target",
                violation_error_message="年度任务至少 1 个班。",
            ),
            models.CheckConstraint(
                condition=Q(planned_by=None, planned_at=None)
                | Q(planned_by__isnull=False, planned_at__isnull=False),
                name="project_planned_by_somebody",
                violation_error_message="提交的方案须有编制人。",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None)
                | Q(accepted_on__isnull=False, closed_on__gte=F("accepted_on")),
                name="project_closed_after_acceptance",
                violation_error_message="履约验收完成后才能结项。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("project", args=[self.pk])

    @property
    def county(self) -> County:
        return self.dossier.county

    # what a flow asks of its subject
    school = None
    supplier = None

    def current_contract(self):
        return self.contracts.order_by("-pk").first()

    @property
    def approved(self) -> bool:
        """Whether the leading group approved the plan; one query unless approvals are prefetched."""
        return any(approval.approved for approval in self.approvals.all())

    @property
    def plan_url(self) -> str:
        """The list of its schools and classrooms."""
        return reverse("procurement:plan", args=[self.pk])

    @property
    def changes_url(self) -> str:
        return reverse("procurement:changes", args=[self.pk])

    @property
    def lines(self):
        """The rooms of the project that still count."""
        return PlanLine.objects.filter(project_school__project=self).live()

    def counts(self) -> dict[str, int]:
        """``{"schools", "classrooms"}`` of the live plan; one query."""
        return self.lines.aggregate(
            schools=Count("project_school", distinct=True), classrooms=Count("pk")
        )

    @property
    def taken_on(self) -> int:
        """Rooms that this project takes from the programme; asks for ``with_counts()``."""
        return self.classroom_count if self.is_approved else self.target_classrooms

    def price_range(self) -> tuple[Decimal, Decimal]:
        """The lowest and highest reference price of one set in yuan, in force today."""
        value = Parameter.objects.value
        county = self.county
        return (
            cents(value("plan.set_price_low", county=county)),
            cents(value("plan.set_price_high", county=county)),
        )


class ProjectSchoolQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            reach(user).rows(
                county="project__dossier__county",
                township="school__township",
                school="school",
                supplier="project__contracts__supplier",
            )
        ).distinct()

    def with_live_rooms(self):
        """Schools that still have a room in the plan; those without have nothing to build."""
        return self.filter(
            models.Exists(PlanLine.objects.live().filter(project_school=models.OuterRef("pk")))
        )


class ProjectSchool(models.Model):
    """项目学校: one school in one project; the subject of the school's own story.

    Its page stands on the floor that tells that story; the roof says where
    (``ABSOLUTE_URL_OVERRIDES``).
    """

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="schools", verbose_name="项目"
    )
    school = models.ForeignKey(
        School, models.PROTECT, related_name="participations", verbose_name="学校"
    )

    objects = ProjectSchoolQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目学校"
        ordering = ["school__township__code", "school__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "school"],
                name="project_school_once",
                violation_error_message="这所学校已在项目中。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.school.name} · {self.project.name}"

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def supplier(self):
        contract = self.project.current_contract()
        return contract.supplier if contract else None


class PlanLineQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(project_school__in=ProjectSchool.objects.visible_to(user))

    def live(self):
        """Rooms that no approved change order took out."""
        return self.filter(change_order__approved_on=None)

    def in_unfinished_projects(self):
        return self.live().filter(project_school__project__closed_on=None)

    def by_township(self):
        """``{"code", "township", "schools", "classrooms"}`` rows in the townships' order."""
        township = "project_school__school__township"
        return (
            self.values(code=F(f"{township}__code"), township=F(f"{township}__name"))
            .annotate(schools=Count("project_school", distinct=True), classrooms=Count("pk"))
            .order_by("code")
        )


class PlanLine(models.Model):
    """计划行: one classroom that gets one set. Every later fact about the room points here."""

    project_school = models.ForeignKey(
        ProjectSchool, models.PROTECT, related_name="lines", verbose_name="项目学校"
    )
    classroom = models.ForeignKey(
        Classroom, models.PROTECT, related_name="plan_lines", verbose_name="班级"
    )

    objects = PlanLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "计划行"
        ordering = ["project_school", "classroom"]
        constraints = [
            models.UniqueConstraint(
                fields=["project_school", "classroom"],
                name="plan_line_once",
                violation_error_message="这个班已在本项目计划中。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_school.school.name}{self.classroom.name}"

    @property
    def state(self) -> str:
        """Where the room stands in the plan, in words; needs ``change_order`` selected."""
        change = getattr(self, "change_order", None)
        if change is None:
            return "在计划内"
        return "已移出" if change.approved_on else "变更待批准"

    def get_absolute_url(self) -> str:
        return reverse("room", args=[self.pk])


class Approval(models.Model):
    """领导小组审批意见: each decision on the plan, with its reason; only grows."""

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="approvals", verbose_name="项目"
    )
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="编制人"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="审批人"
    )
    decided_at = models.DateTimeField("审批时间")
    approved = models.BooleanField("同意")
    opinion = models.CharField("意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "审批意见"
        ordering = ["decided_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(planned_by=F("decided_by")),
                name="planner_does_not_approve",
                violation_error_message="编制方案的人不能审批同一方案。",
            ),
            models.CheckConstraint(
                condition=Q(approved=True) | ~Q(opinion=""),
                name="return_needs_reason",
                violation_error_message="退回时请写明原因。",
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(approved=True),
                name="approved_once",
                violation_error_message="该方案已经批准。",
            ),
        ]

    def __str__(self) -> str:
        return "同意" if self.approved else f"退回：{self.opinion}"


HUNDRED = Decimal(100)
