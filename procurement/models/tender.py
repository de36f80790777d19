"""The tender (招标) and its bids, as far as a signed contract needs them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from procurement.enums import TenderMethod, TenderOutcome
from procurement.models.project import Project
from registry.access import reach
from registry.fields import MoneyField
from registry.models import Supplier


class TenderQuerySet(models.QuerySet):
    def visible_to(self, user):
        """County and region people; a supplier only tenders it took part in, once they were opened."""
        return self.filter(
            reach(user).rows(county="project__dossier__county", supplier="bids__supplier")
        ).distinct()


class Tender(models.Model):
    """一次公开招标. A failed tender stays on record and a new one starts."""

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="tenders", verbose_name="项目"
    )
    number = models.CharField("采购项目编号", max_length=40, unique=True)
    method = models.CharField(
        "采购方式", max_length=12, choices=TenderMethod, default=TenderMethod.OPEN
    )
    budget = MoneyField("预算金额(元)")
    ceiling = MoneyField("最高限价(元)", null=True, blank=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="采购经办人"
    )
    announced_on = models.DateField("公告日期", null=True, blank=True)
    bids_due_on = models.DateField("投标截止日期", null=True, blank=True)
    opened_on = models.DateField("开标日期", null=True, blank=True)
    evaluated_on = models.DateField("评标结束日期", null=True, blank=True)
    decided_on = models.DateField("定标日期", null=True, blank=True)
    notified_on = models.DateField("中标通知书日期", null=True, blank=True)
    outcome = models.CharField("结果", max_length=8, choices=TenderOutcome, blank=True)
    failure_reason = models.CharField("废标理由", max_length=300, blank=True)
    winner = models.OneToOneField(
        "Bid", models.PROTECT, null=True, blank=True, related_name="won", verbose_name="中标"
    )

    objects = TenderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "招标"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ceiling=None) | Q(ceiling__lte=F("budget")),
                name="ceiling_within_budget",
                violation_error_message="最高限价不能超过预算金额。",
            ),
            models.CheckConstraint(
                condition=Q(opened_on=None)
                | Q(bids_due_on__isnull=False, opened_on__gte=F("bids_due_on")),
                name="opened_after_deadline",
                violation_error_message="开标不能早于投标截止。",
            ),
            models.CheckConstraint(
                condition=Q(evaluated_on=None)
                | Q(opened_on__isnull=False, evaluated_on__gte=F("opened_on")),
                name="evaluated_after_opening",
                violation_error_message="评标不能早于开标。",
            ),
            models.CheckConstraint(
                condition=Q(decided_on=None)
                | Q(evaluated_on__isnull=False, decided_on__gte=F("evaluated_on")),
                name="decided_after_evaluation",
                violation_error_message="定标不能早于评标结束。",
            ),
            models.CheckConstraint(
                condition=Q(notified_on=None)
                | Q(decided_on__isnull=False, notified_on__gte=F("decided_on")),
                name="notified_after_decision",
                violation_error_message="中标通知书不能早于定标。",
            ),
            models.CheckConstraint(
                condition=Q(outcome="awarded", winner__isnull=False)
                | Q(outcome="failed", winner=None) & ~Q(failure_reason="")
                | Q(outcome="", winner=None),
                name="outcome_is_complete",
                violation_error_message="定标须有中标人;废标须写明理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project.name}({self.number})"

    def get_absolute_url(self) -> str:
        return reverse("procurement:tender", args=[self.pk])

    # what a flow asks of its subject
    school = None

    @property
    def dossier(self):
        return self.project.dossier

    @property
    def supplier(self):
        return self.winner.supplier if self.winner else None


class Bid(models.Model):
    """一份投标. ``valid`` is the result of the qualification and substance review."""

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="bids", verbose_name="招标")
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="bids", verbose_name="投标人"
    )
    price = MoneyField("投标报价(元)")
    valid = models.BooleanField("通过资格和符合性审查", default=True)
    rejection = models.CharField("投标无效理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投标"
        ordering = ["price", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "supplier"],
                name="bid_once",
                violation_error_message="同一投标人只能登记一份投标。",
            ),
            models.CheckConstraint(
                condition=Q(price__gt=0),
                name="bid_price",
                violation_error_message="投标报价应大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(valid=True) | ~Q(rejection=""),
                name="rejection_has_reason",
                violation_error_message="判定投标无效须写明理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} {self.price}"
