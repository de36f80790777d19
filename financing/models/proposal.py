"""What one person proposes and another decides: the common columns of such acts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

USER = settings.AUTH_USER_MODEL


class ProposalQuerySet(models.QuerySet):
    def pending(self):
        return self.filter(passed=None)

    def standing(self):
        return self.filter(passed=True)


class Proposal(models.Model):
    """提请 with its reason, and the decision of a second person."""

    reason = models.CharField("原因", max_length=300)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="提请人")
    proposed_on = models.DateField("提请日期")
    passed = models.BooleanField("同意", null=True, blank=True)
    decided_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="决定人"
    )
    decided_on = models.DateField("决定日期", null=True, blank=True)
    opinion = models.CharField("意见", max_length=300, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(passed=None, decided_by=None, decided_on=None)
                | Q(passed__isnull=False, decided_by__isnull=False, decided_on__isnull=False)
                & ~Q(decided_by=F("proposed_by")),
                name="%(class)s_second_person",
                violation_error_message="提请人不能决定自己的提请，须由另一人办理。",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="%(class)s_reason",
                violation_error_message="请写明原因。",
            ),
            models.CheckConstraint(
                condition=~Q(passed=False) | ~Q(opinion=""),
                name="%(class)s_refusal_reason",
                violation_error_message="不同意时请写明理由。",
            ),
        ]
