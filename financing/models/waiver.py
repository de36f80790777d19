"""Late interest that the creditor lets go."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from financing.models.proposal import Proposal
from registry.fields import MoneyField


class Waiver(Proposal):
    """逾期利息减免: asked for by county finance, granted by the supplier, whose money it is."""

    agreement = models.ForeignKey(
        "financing.Agreement", models.PROTECT, related_name="waivers", verbose_name="协议"
    )
    amount = MoneyField("减免金额（元）")

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
        return f"减免逾期利息 {self.amount}"
