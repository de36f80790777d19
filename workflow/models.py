"""待办 (duty): one row per human step, answering everything the inbox asks."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from documents.models import Filed, FiledQuerySet
from registry import clock
from registry.access import NOTHING, Reach, reach
from registry.enums import Role, Scope

# The scope of a role -> where a duty's place is found, and the post's own column for it.
_PLACE = {
    Scope.COUNTY: ("dossier__county_id", "county_id"),
    Scope.TOWNSHIP: ("school__township_id", "township_id"),
    Scope.SCHOOL: ("school_id", "school_id"),
    Scope.SUPPLIER: ("supplier_id", "supplier_id"),
}


def held_at(reached: Reach, role: str, filed) -> bool:
    """Whether somebody who reaches ``reached`` holds ``role`` where ``filed`` (a duty, a subject
    of a flow) belongs."""
    match Role(role).scope:
        case Scope.COUNTY:
            return reached.holds_at(role, county=filed.dossier.county_id)
        case Scope.TOWNSHIP:
            return reached.holds_at(role, township=filed.school and filed.school.township_id)
        case Scope.SCHOOL:
            return reached.holds_at(role, school=_id(filed, "school"))
        case Scope.SUPPLIER:
            return reached.holds_at(role, supplier=_id(filed, "supplier"))
    return False


def _id(filed, name: str) -> int | None:
    """A duty knows the number without reading the row; a subject may only offer the thing."""
    if hasattr(filed, f"{name}_id"):
        return getattr(filed, f"{name}_id")
    thing = getattr(filed, name)
    return thing.pk if thing else None


class DutyQuerySet(FiledQuerySet):
    def open(self):
        return self.filter(done_at=None, cancelled_at=None)

    def closed(self):
        return self.exclude(done_at=None)

    def overdue(self):
        return self.open().filter(due_on__lt=clock.today())

    def inbox(self, user):
        """待办: open duties that ``user`` may do today, the most urgent first."""
        return (
            self.open()
            .filter(self._mine(user))
            .order_by(F("due_on").asc(nulls_last=True), "opened_at", "pk")
        )

    def finished_by(self, user):
        """已办."""
        return self.filter(done_by=user, starts=False).order_by("-done_at")

    def started_by(self, user):
        """我发起: processes that ``user`` started."""
        return self.filter(done_by=user, starts=True).order_by("-done_at")

    def _mine(self, user) -> Q:
        mine = NOTHING
        for post in reach(user).posts:
            if place := _PLACE.get(Role(post.role).scope):
                path, column = place
                mine |= Q(role=post.role, **{path: getattr(post, column)})
        return mine & (Q(assignee=None) | Q(assignee=user))


class Duty(Filed):
    """One person's step in one process: who may do it, where, until when, and what became of it.

    It lives and dies with its task, so a live task has exactly one live deadline: a step that is
    returned, withdrawn or revived makes a new task and with it a new duty.
    """

    task = models.OneToOneField(
        "viewflow.Task", models.CASCADE, related_name="duty", verbose_name="流程节点"
    )
    process = models.ForeignKey(
        "viewflow.Process", models.CASCADE, related_name="duties", verbose_name="流程"
    )
    step = models.CharField("步骤代码", max_length=60)
    title = models.CharField("步骤", max_length=60)
    subject_title = models.CharField("事项", max_length=160)
    subject_url = models.CharField("事项页", max_length=200)
    role = models.CharField("办理角色", max_length=20, choices=Role, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="指定办理人",
    )
    opened_at = models.DateTimeField("到达时间")
    due_on = models.DateField("应办日期", null=True, blank=True)
    reason = models.CharField("退回原因", max_length=300, blank=True)
    urged_at = models.DateTimeField("最近催办", null=True, blank=True)
    starts = models.BooleanField("发起", default=False)
    done_at = models.DateTimeField("办结时间", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="办理人",
    )
    cancelled_at = models.DateTimeField("作废时间", null=True, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "待办"
        ordering = ["-opened_at"]
        indexes = [
            models.Index(
                fields=["role", "dossier"],
                condition=Q(done_at=None, cancelled_at=None),
                name="duty_open_county",
            ),
            models.Index(
                fields=["role", "school"],
                condition=Q(done_at=None, cancelled_at=None),
                name="duty_open_school",
            ),
            # What one school, or one project, waits for now: the first open step of each school is
            # asked for a whole county's board at once, and its history is ten times longer.
            models.Index(
                fields=["dossier", "school", "id"],
                condition=Q(done_at=None, cancelled_at=None),
                name="duty_open_here",
            ),
            models.Index(fields=["done_by", "-done_at"], name="duty_done"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="duty_done_by_somebody",
                violation_error_message="办结的事项须有办理人。",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(cancelled_at=None),
                name="duty_done_or_cancelled",
                violation_error_message="已办结的事项不能作废。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}：{self.subject_title}"

    def get_absolute_url(self) -> str:
        return reverse("task", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.cancelled_at is None

    @property
    def overdue(self) -> bool:
        return self.is_open and self.due_on is not None and self.due_on < clock.today()

    @property
    def days_left(self) -> int | None:
        return (self.due_on - clock.today()).days if self.due_on else None

    @property
    def who(self) -> str:
        """Who is waited for, in words: a named person or the role at its place."""
        if self.assignee:
            return self.assignee.name
        match Role(self.role).scope if self.role else None:
            case Scope.TOWNSHIP:
                place = self.school and self.school.township
            case Scope.SCHOOL:
                place = self.school
            case Scope.SUPPLIER:
                place = self.supplier
            case _:
                place = None
        return f"{place.name if place else ''}{self.get_role_display()}"

    def may_be_done_by(self, user) -> bool:
        """Whether ``user`` holds the role at the place and is not passed over for somebody else."""
        if self.assignee_id and self.assignee_id != user.pk:
            return False
        return bool(self.role) and held_at(reach(user), self.role, self)
