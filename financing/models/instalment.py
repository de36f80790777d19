"""One instalment of an agreement."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import models
from django.db.models import DecimalField, ExpressionWrapper, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Round

from financing.enums import InstalmentState, PostingKind
from financing.models.posting import Posting
from registry import calendar, clock
from registry.access import reach
from registry.dates import add_workdays
from registry.fields import MoneyField
from registry.money import ZERO, cents

# SQLite adds amounts as binary fractions: what SQL has added is rounded to the fen before it is
# compared, and an equality of amounts is asked as "no half fen apart".
HALF_FEN = Decimal("0.005")


class Yuan(DecimalField):
    """An amount that SQL computed, read back in whole fen."""

    def from_db_value(self, value, expression, connection):
        return None if value is None else cents(value)


def yuan(expression) -> ExpressionWrapper:
    """``expression`` rounded to the fen in SQL, and Decimal with two places in Python."""
    amount = Yuan(max_digits=14, decimal_places=2)
    return ExpressionWrapper(Round(ExpressionWrapper(expression, amount), 2), amount)


def nothing() -> Value:
    return Value(ZERO, output_field=Yuan(max_digits=14, decimal_places=2))


def due_day(day: dt.date, county=None) -> dt.date:
    """A due date that is no working day moves to the next one (民法典 203)."""
    return calendar.after_days(day, 0, county=county)


def last_workday_before_today(county=None) -> dt.date:
    """Whatever fell due on this day or earlier, and is unpaid, is overdue."""
    return add_workdays(clock.today(), -1, calendar.workday_test(county))


class InstalmentQuerySet(models.QuerySet):
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

    def with_paid(self):
        """Adds ``paid`` (what postings settled of it) and ``remaining``; rebates never count.

        Late interest is no part of an instalment: it is counted in ``financing.account``.
        """
        paid = Posting.objects.filter(
            instalment=OuterRef("pk"), kind__in=(PostingKind.INTEREST, PostingKind.PRINCIPAL)
        ).order_by()
        paid = paid.values("instalment").annotate(s=Sum("amount")).values("s")
        return self.annotate(paid=yuan(Coalesce(Subquery(paid), nothing()))).annotate(
            remaining=yuan(F("payment") - F("paid"))
        )

    def unpaid(self):
        """Not paid in full."""
        return self.with_paid().filter(remaining__gt=0)

    def settled(self):
        """Paid in full."""
        return self.with_paid().filter(remaining__lte=0)

    def overdue(self, county=None):
        """Unpaid although the due date, moved to a working day, has passed."""
        return self.unpaid().filter(due_on__lte=last_workday_before_today(county))


class LiveInstalments(models.Manager.from_queryset(InstalmentQuerySet)):
    """The plan in force: without the instalments that a later plan replaced."""

    def get_queryset(self):
        return super().get_queryset().filter(replaced_by=None)


class Instalment(models.Model):
    """一期应付: payment = principal + interest; net = payment − Σ rebates.

    ``objects`` is the plan in force; ``history`` also knows the instalments of earlier plans.
    """

    agreement = models.ForeignKey(
        "financing.Agreement", models.PROTECT, related_name="instalments", verbose_name="协议"
    )
    number = models.PositiveSmallIntegerField("期次")
    due_on = models.DateField("应付日期", db_index=True)
    payment = MoneyField("应付合计（元）")
    principal = MoneyField("本金（元）")
    interest = MoneyField("利息（元）")
    balance = MoneyField("剩余本金（元）")
    revision = models.ForeignKey(
        "financing.Revision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="instalments",
        verbose_name="来自变更",
    )
    replaced_by = models.ForeignKey(
        "financing.Revision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced",
        verbose_name="被变更取代",
    )

    objects = LiveInstalments()
    history = InstalmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "回购分期"
        ordering = ["agreement", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "number"],
                condition=Q(replaced_by=None),
                name="instalment_once",
                violation_error_message="同一协议的期次不能重复。",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1),
                name="instalment_number",
                violation_error_message="期次从 1 数起。",
            ),
            models.CheckConstraint(
                condition=Q(
                    payment__gt=F("principal") + F("interest") - HALF_FEN,
                    payment__lt=F("principal") + F("interest") + HALF_FEN,
                ),
                name="instalment_adds_up",
                violation_error_message="应付合计须等于本金加利息。",
            ),
            models.CheckConstraint(
                condition=Q(principal__gte=0, interest__gte=0, balance__gte=0),
                name="instalment_not_negative",
                violation_error_message="本金、利息和余额不能为负。",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 期"

    @property
    def dossier(self):
        return self.agreement.dossier

    def state(self, late_from: dt.date) -> InstalmentState:
        """``late_from``: ``last_workday_before_today``; asks for ``with_paid()``."""
        if self.remaining <= 0:
            return InstalmentState.PAID
        if self.due_on <= late_from:
            return InstalmentState.OVERDUE
        return InstalmentState.PARTLY if self.paid > 0 else InstalmentState.DUE
