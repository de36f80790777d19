"""The tender (招标) and its bids, as far as a signed contract needs them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Round
from django.urls import reverse

from procurement.enums import FailureGround, TenderMethod, TenderOutcome
from procurement.models.project import Project
from registry.access import reach
from registry.fields import MoneyField
from registry.models import Supplier
from registry.money import ZERO


def _person(label: str) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=label,
    )


class TenderQuerySet(models.QuerySet):
    def visible_to(self, user):
        """County and region people; a supplier only tenders it took part in, once they were opened."""
        return self.filter(
            reach(user).rows(county="project__dossier__county", supplier="bids__supplier")
        ).distinct()


class Tender(models.Model):
    """一次公开招标. A failed tender stays on record and a new one starts.

    It exists from the day on which the plan was approved; number, dates and officer come with the
    announcement. ``sets`` is how many sets (one per live plan line) were put out to tender.
    """

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="tenders", verbose_name="项目"
    )
    number = models.CharField("采购项目编号", max_length=40, unique=True, null=True, blank=True)
    method = models.CharField(
        "采购方式", max_length=12, choices=TenderMethod, default=TenderMethod.OPEN
    )
    agency = models.CharField("采购代理机构", max_length=80, blank=True)
    sets = models.PositiveIntegerField("采购套数", null=True, blank=True)
    budget = MoneyField("预算金额（元）")
    ceiling = MoneyField("最高限价（元）", null=True, blank=True)
    bid_bond = MoneyField("投标保证金（元）", default=ZERO)
    reserved_percent = models.DecimalField(
        "预留中小企业份额（%）", max_digits=5, decimal_places=2, default=0
    )
    prepared_by = _person("采购经办人")
    announced_on = models.DateField("公告日期", null=True, blank=True)
    documents_until = models.DateField("招标文件提供至", null=True, blank=True)
    bids_due_on = models.DateField("投标截止日期", null=True, blank=True)
    bidders = models.PositiveSmallIntegerField("投标人数", null=True, blank=True)
    recorded_by = _person("开标评标记录人")
    opened_on = models.DateField("开标日期", null=True, blank=True)
    evaluated_on = models.DateField("评标结束日期", null=True, blank=True)
    reported_on = models.DateField("收到评审报告日期", null=True, blank=True)
    decided_by = _person("定标人")
    decided_on = models.DateField("定标日期", null=True, blank=True)
    notified_on = models.DateField("中标公告及通知书日期", null=True, blank=True)
    award_reason = models.CharField("定标理由", max_length=300, blank=True)
    outcome = models.CharField("结果", max_length=8, choices=TenderOutcome, blank=True)
    failure_ground = models.CharField("废标情形", max_length=12, choices=FailureGround, blank=True)
    failure_reason = models.CharField("废标理由", max_length=300, blank=True)
    winner = models.OneToOneField(
        "Bid", models.PROTECT, null=True, blank=True, related_name="won", verbose_name="中标"
    )

    objects = TenderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "招标"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=~Q(outcome=TenderOutcome.FAILED),
                name="one_live_tender",
                violation_error_message="本项目已有进行中或已定标的招标，废标后才能重新招标。",
            ),
            models.CheckConstraint(
                condition=Q(announced_on=None)
                | Q(
                    number__isnull=False,
                    prepared_by__isnull=False,
                    sets__gte=1,
                    bids_due_on__gt=F("announced_on"),
                ),
                name="announcement_is_complete",
                violation_error_message="发布公告须有采购项目编号、经办人、采购套数和公告之后的投标截止日期。",
            ),
            models.CheckConstraint(
                condition=Q(ceiling=None) | Q(ceiling__lte=F("budget")),
                name="ceiling_within_budget",
                violation_error_message="最高限价不能超过预算金额。",
            ),
            models.CheckConstraint(
                condition=Q(reserved_percent__gte=0, reserved_percent__lte=100),
                name="reserved_percent_range",
                violation_error_message="预留份额应在 0 到 100 之间。",
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
                condition=Q(reported_on=None)
                | Q(evaluated_on__isnull=False, reported_on__gte=F("evaluated_on")),
                name="reported_after_evaluation",
                violation_error_message="收到评审报告不能早于评标结束。",
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
                condition=Q(decided_by=None)
                | ~Q(decided_by=F("prepared_by")) & ~Q(decided_by=F("recorded_by"))
                | Q(recorded_by=None) & ~Q(decided_by=F("prepared_by")),
                name="preparer_does_not_award",
                violation_error_message="采购经办人和开标评标记录人不能定标。",
            ),
            models.CheckConstraint(
                condition=Q(outcome="awarded", winner__isnull=False, decided_by__isnull=False)
                | Q(outcome="failed", winner=None) & ~Q(failure_ground="") & ~Q(failure_reason="")
                | Q(outcome="", winner=None),
                name="outcome_is_complete",
                violation_error_message="定标须有中标人和定标人；废标须写明情形和理由。",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.project.name}（{self.number}）" if self.number else f"{self.project.name}招标"
        )

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

    @property
    def has_failed(self) -> bool:
        return self.outcome == TenderOutcome.FAILED

    @property
    def stage(self) -> str:
        """Where the tender stands, in words."""
        if self.has_failed:
            return "废标"
        contract = getattr(self, "contract", None)
        if contract is not None:
            return "已签合同" if contract.signed_on else "合同待确认"
        if self.outcome == TenderOutcome.AWARDED:
            return "待签合同"
        if self.evaluated_on:
            return "待定标"
        return "招标中" if self.announced_on else "编制招标文件"


class BidQuerySet(models.QuerySet):
    def ranked(self):
        """Valid bids as 最低评标价法 ranks them: by evaluated price, the lowest first (87号令 56)."""
        rank = Coalesce("evaluated_price", "price")
        return self.filter(valid=True).annotate(rank_price=rank).order_by(rank, "price", "pk")


class Bid(models.Model):
    """一份投标 by price of a set. ``valid`` is the result of the qualification and substance review.

    ``price`` is the price of a set times the sets: the unit price decides (87号令 59 (四)).
    ``opening_price`` is the total read out at the opening; if it differs, the bidder must have
    confirmed the correction in writing. ``evaluated_price`` is the price after the discount for
    small enterprises; it ranks, but is never paid.
    """

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="bids", verbose_name="招标")
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="bids", verbose_name="投标人"
    )
    brand = models.CharField("核心产品品牌", max_length=40, blank=True)
    set_price = MoneyField("单套报价（元）")
    sets = models.PositiveIntegerField("套数")
    price = MoneyField("投标报价（元）")
    opening_price = MoneyField("开标一览表总价（元）")
    correction_confirmed = models.BooleanField("投标人已书面确认修正", default=False)
    evaluated_price = MoneyField("评审价（元）", null=True, blank=True)
    valid = models.BooleanField("通过资格和符合性审查", default=True)
    rejection = models.CharField("投标无效理由", max_length=200, blank=True)

    objects = BidQuerySet.as_manager()

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
                condition=Q(price__gt=0, set_price__gt=0, sets__gte=1),
                name="bid_price",
                violation_error_message="投标报价应大于 0。",
            ),
            models.CheckConstraint(
                # Rounded, because SQLite multiplies in floating point.
                condition=Q(price=Round(F("set_price") * F("sets"), precision=2)),
                name="bid_adds_up",
                violation_error_message="投标报价须等于单套报价乘以套数。",
            ),
            models.CheckConstraint(
                condition=Q(price=F("opening_price"))
                | Q(correction_confirmed=True)
                | Q(valid=False),
                name="correction_was_confirmed",
                violation_error_message="开标一览表总价与单价汇总不一致的，须经投标人书面确认修正，否则投标无效（87号令第五十九条）。",
            ),
            models.CheckConstraint(
                condition=Q(evaluated_price=None)
                | Q(evaluated_price__gt=0, evaluated_price__lte=F("price")),
                name="evaluated_price_within_price",
                violation_error_message="评审价是价格扣除后的价格，应大于 0 且不高于投标报价。",
            ),
            models.CheckConstraint(
                condition=Q(valid=True) | ~Q(rejection=""),
                name="rejection_has_reason",
                violation_error_message="判定投标无效须写明理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} {self.price}"
