"""Who accepted the risk of a red line that an agreement touches."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from financing.enums import RedLine

USER = settings.AUTH_USER_MODEL


class RiskAcceptance(models.Model):
    """风险承担: the leading group knows of the red line and answers for it; it stays visible."""

    agreement = models.ForeignKey(
        "financing.Agreement", models.PROTECT, related_name="risks", verbose_name="协议"
    )
    rule = models.CharField("红线", max_length=4, choices=RedLine)
    finding = models.CharField("触及情形", max_length=300)
    reason = models.CharField("承担理由", max_length=300)
    accepted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="承担人")
    accepted_on = models.DateField("承担日期")

    class Meta:
        verbose_name = verbose_name_plural = "风险承担"
        ordering = ["agreement", "rule"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "rule"],
                name="risk_once",
                violation_error_message="这条红线已经登记过承担人。",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="risk_reason",
                violation_error_message="请写明承担理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.get_rule_display()}"
