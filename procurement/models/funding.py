"""Who bears the instalments of a project, and how each level counts its share."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from procurement.enums import ClaimCycle, Funder, RebateBase
from procurement.models.project import Project
from registry.fields import MoneyField


class FundingShare(models.Model):
    """One level's percentage, and by what rule it gives; the shares of a project make 100 %.

    The school bears what the levels do not give: its percentage is what it plans with. ``order``
    says whose turn it is where one level's base is what the levels before it leave.
    """

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="funding", verbose_name="项目"
    )
    funder = models.CharField("出资层级", max_length=12, choices=Funder)
    percent = models.DecimalField("比例（%）", max_digits=5, decimal_places=2)
    base = models.CharField(
        "计算基数", max_length=12, choices=RebateBase, default=RebateBase.PAYMENT
    )
    cap_per_room = MoneyField("每班上限（元）", null=True, blank=True)
    order = models.PositiveSmallIntegerField("次序", default=1)
    cycle = models.CharField("申领方式", max_length=12, choices=ClaimCycle, default=ClaimCycle.EACH)

    class Meta:
        verbose_name = verbose_name_plural = "资金筹措"
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "funder"],
                name="funder_once",
                violation_error_message="同一层级只填一行。",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100),
                name="funding_percent",
                violation_error_message="比例应在 0 到 100 之间。",
            ),
            models.CheckConstraint(
                condition=Q(order__gte=1),
                name="funding_order",
                violation_error_message="次序从 1 数起。",
            ),
            models.CheckConstraint(
                condition=Q(cap_per_room=None) | Q(cap_per_room__gt=0),
                name="funding_cap",
                violation_error_message="每班上限应大于 0；不设上限就留空。",
            ),
            models.CheckConstraint(
                condition=~Q(funder=Funder.SCHOOL)
                | Q(base=RebateBase.PAYMENT, cap_per_room=None, cycle=ClaimCycle.EACH),
                name="funding_school_plain",
                violation_error_message="学校自担部分没有奖补规则。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_funder_display()} {self.percent}%"

    @property
    def plain(self) -> bool:
        """A percentage of every payment and nothing more."""
        return self.base == RebateBase.PAYMENT and self.cap_per_room is None

    @property
    def rule(self) -> str:
        """By what rule the level gives, in words; the school has none."""
        if self.funder == Funder.SCHOOL:
            return "各级奖补以外的全部"
        words = [f"按{self.get_base_display()}"]
        if self.cap_per_room is not None:
            words.append(f"每班不超过 {self.cap_per_room:,.2f} 元")
        return "，".join([*words, self.get_cycle_display()])
