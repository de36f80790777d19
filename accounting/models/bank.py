"""The county's bank accounts and what the bank says about them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Abs, Coalesce
from django.urls import reverse

from accounting.enums import AccountKind
from accounting.models.matches import Match
from financing.models.instalment import nothing, yuan
from registry.access import reach
from registry.enums import Role
from registry.fields import MoneyField
from registry.models import County

USER = settings.AUTH_USER_MODEL
WORKING = (Role.COUNTY_FINANCE, Role.COUNTY_CASHIER)
READING = (*WORKING, Role.AUDITOR, Role.LEADING_GROUP)


def bank_counties(user, roles: tuple[Role, ...] = READING) -> set[int]:
    """Counties whose bank accounts ``user`` reads; with ``roles=WORKING``: works on.

    Narrower than ``reach``: an account number is not for everybody who works in the county.
    """
    return {post.county_id for post in reach(user).posts if post.role in roles} - {None}


class BankAccountQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(county__in=bank_counties(user))


class BankAccount(models.Model):
    """银行账户 of the county bureau. ``main``: payments and receipts that no statement line names
    yet belong to this one."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="bank_accounts", verbose_name="县（市、区）"
    )
    name = models.CharField("户名", max_length=80)
    bank = models.CharField("开户银行", max_length=80)
    number = models.CharField("账号", max_length=40)
    kind = models.CharField("账户性质", max_length=10, choices=AccountKind)
    main = models.BooleanField("回购款和奖补从这个账户收付", default=False)
    opening = MoneyField("首日之前的余额（元）", signed=True, null=True, blank=True)

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "银行账户"
        ordering = ["county", "-main", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "number"],
                name="bank_account_once",
                violation_error_message="这个账号已经登记过。",
            ),
            models.UniqueConstraint(
                fields=["county"],
                condition=Q(main=True),
                name="bank_account_one_main",
                violation_error_message="一个县只有一个收付回购款的账户，请先取消另一个账户的选择。",
            ),
            models.CheckConstraint(
                condition=~Q(number="") & ~Q(name=""),
                name="bank_account_given",
                violation_error_message="请填写户名和账号。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank}（尾号 {self.number[-4:]}）"

    def get_absolute_url(self) -> str:
        return reverse("accounting:bank_account", args=[self.pk])


class StatementLayout(models.Model):
    """How one bank lays out its files; asked once, known again by the words of the header."""

    county = models.ForeignKey(County, models.PROTECT, related_name="+", verbose_name="县")
    signature = models.CharField("表头特征", max_length=64)
    columns = models.JSONField("各列含义")
    order = models.CharField("日期写法", max_length=3, default="ymd")
    set_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="设置人")
    set_at = models.DateTimeField("设置时间")

    class Meta:
        verbose_name = verbose_name_plural = "对账单格式"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "signature"],
                name="statement_layout_once",
                violation_error_message="这种格式已经设置过。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.county} {self.signature[:8]}"


class OfAccountQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(account__county__in=bank_counties(user))


class StatementFile(models.Model):
    """One import that brought something new; the file itself is kept."""

    account = models.ForeignKey(
        BankAccount, models.PROTECT, related_name="files", verbose_name="账户"
    )
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("校验值", max_length=64)
    signature = models.CharField("表头特征", max_length=64)
    file = models.FileField("文件", upload_to="statements/%Y/%m", max_length=200)
    first_day = models.DateField("首日")
    last_day = models.DateField("末日")
    read = models.PositiveIntegerField("读到（笔）")
    added = models.PositiveIntegerField("新增（笔）")
    imported_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="导入人")
    imported_at = models.DateTimeField("导入时间")

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "对账单文件"
        ordering = ["-imported_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "sha256"],
                name="statement_file_once",
                violation_error_message="这份文件已经导入过。",
            ),
            models.CheckConstraint(
                condition=Q(added__gte=1, added__lte=F("read"), first_day__lte=F("last_day")),
                name="statement_file_counts",
                violation_error_message="导入的笔数不对。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.first_day} 至 {self.last_day}）"

    @property
    def known(self) -> int:
        """How many of the lines had come in before."""
        return self.read - self.added


class StatementLineQuerySet(OfAccountQuerySet):
    def with_matched(self):
        """Adds ``matched`` and ``remaining`` (both positive, whatever the line's sign)."""
        standing = Match.objects.standing().filter(line=OuterRef("pk")).order_by()
        found = standing.values("line").annotate(s=Sum("amount")).values("s")
        return self.annotate(matched=yuan(Coalesce(Subquery(found), nothing()))).annotate(
            remaining=yuan(Abs("amount") - F("matched"))
        )

    def unsettled(self):
        """With a part that nobody has said anything about."""
        return self.with_matched().filter(remaining__gt=0)

    def settled(self):
        return self.with_matched().filter(remaining__lte=0)

    def in_order(self):
        """As they happened: by day, and within a day as the bank listed them."""
        return self.order_by("day", "file", "position", "pk")


class StatementLine(models.Model):
    """一笔流水: what came is positive, what left negative. Never changed, never removed."""

    account = models.ForeignKey(
        BankAccount, models.PROTECT, related_name="lines", verbose_name="账户"
    )
    file = models.ForeignKey(
        StatementFile, models.PROTECT, related_name="lines", verbose_name="文件"
    )
    position = models.PositiveIntegerField("序号")
    key = models.CharField("识别码", max_length=64)
    day = models.DateField("日期", db_index=True)
    amount = MoneyField("金额（元）", signed=True)
    party = models.CharField("对方户名", max_length=120, blank=True)
    party_account = models.CharField("对方账号", max_length=40, blank=True)
    summary = models.CharField("摘要", max_length=200, blank=True)
    serial = models.CharField("流水号", max_length=60, blank=True)
    balance = MoneyField("余额（元）", signed=True, null=True, blank=True)

    objects = StatementLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "银行流水"
        ordering = ["account", "day", "file", "position"]
        indexes = [models.Index(fields=["account", "day"], name="statement_line_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "key"],
                name="statement_line_once",
                violation_error_message="这笔流水已经导入过。",
            ),
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="statement_line_not_zero",
                violation_error_message="流水金额不能为 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {'收' if self.amount > 0 else '支'} {abs(self.amount):,.2f} 元"

    @property
    def county_id(self) -> int:
        return self.account.county_id

    @property
    def size(self):
        """The amount without its sign."""
        return abs(self.amount)

    @property
    def what(self) -> str:
        """What it turned out to be, in words; prefetch ``matches``, asks for ``with_matched()``."""
        standing = [match.what for match in self.matches.all() if match.undone_at is None]
        if self.remaining > 0:
            standing.append("未核对" if not standing else "其余未核对")
        return "、".join(dict.fromkeys(standing))

    def get_absolute_url(self) -> str:
        return reverse("accounting:bank_line", args=[self.pk])
