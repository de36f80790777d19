"""What each level gives back on an instalment: planned, claimable, claimed, arrived."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce, ExtractYear, Greatest

from financing.enums import ClaimStatus
from financing.models.batch import RebateReceipt
from financing.models.instalment import Instalment, nothing, yuan
from procurement.enums import ClaimCycle, Funder
from procurement.models import FundingShare
from registry import clock
from registry.access import reach
from registry.fields import MoneyField

AGREEMENT = "instalment__agreement"
PROJECT = f"{AGREEMENT}__project_school__project"


class RebateQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Not the supplier's business: between the school and the levels of government."""
        return self.filter(
            reach(user).rows(
                county=f"{PROJECT}__dossier__county",
                township=f"{AGREEMENT}__project_school__school__township",
                school=f"{AGREEMENT}__project_school__school",
            )
        )

    def started(self):
        """Of instalments paid in full, and whatever has a claim."""
        settled = Instalment.objects.settled().order_by().values("pk")
        return self.filter(Q(claim__isnull=False) | Q(instalment__in=settled), amount__gt=0)

    def with_year_open(self):
        """Adds ``year_open``: the level wants a year's claims together (每年集中申领), and another
        instalment of the agreement that falls due in that year is not paid yet."""
        yearly = FundingShare.objects.filter(
            project=OuterRef(PROJECT), funder=OuterRef("funder"), cycle=ClaimCycle.YEARLY
        )
        unpaid = Instalment.objects.unpaid().filter(
            agreement=OuterRef(AGREEMENT),
            due_on__year=ExtractYear(OuterRef("instalment__due_on")),
        )
        return self.annotate(year_open=Exists(yearly.order_by()) & Exists(unpaid.order_by()))

    def claimable(self):
        """Paid for, and nobody has asked for it yet; of a yearly level once the year is paid."""
        return self.started().filter(claim=None).with_year_open().filter(year_open=False)

    def with_money(self):
        """Adds ``received`` (what arrived of the claim) and ``outstanding``: what may still arrive
        of a claim that is under way; 0.00 where nothing is claimed or the claim has ended."""
        receipts = RebateReceipt.objects.filter(claim__rebate=OuterRef("pk")).order_by()
        arrived = receipts.values("claim__rebate").annotate(s=Sum("amount")).values("s")
        expected = Coalesce(
            "claim__approved_amount", "claim__reviewed_amount", "claim__claimed_amount"
        )
        return self.annotate(received=yuan(Coalesce(Subquery(arrived), nothing()))).annotate(
            outstanding=Case(
                When(
                    Q(claim__isnull=False) & ~Q(claim__status=ClaimStatus.RECEIVED),
                    then=Greatest(yuan(expected - F("received")), nothing()),
                ),
                default=nothing(),
            )
        )


class LiveRebates(models.Manager.from_queryset(RebateQuerySet)):
    """On the plan in force."""

    def get_queryset(self):
        return super().get_queryset().filter(instalment__replaced_by=None)


class Rebate(models.Model):
    """奖补计划: what one funder gives back on one instalment."""

    instalment = models.ForeignKey(
        Instalment, models.PROTECT, related_name="rebates", verbose_name="期次"
    )
    funder = models.CharField("层级", max_length=12, choices=Funder)
    percent = models.DecimalField("比例（%）", max_digits=5, decimal_places=2)
    amount = MoneyField("奖补金额（元）")

    objects = LiveRebates()
    history = RebateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "奖补计划"
        ordering = ["instalment", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["instalment", "funder"],
                name="rebate_once",
                violation_error_message="同一层级同一期只有一笔奖补。",
            ),
            models.CheckConstraint(
                condition=~Q(funder="school"),
                name="rebate_not_school",
                violation_error_message="学校自担部分不是奖补。",
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount__gte=0),
                name="rebate_not_negative",
                violation_error_message="奖补比例应在 0 到 100 之间，金额不能为负。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_funder_display()}奖补 {self.amount}"

    @property
    def words(self) -> str:
        """For the trail: which instalment, which level."""
        return f"第 {self.instalment.number} 期{self.get_funder_display()}奖补"

    @property
    def claim_or_none(self):
        return getattr(self, "claim", None)

    @property
    def state(self) -> str:
        """In words; asks for ``claim`` selected, and tells more with ``with_year_open()``."""
        claim = self.claim_or_none
        if claim:
            return claim.state
        return "待本年付清后集中申领" if getattr(self, "year_open", False) else "待申领"

    @property
    def age(self) -> int | None:
        """Days since the claim while something may still arrive; asks for ``claim`` selected."""
        claim = self.claim_or_none
        return None if claim is None or claim.ended else (clock.today() - claim.claimed_on).days
