"""What must stand before money leaves: the year's budget, the maintenance check, no hold."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from financing.models.proposal import Proposal, ProposalQuerySet
from registry.access import reach
from registry.fields import MoneyField
from registry.models import School

USER = settings.AUTH_USER_MODEL


class BudgetApprovalQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Not the supplier's business: the school's, its township's and county's."""
        return self.filter(
            reach(user).rows(county="school__county", township="school__township", school="school")
        )


class MaintenanceCheckQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Also the supplier's, whose work is judged."""
        return self.filter(
            reach(user).rows(
                county="agreement__project_school__project__dossier__county",
                township="agreement__project_school__school__township",
                school="agreement__project_school__school",
                supplier="agreement__contract__supplier",
            )
        )


class PaymentHoldQuerySet(ProposalQuerySet):
    def visible_to(self, user):
        """The supplier reads a hold once it was decided to stand, not what somebody proposed."""
        own = reach(user)
        place = "instalment__agreement__project_school"
        mine = own.rows(
            county=f"{place}__project__dossier__county",
            township=f"{place}__school__township",
            school=f"{place}__school",
        )
        decided = Q(instalment__agreement__contract__supplier__in=own.supplier_ids, passed=True)
        return self.filter(mine | decided)

    def in_force(self):
        """Decided and not lifted."""
        return self.filter(passed=True, lifted_on=None)


class BudgetApproval(models.Model):
    """预算批复: what a school may pay for the buyback in one year; a correction is a new row."""

    school = models.ForeignKey(
        School, models.PROTECT, related_name="buyback_budgets", verbose_name="学校"
    )
    year = models.PositiveSmallIntegerField("年度")
    amount = MoneyField("批复金额（元）")
    document = models.CharField("批复文号", max_length=60)
    approved_on = models.DateField("批复日期")
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")
    entered_at = models.DateTimeField("登记时间")

    objects = BudgetApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "预算批复"
        ordering = ["school", "year", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(document=""),
                name="budget_document",
                violation_error_message="请填写预算批复文号。",
            ),
            models.UniqueConstraint(
                fields=["school", "year", "document"],
                name="budget_once",
                violation_error_message="这个文号在该校该年度已经登记过。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} {self.year} 年预算 {self.amount}"


class MaintenanceCheck(models.Model):
    """维护考核: whether the supplier kept the school's equipment going in a period."""

    agreement = models.ForeignKey(
        "financing.Agreement", models.PROTECT, related_name="checks", verbose_name="协议"
    )
    since = models.DateField("考核期起")
    until = models.DateField("考核期止")
    passed = models.BooleanField("合格")
    open_faults = models.PositiveSmallIntegerField("未修复故障（件）", default=0)
    remark = models.CharField("说明", max_length=300, blank=True)
    checked_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="考核人")
    checked_on = models.DateField("考核日期")

    objects = MaintenanceCheckQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "维护考核"
        ordering = ["agreement", "until", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since"), checked_on__gte=F("since")),
                name="check_period",
                violation_error_message="考核期的止日不能早于起日。",
            ),
            models.CheckConstraint(
                condition=Q(passed=True) | ~Q(remark=""),
                name="failed_check_says_why",
                violation_error_message="考核不合格时请写明原因。",
            ),
        ]

    @property
    def failed(self) -> bool:
        return not self.passed

    def __str__(self) -> str:
        return f"{self.since} 至 {self.until} 维护考核{'合格' if self.passed else '不合格'}"


class PaymentHold(Proposal):
    """暂缓付款: proposed while maintenance fails, never automatic; it stands until it is lifted."""

    instalment = models.ForeignKey(
        "financing.Instalment", models.PROTECT, related_name="holds", verbose_name="期次"
    )
    lifted_on = models.DateField("解除日期", null=True, blank=True)
    lifted_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="解除人"
    )
    lifted_why = models.CharField("解除原因", max_length=300, blank=True)

    objects = PaymentHoldQuerySet.as_manager()

    class Meta(Proposal.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "暂缓付款"
        ordering = ["pk"]
        constraints = [
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=["instalment"],
                condition=Q(lifted_on=None) & (Q(passed=None) | Q(passed=True)),
                name="one_hold_at_a_time",
                violation_error_message="这一期已有待决定或在执行的暂缓付款。",
            ),
            models.CheckConstraint(
                condition=Q(lifted_on=None, lifted_by=None)
                | Q(lifted_on__isnull=False, lifted_by__isnull=False, passed=True)
                & ~Q(lifted_why=""),
                name="lifting_says_why",
                violation_error_message="解除暂缓付款须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school.name}{self.instalment}暂缓付款"

    def get_absolute_url(self) -> str:
        return reverse("financing:hold", args=[self.pk])

    # what a flow asks of its subject
    @property
    def dossier(self):
        return self.instalment.agreement.dossier

    @property
    def school(self):
        return self.instalment.agreement.school

    @property
    def supplier(self):
        return self.instalment.agreement.supplier

    @property
    def stands(self) -> bool:
        """Decided and not lifted."""
        return bool(self.passed) and self.lifted_on is None

    @property
    def state(self) -> str:
        """In words."""
        if self.passed is None:
            return "待县财务决定"
        if not self.passed:
            return "不同意暂缓"
        return "已解除" if self.lifted_on else "暂缓中"
