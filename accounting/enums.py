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


class Book(TextChoices):
    """The two parallel books of government accounting (平行记账)."""

    FINANCIAL = "financial", "财务会计"
    BUDGET = "budget", "预算会计"


class Side(TextChoices):
    """The side of an account on which an entry stands."""

    DEBIT = "debit", "借"
    CREDIT = "credit", "贷"


class EventKind(TextChoices):
    """What happened that the books must tell; each kind but two has entry rules of its own."""

    AGREEMENT = "agreement", "签订回购协议"
    REVISION = "revision", "调整回购计划"
    TERMINATION = "termination", "解除协议退还设备"
    PAYMENT = "payment", "支付回购款"
    REVERSAL = "reversal", "冲销付款"
    REFUND = "refund", "退回多付款"
    RETAKEN = "retaken", "重新抵充"
    WAIVER = "waiver", "减免逾期利息"
    REBATE = "rebate", "奖补到账"
    TITLE = "title", "产权转移"
    ALLOCATION = "allocation", "专项资金拨入"
    FUND_USE = "fund_use", "专项资金使用"
