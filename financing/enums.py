"""Words of the financing floor."""

from django.db.models import TextChoices


class ClaimStatus(TextChoices):
    """奖补申领: claimed, approved, received; each with date, document number and amount."""

    CLAIMED = "claimed", "已申领"
    APPROVED = "approved", "已批复"
    RECEIVED = "received", "已到账"


class InstalmentState(TextChoices):
    """How far one instalment has come; derived from its payments and the day."""

    PAID = "paid", "已付清"
    OVERDUE = "overdue", "逾期"
    PARTLY = "partly", "部分付款"
    DUE = "due", "待付"
