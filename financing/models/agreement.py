"""The buyback agreement of one school and the rooms it is about."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import models
from django.db.models import Count, ExpressionWrapper, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from acceptance.models import RoomPass
from documents.enums import PaperKind
from documents.models import Paper
from financing.enums import PostingKind
from financing.models.instalment import (
    Instalment,
    due_day,
    last_workday_before_today,
    nothing,
    yuan,
)
from financing.models.payment import Payment, PaymentApplication
from financing.models.posting import Posting
from financing.models.rebate import Rebate
from procurement.enums import (
    AllocationOrder,
    PaymentsPerYear,
    RepaymentMethod,
    RepaymentTiming,
)
from procurement.models import Contract, ProjectSchool
from registry.access import reach
from registry.fields import MoneyField
from registry.money import ZERO, cents


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            reach(user).rows(
                county="project_school__project__dossier__county",
                township="project_school__school__township",
                school="project_school__school",
                supplier="contract__supplier",
            )
        )

    def paid_off(self):
        """Paid to the last fen and closed."""
        return self.filter(closed_on__isnull=False)

    def terminated(self):
        """Given up: the equipment went back."""
        return self.filter(terminated_on__isnull=False)

    def signed(self):
        """Signed by both parties; until then ``signed_on`` is the day on which it was drawn."""
        waiting = (
            Paper.objects.filter(kind=PaperKind.BUYBACK_AGREEMENT, replaced_by=None)
            .annotate(parties=Count("signatures__role", distinct=True))
            .filter(parties__lt=2)
        )
        return self.exclude(number__in=waiting.values("number"))

    def running(self):
        """Neither paid off nor terminated."""
        return self.filter(closed_on=None, terminated_on=None)

    def with_balance(self):
        """Adds ``total`` (all instalments), ``paid``, ``remaining``, ``next_due`` (or None), ``late``.

        ``paid`` is what settled instalments; late interest and credit are not in it.
        """
        mine = Instalment.objects.filter(agreement=OuterRef("pk")).order_by()
        settled = Posting.objects.filter(
            instalment__agreement=OuterRef("pk"),
            kind__in=(PostingKind.INTEREST, PostingKind.PRINCIPAL),
        ).order_by()
        total = mine.values("agreement").annotate(s=Sum("payment")).values("s")
        paid = settled.values("instalment__agreement").annotate(s=Sum("amount")).values("s")
        unpaid = Instalment.objects.unpaid().filter(agreement=OuterRef("pk")).order_by("number")
        return self.annotate(
            total=yuan(Coalesce(Subquery(total), nothing())),
            paid=yuan(Coalesce(Subquery(paid), nothing())),
            next_due=Subquery(unpaid.values("due_on")[:1]),
        ).annotate(
            remaining=yuan(F("total") - F("paid")),
            late=ExpressionWrapper(
                Q(next_due__lte=last_workday_before_today()), models.BooleanField()
            ),
        )

    def overdue(self, county=None):
        """With an instalment whose day, moved to a working day, has passed unpaid."""
        late = Instalment.objects.overdue(county).filter(agreement=OuterRef("pk"))
        return self.filter(models.Exists(late.order_by()))


class Agreement(models.Model):
    """回购协议: one school in one project, over the rooms that passed county inspection.

    The terms are the contract's at the day of signing; they stand here because a later
    amendment of the contract does not change what the school signed.
    """

    project_school = models.OneToOneField(
        ProjectSchool, models.PROTECT, related_name="agreement", verbose_name="项目学校"
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="agreements", verbose_name="合同"
    )
    number = models.CharField("协议编号", max_length=56, unique=True)
    principal = MoneyField("回购本金（元）")
    annual_rate = models.DecimalField("年利率（%）", max_digits=6, decimal_places=4)
    years = models.PositiveSmallIntegerField("年限")
    payments_per_year = models.PositiveSmallIntegerField("付款频次", choices=PaymentsPerYear)
    repayment = models.CharField("回购方式", max_length=20, choices=RepaymentMethod)
    timing = models.CharField("付款时点", max_length=10, choices=RepaymentTiming)
    fixed_payment = MoneyField("每期付款额（元）", null=True, blank=True)
    percents = models.JSONField("各期比例（%）", default=list, blank=True)
    down_payment = MoneyField("首付款（元）", default=ZERO)
    residual = MoneyField("期末留购价（元）", default=ZERO)
    retention = MoneyField("质保金（元）", default=ZERO)
    retention_due_on = models.DateField("质保金返还日期", null=True, blank=True)
    grace = models.PositiveSmallIntegerField("宽限期（期）", default=0)
    late_rate = models.DecimalField(
        "逾期日利率（%）", max_digits=6, decimal_places=4, default=Decimal("0.05")
    )
    allocation = models.CharField(
        "抵充顺序",
        max_length=12,
        choices=AllocationOrder,
        default=AllocationOrder.LATE_FIRST,
    )
    starts_on = models.DateField("起租日期")
    signed_on = models.DateField("签订日期")
    closed_on = models.DateField("付清日期", null=True, blank=True)
    terminated_on = models.DateField("解除日期", null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "回购协议"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(principal__gt=0),
                name="agreement_principal",
                violation_error_message="回购本金应大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(annual_rate__gte=0, years__gte=1),
                name="agreement_terms",
                violation_error_message="年利率不能为负，年限至少 1 年。",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("signed_on")),
                name="agreement_closed_after_signed",
                violation_error_message="付清日期不能早于签订日期。",
            ),
            models.CheckConstraint(
                condition=Q(late_rate__gte=0, late_rate__lte=1),
                name="agreement_late_rate",
                violation_error_message="逾期日利率应在 0 到 1%% 之间。",
            ),
            models.CheckConstraint(
                condition=Q(terminated_on=None) | Q(closed_on=None),
                name="agreement_ends_once",
                violation_error_message="协议已付清或已解除，不能再办一次。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_school.school.name}回购协议 {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("financing:agreement", args=[self.pk])

    @property
    def dossier(self):
        return self.project_school.dossier

    @property
    def school(self):
        return self.project_school.school

    @property
    def supplier(self):
        return self.contract.supplier

    @property
    def state(self) -> str:
        """In words; asks for ``with_balance()``."""
        if self.closed_on:
            return "已付清"
        if self.terminated_on:
            return "已解除，欠款逾期" if self.late else "已解除"
        return "逾期" if self.late else "回购中"

    def live_rooms(self):
        """The rooms that it is about today: without those that a change took out."""
        return self.rooms.filter(left_by=None)

    def due_instalment(self) -> Instalment | None:
        """The oldest instalment that is not paid in full, with ``paid`` and ``remaining``."""
        return self.instalments.unpaid().order_by("number").first()

    def next_due_day(self) -> dt.date | None:
        """When the oldest unpaid instalment must be paid: its due date, moved to a working day."""
        instalment = self.due_instalment()
        return due_day(instalment.due_on, self.dossier.county) if instalment else None

    def live_application(self) -> PaymentApplication | None:
        """The application under way: applied or passed, not yet paid and not returned."""
        return (
            PaymentApplication.objects.live()
            .filter(instalment__agreement=self)
            .select_related("instalment", "applied_by", "reviewed_by")
            .last()
        )

    def last_payment(self) -> Payment | None:
        """The newest payment that stands; refunds aside."""
        rows = Payment.objects.standing().filter(instalment__agreement=self, amount__gt=0)
        return rows.order_by("pk").last()

    def claimable(self):
        """Rebates of paid instalments that nobody has claimed yet."""
        return Rebate.objects.claimable().filter(instalment__agreement=self)

    def totals(self) -> dict[str, Decimal]:
        """``{"payment", "principal", "interest"}`` over all instalments; one query."""
        names = ("payment", "principal", "interest")
        found = self.instalments.aggregate(**{f"s_{name}": Sum(name) for name in names})
        return {name: cents(found[f"s_{name}"] or 0) for name in names}


class AgreementRoom(models.Model):
    """协议标的: one passed room and its part of the principal."""

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="rooms", verbose_name="协议"
    )
    room_pass = models.OneToOneField(
        RoomPass, models.PROTECT, related_name="agreement_room", verbose_name="验收合格"
    )
    amount = MoneyField("金额（元）")
    left_by = models.ForeignKey(
        "financing.Revision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rooms_left",
        verbose_name="退出于",
    )

    class Meta:
        verbose_name = verbose_name_plural = "协议标的"
        ordering = ["agreement", "room_pass"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="agreement_room_amount",
                violation_error_message="每班金额应大于 0。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.room_pass.plan_line} {self.amount}"
