"""Words of the financing floor."""

from django.db.models import TextChoices


class ClaimStatus(TextChoices):
    """奖补申领: claimed, approved, received; each with date, document number and amount."""

    CLAIMED = "claimed", "已申领"
    APPROVED = "approved", "已批复"
    RECEIVED = "received", "已到账"


class PaymentStage(TextChoices):
    """How far one instalment's payment has come."""

    APPLIED = "applied", "学校已申请"
    REVIEWED = "reviewed", "县财务已审核"
    PAID = "paid", "已付款"
