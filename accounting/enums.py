"""Words of the accounting floor."""

from django.db.models import TextChoices


class AccountKind(TextChoices):
    """What a public body's bank account is for."""

    BASIC = "basic", "基本户"
    ZERO = "zero", "零余额账户"
    SPECIAL = "special", "专户"


class MatchKind(TextChoices):
    """What a line of the statement turned out to be."""

    PAYMENT = "payment", "回购付款"
    RECEIPT = "receipt", "奖补到账"
    EXPLAINED = "explained", "其他事项"


class Reason(TextChoices):
    """Why a line has no record of its own here."""

    FEE = "fee", "手续费"
    INTEREST = "interest", "利息"
    TRANSFER = "transfer", "账户间划转"
    ALLOCATION = "allocation", "财政拨款或清算"
    FUND = "fund", "专项资金收支"
    BOUNCED = "bounced", "退汇"
    UNRELATED = "unrelated", "与本项目无关"
    OTHER = "other", "其他"
