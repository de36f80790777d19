"""The programme (总规划), above the yearly projects."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from procurement.enums import BaselineUnit
from registry.access import reach
from registry.models import County


class ProgrammeQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(reach(user).rows(county="county"))


class Programme(models.Model):
    """总规划: what the county wants in all, over several yearly projects."""

    county = models.ForeignKey(County, models.PROTECT, related_name="programmes", verbose_name="县")
    name = models.CharField("规划名称", max_length=80)
    first_year = models.PositiveSmallIntegerField("起始年度")
    last_year = models.PositiveSmallIntegerField("截止年度")
    target_schools = models.PositiveIntegerField("规划学校数")
    target_classrooms = models.PositiveIntegerField("规划班数")
    done_before = models.PositiveIntegerField("此前已完成", default=0)
    done_before_unit = models.CharField(
        "已完成数的单位", max_length=12, choices=BaselineUnit, default=BaselineUnit.CLASSROOM
    )

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "总规划"
        ordering = ["-first_year"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "name"],
                name="programme_once",
                violation_error_message="本县已有同名规划。",
            ),
            models.CheckConstraint(
                condition=Q(last_year__gte=F("first_year")),
                name="programme_years",
                violation_error_message="截止年度不能早于起始年度。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("procurement:programme", args=[self.pk])

    @property
    def classrooms_done_before(self) -> int | None:
        """Rooms finished before; None when the figure counts schools and says nothing of rooms."""
        return self.done_before if self.done_before_unit == BaselineUnit.CLASSROOM else None

    def remaining(self) -> int:
        """Rooms of the programme that no year's project takes on yet.

        An approved project counts its live rooms, one still being planned its target. Earlier
        completions count only when they are known in rooms.
        """
        taken = sum(project.taken_on for project in self.projects.with_counts())
        return self.target_classrooms - (self.classrooms_done_before or 0) - taken
