"""A change of the plan of instalments: the old plan stays, the new one says why it came."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from acceptance.models import RoomPass
from financing.enums import RevisionKind
from financing.models.proposal import Proposal, ProposalQuerySet
from procurement.enums import PaymentsPerYear, RepaymentMethod
from registry.access import reach
from registry.fields import MoneyField
from registry.money import ZERO


class RevisionQuerySet(ProposalQuerySet):
    def visible_to(self, user):
        return self.filter(
            reach(user).rows(
                county="agreement__project_school__project__dossier__county",
                township="agreement__project_school__school__township",
                school="agreement__project_school__school",
                supplier="agreement__contract__supplier",
            )
        )


class Revision(Proposal):
    """计划变更: amendment, reschedule, early buyback or termination, in force from ``effective_on``.

    Instalments that fall due on or before that day stay as they are; the later ones that are not
    paid in full are replaced by the revision's own (of a buyout and a termination all later ones,
    except those that a rebate was claimed for). Terms left empty are unchanged.
    """

    agreement = models.ForeignKey(
        "financing.Agreement", models.PROTECT, related_name="revisions", verbose_name="协议"
    )
    number = models.PositiveSmallIntegerField("变更序号")
    kind = models.CharField("变更类型", max_length=12, choices=RevisionKind)
    effective_on = models.DateField("生效日期")
    principal_change = MoneyField("本金增减（元）", signed=True, default=ZERO)
    written_off = MoneyField("因退还设备不再支付的本金（元）", default=ZERO)
    annual_rate = models.DecimalField(
        "年利率（%）", max_digits=6, decimal_places=4, null=True, blank=True
    )
    payments_per_year = models.PositiveSmallIntegerField(
        "付款频次", choices=PaymentsPerYear, null=True, blank=True
    )
    repayment = models.CharField("回购方式", max_length=20, choices=RepaymentMethod, blank=True)
    count = models.PositiveSmallIntegerField("新计划期数", null=True, blank=True)
    grace = models.PositiveSmallIntegerField("宽限期（期）", default=0)
    first_due_on = models.DateField("首期应付日期", null=True, blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta(Proposal.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "计划变更"
        ordering = ["agreement", "number"]
        constraints = [
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=["agreement", "number"],
                name="revision_once",
                violation_error_message="同一协议的变更序号不能重复。",
            ),
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(passed=None),
                name="one_revision_under_way",
                violation_error_message="这份协议已有待决定的变更。",
            ),
            models.CheckConstraint(
                condition=Q(annual_rate=None) | Q(annual_rate__gte=0, annual_rate__lte=100),
                name="revision_rate",
                violation_error_message="年利率应在 0 到 100 之间。",
            ),
            models.CheckConstraint(
                condition=Q(written_off=0) | Q(kind=RevisionKind.TERMINATION),
                name="only_termination_writes_off",
                violation_error_message="只有解除协议、退还设备才能核减本金。",
            ),
        ]

    def __str__(self) -> str:
        school = self.agreement.school.name
        return f"{school}回购协议第 {self.number} 次变更（{self.get_kind_display()}）"

    def get_absolute_url(self) -> str:
        return reverse("financing:revision", args=[self.pk])

    @property
    def dossier(self):
        return self.agreement.dossier

    @property
    def school(self):
        return self.agreement.school

    @property
    def supplier(self):
        return self.agreement.supplier

    @property
    def state(self) -> str:
        """In words: what the second person said."""
        return {None: "待决定", True: "已生效", False: "不同意"}[self.passed]

    @property
    def paper_title(self) -> str:
        return {
            RevisionKind.AMENDMENT: "回购协议变更书",
            RevisionKind.RESCHEDULE: "还款计划调整书",
            RevisionKind.BUYOUT: "提前回购协议书",
            RevisionKind.TERMINATION: "回购协议解除书",
        }[self.kind]


class RevisionRoom(models.Model):
    """变更的班级: a room that comes (no ``before``), leaves (no ``after``) or gets another price."""

    revision = models.ForeignKey(
        Revision, models.PROTECT, related_name="rooms", verbose_name="变更"
    )
    room_pass = models.ForeignKey(
        RoomPass, models.PROTECT, related_name="revision_rooms", verbose_name="验收合格"
    )
    before = MoneyField("变更前金额（元）", null=True, blank=True)
    after = MoneyField("变更后金额（元）", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "变更的班级"
        ordering = ["revision", "room_pass"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "room_pass"],
                name="revision_room_once",
                violation_error_message="一次变更里同一个班只能出现一次。",
            ),
            models.CheckConstraint(
                condition=Q(before=None, after__gt=0)
                | Q(before__isnull=False, after=None)
                | Q(before__isnull=False, after__gt=0) & ~Q(before=F("after")),
                name="revision_room_changes",
                violation_error_message="请填写变更后的金额，且与变更前不同。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_pass.plan_line} {self.before or '—'} → {self.after or '—'}"
