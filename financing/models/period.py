"""Months whose books are closed."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models

from registry.dates import add_months
from registry.models import County


class PeriodClose(models.Model):
    """结账: nothing is booked into this month any more; there is no reopening."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="closed_periods", verbose_name="县（市、区）"
    )
    month = models.DateField("月份", help_text="当月 1 日")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="结账人"
    )
    closed_at = models.DateTimeField("结账时间")

    class Meta:
        verbose_name = verbose_name_plural = "结账"
        ordering = ["county", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "month"],
                name="period_closed_once",
                violation_error_message="这个月已经结账。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


def booking_day(county: County, day: dt.date) -> dt.date:
    """入账日期 of what happened on ``day``: that day, or the first day of the first open month.

    Months are closed in order, so everything up to the last closed one is closed.
    """
    last = PeriodClose.objects.filter(county=county).order_by("-month").first()
    if last is None:
        return day
    return max(day, add_months(last.month, 1))
