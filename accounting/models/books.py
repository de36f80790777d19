"""The books: accounts, the rules that turn events into entries, and the vouchers made by them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounting.enums import Book, EventKind, Side
from accounting.models.bank import bank_counties
from financing.models import Agreement
from registry.access import reach
from registry.enums import Role
from registry.fields import MoneyField
from registry.models import County, School

USER = settings.AUTH_USER_MODEL
SCHOOL_READING = (Role.SCHOOL_FINANCE, Role.HEAD)


def book_schools(user) -> set[int]:
    """Schools whose part of the books ``user`` reads (分校核算)."""
    return {post.school_id for post in reach(user).posts if post.role in SCHOOL_READING} - {None}


class BookAccountQuerySet(models.QuerySet):
    def known_in(self, county: County):
        """The common chart and what the county added to it."""
        return self.filter(Q(county=None) | Q(county=county))


class BookAccount(models.Model):
    """会计科目 of the common chart (no county), or a county's own detail account below one of it."""

    county = models.ForeignKey(
        County,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="适用县",
    )
    book = models.CharField("账簿", max_length=10, choices=Book)
    code = models.CharField("科目编码", max_length=12)
    name = models.CharField("科目名称", max_length=60)
    side = models.CharField("余额方向", max_length=6, choices=Side)

    objects = BookAccountQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会计科目"
        ordering = ["code", "county"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "code"],
                name="book_account_once",
                violation_error_message="这个科目编码已经有了。",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(county=None),
                name="book_account_once_common",
                violation_error_message="这个科目编码已经有了。",
            ),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(name=""),
                name="book_account_given",
                violation_error_message="请填写科目编码和名称。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class RuleSet(models.Model):
    """科目对应: how one kind of event is entered, from some day on; what was in force stays on record."""

    county = models.ForeignKey(
        County,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="适用县",
    )
    kind = models.CharField("事项", max_length=12, choices=EventKind)
    valid_from = models.DateField("启用日期")
    basis = models.CharField("依据", max_length=300)
    set_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="设置人"
    )
    set_at = models.DateTimeField("设置时间")

    class Meta:
        verbose_name = verbose_name_plural = "科目对应"
        ordering = ["kind", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "kind", "valid_from"],
                name="rule_set_once",
                violation_error_message="同一事项同一天只能启用一套对应。",
            ),
            models.UniqueConstraint(
                fields=["kind", "valid_from"],
                condition=Q(county=None),
                name="rule_set_once_common",
                violation_error_message="同一事项同一天只能启用一套对应。",
            ),
            models.CheckConstraint(
                condition=~Q(basis=""),
                name="rule_set_basis",
                violation_error_message="请写明依据。",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[EventKind.REVERSAL, EventKind.RETAKEN]),
                name="rule_set_of_its_own",
                violation_error_message="冲销和重新抵充按付款的对应入账，不另设对应。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{self.valid_from} 起）"


class EntryRule(models.Model):
    """One line of a set: this part of the event, on this side of this account."""

    rule_set = models.ForeignKey(
        RuleSet, models.PROTECT, related_name="lines", verbose_name="科目对应"
    )
    line = models.PositiveSmallIntegerField("行号")
    side = models.CharField("方向", max_length=6, choices=Side)
    account = models.ForeignKey(
        BookAccount, models.PROTECT, related_name="rules", verbose_name="科目"
    )
    part = models.CharField("金额取自", max_length=16)
    note = models.CharField("备注", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "分录规则"
        ordering = ["rule_set", "line"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule_set", "line"],
                name="entry_rule_line_once",
                violation_error_message="同一套对应的行号不能重复。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.account}"


class VoucherSeries(models.Model):
    """凭证编号 of a month: its row lock is what makes vouchers and the closing wait for one another."""

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县")
    month = models.DateField("月份", help_text="当月 1 日")
    last = models.PositiveIntegerField("已用到", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "凭证编号"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "month"],
                name="voucher_series_once",
                violation_error_message="这个月的编号已经开始。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.county} {self.month:%Y-%m} {self.last}"


class VoucherQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The county's finance and its readers; a school its own. Never the supplier."""
        return self.filter(Q(county__in=bank_counties(user)) | Q(school__in=book_schools(user)))


class Voucher(models.Model):
    """记账凭证 of one event; made once, never changed. What was wrong is put right by a new event."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="vouchers", verbose_name="县（市、区）"
    )
    month = models.DateField("月份", help_text="当月 1 日")
    number = models.PositiveIntegerField("凭证号")
    day = models.DateField("凭证日期")
    kind = models.CharField("事项", max_length=12, choices=EventKind)
    event_key = models.CharField("事项标识", max_length=40, unique=True)
    summary = models.CharField("摘要", max_length=200)
    amount = MoneyField("金额（元）", signed=True)
    school = models.ForeignKey(
        School,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="vouchers",
        verbose_name="学校",
    )
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="vouchers",
        verbose_name="回购协议",
    )
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="制单人")
    made_at = models.DateTimeField("制单时间")

    objects = VoucherQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "记账凭证"
        ordering = ["county", "-month", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "month", "number"],
                name="voucher_number_once",
                violation_error_message="这个月的凭证号已经用过。",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, day__gte=F("month")),
                name="voucher_in_its_month",
                violation_error_message="凭证日期须在凭证所属月份。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.word} {self.month:%Y年%m月}"

    @property
    def word(self) -> str:
        """凭证字号, e.g. 记-0001."""
        return f"记-{self.number:04d}"

    def get_absolute_url(self) -> str:
        return reverse("accounting:voucher", args=[self.pk])


class Entry(models.Model):
    """分录: the account as it was called then; a red entry is negative on its own side."""

    voucher = models.ForeignKey(
        Voucher, models.PROTECT, related_name="entries", verbose_name="凭证"
    )
    line = models.PositiveSmallIntegerField("行号")
    book = models.CharField("账簿", max_length=10, choices=Book)
    side = models.CharField("方向", max_length=6, choices=Side)
    account_code = models.CharField("科目编码", max_length=12)
    account_name = models.CharField("科目名称", max_length=60)
    words = models.CharField("分录摘要", max_length=40, blank=True)
    amount = MoneyField("金额（元）", signed=True)

    class Meta:
        verbose_name = verbose_name_plural = "分录"
        ordering = ["voucher", "line"]
        indexes = [models.Index(fields=["book", "account_code"], name="entry_account")]
        constraints = [
            models.UniqueConstraint(
                fields=["voucher", "line"],
                name="entry_line_once",
                violation_error_message="同一凭证的行号不能重复。",
            ),
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="entry_not_zero",
                violation_error_message="分录金额不能为 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.account_code} {self.amount}"
