"""Words of the financing floor."""

from django.db.models import TextChoices


class ClaimStatus(TextChoices):
    """奖补申领: each stage has its date, document number and amount."""

    CLAIMED = "claimed", "已申领"
    REVIEWED = "reviewed", "已审核"
    APPROVED = "approved", "已批复"
    RECEIVED = "received", "已到账"


class ClaimReturnKind(TextChoices):
    """Why a claim is no more."""

    WITHDRAWN = "withdrawn", "县级撤回"
    RETURNED = "returned", "上级退回"


class InstalmentState(TextChoices):
    """How far one instalment has come; derived from its postings and the day."""

    PAID = "paid", "已付清"
    OVERDUE = "overdue", "逾期"
    PARTLY = "partly", "部分付款"
    DUE = "due", "待付"


class PaymentKind(TextChoices):
    """What a row of the money history is."""

    PAYMENT = "payment", "付款"
    REVERSAL = "reversal", "冲销"
    REFUND = "refund", "退款"


class PostingKind(TextChoices):
    """What a part of a payment settles (抵充)."""

    LATE_INTEREST = "late_interest", "逾期利息"
    INTEREST = "interest", "利息"
    PRINCIPAL = "principal", "本金"
    CREDIT = "credit", "多付"


class RevisionKind(TextChoices):
    """Why the plan of instalments was drawn anew."""

    AMENDMENT = "amendment", "协议变更"
    RESCHEDULE = "reschedule", "调整还款计划"
    BUYOUT = "buyout", "提前回购"
    TERMINATION = "termination", "解除并退还设备"


class Purpose(TextChoices):
    """What an earmarked fund may be spent on (资金用途)."""

    BUYBACK = "buyback", "设备回购"
    PURCHASE = "purchase", "设备购置"
    MAINTENANCE = "maintenance", "维修维护"
    STATION = "station", "服务站运行"
    NETWORK = "network", "网络接入"
    TRAINING = "training", "教师培训"


class RedLine(TextChoices):
    """The rules of lease and buyback that an agreement may touch; law and dates in ``redlines``."""

    R1 = "R1", "学校或教育局负债并付息"
    R2 = "R2", "公用经费用于偿还债务"
    R3 = "R3", "以购买服务之名采购货物或融资"
    R4 = "R4", "服务或租赁期限超过三年"
    R5 = "R5", "中小企业货款付款期过长"
    R6 = "R6", "没有当年预算批复"
    R7 = "R7", "历史合同"
    R8 = "R8", "付款前检查未通过"
