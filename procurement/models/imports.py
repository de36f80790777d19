"""What was read into a plan from Excel, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from procurement.enums import ImportMode
from procurement.models.project import Project
from registry.access import reach


class PlanImportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The county's own working papers: they name every school, so schools do not see them."""
        return self.filter(reach(user).rows(county="project__dossier__county"))


class PlanImport(models.Model):
    """One upload of 附表1: taken over whole, or refused whole with the marked workbook kept."""

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="imports", verbose_name="项目"
    )
    at = models.DateTimeField("导入时间")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="导入人"
    )
    mode = models.CharField("方式", max_length=8, choices=ImportMode)
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("校验值", max_length=64)
    rows = models.PositiveIntegerField("行数")
    added = models.PositiveIntegerField("新增班数", default=0)
    removed = models.PositiveIntegerField("移出班数", default=0)
    errors = models.PositiveIntegerField("有问题的行", default=0)
    file = models.FileField("标注问题的文件", upload_to="imports/%Y/%m", blank=True, max_length=200)

    objects = PlanImportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "清单导入"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(errors=0) | Q(added=0, removed=0),
                name="import_is_whole_or_nothing",
                violation_error_message="有问题的清单不能导入任何一行。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.outcome}"

    def get_absolute_url(self) -> str:
        return reverse("procurement:plan_import", args=[self.pk])

    @property
    def outcome(self) -> str:
        """What came of it, in words."""
        if self.errors:
            return f"{self.errors} 行有问题，未导入"
        words = [f"新增 {self.added} 个班"] if self.added or not self.removed else []
        if self.removed:
            words.append(f"移出 {self.removed} 个班")
        return "、".join(words)
