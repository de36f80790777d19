"""Late interest that the creditor lets go."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from financing.models.proposal import Proposal, ProposalQuerySet
from registry.access import reach
from registry.fields import MoneyField


class WaiverQuerySet(ProposalQuerySet):
    def visible_to(self, user):
        """The school's, its township's and county's, and the supplier's own."""
        return self.filter(
            reach(user).rows(
                county="agreement__project_school__project__dossier__county",
                township="agreement__project_school__school__township",
                school="agreement__project_school__school",
                supplier="agreement__contract__supplier",
            )
        )


class Waiver(Proposal):
    """逾期利息减免: asked for by county finance, granted by the supplier, whose money it is."""

    agreement = models.ForeignKey(
        "financing.Agreement", models.PROTECT, related_name="waivers", verbose_name="协议"
    )
    amount = MoneyField("减免金额（元）")

    objects = WaiverQuerySet.as_manager()

    class Meta(Proposal.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "逾期利息减免"
        ordering = ["pk"]
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="waiver_amount",
                violation_error_message="减免金额应大于 0。",
            ),
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(passed=None),
                name="one_waiver_under_way",
                violation_error_message="这份协议已有待决定的减免。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement.school.name}逾期利息减免 {self.amount:,.2f} 元"

    def get_absolute_url(self) -> str:
        return self.agreement.get_absolute_url()

    @property
    def dossier(self):
        return self.agreement.dossier

    @property
    def school(self):
        return self.agreement.school

    @property
    def supplier(self):
        return self.agreement.supplier
