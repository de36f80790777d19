"""What was sent out and what was made public: due notices and the yearly disclosure."""

from __future__ import annotations

import hashlib
import json

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from documents.models import Paper
from financing.models import Instalment
from registry.access import reach
from registry.fields import MoneyField
from registry.models import County

USER = settings.AUTH_USER_MODEL


class DueNoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The school's, its township's and county's, and the supplier's own."""
        return self.filter(
            reach(user).rows(
                county="instalment__agreement__project_school__project__dossier__county",
                township="instalment__agreement__project_school__school__township",
                school="instalment__agreement__project_school__school",
                supplier="instalment__agreement__contract__supplier",
            )
        )


class DueNotice(models.Model):
    """到期提醒: the notice of one instalment went out before its day; once, whoever was first.

    ``issued_by`` is empty when the calendar did it.
    """

    instalment = models.OneToOneField(
        Instalment, models.PROTECT, related_name="due_notice", verbose_name="期次"
    )
    paper = models.ForeignKey(
        Paper, models.PROTECT, related_name="due_notices", verbose_name="付款通知书"
    )
    issued_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发出人"
    )
    issued_at = models.DateTimeField("发出时间")

    objects = DueNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "到期提醒"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.instalment}到期提醒"


class DisclosureQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Public once it is out, listed for those who work in the county."""
        return self.filter(
            reach(user).rows(
                county="county", township="county__townships", school="county__schools"
            )
        ).distinct()


class Disclosure(models.Model):
    """逾期未付款项公开: what was published about one year, word for word; a correction is a new row.

    保障中小企业款项支付条例 17: by 31 March, the number of contracts and the amount that were
    overdue and unpaid in the year before.
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="disclosures", verbose_name="县（市、区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    contracts = models.PositiveIntegerField("逾期未付合同（份）")
    amount = MoneyField("逾期未付金额（元）")
    data = models.JSONField("公开内容")
    data_hash = models.CharField("内容校验值", max_length=64)
    published_on = models.DateField("公开日期")
    place = models.CharField("公开途径", max_length=200, help_text="网站网址，或报刊名称、期号。")
    published_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间")

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "逾期未付款项公开"
        ordering = ["-year", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "year", "place", "data_hash"],
                name="disclosure_once",
                violation_error_message="同样的内容已经登记过在这里公开。",
            ),
            models.CheckConstraint(
                condition=~Q(place=""),
                name="disclosure_place",
                violation_error_message="请填写公开途径。",
            ),
            models.CheckConstraint(
                condition=Q(contracts=0, amount=0) | Q(contracts__gte=1, amount__gt=0),
                name="disclosure_adds_up",
                violation_error_message="有逾期未付合同才有逾期未付金额。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.county}{self.year} 年度逾期未付款项公开"

    def get_absolute_url(self) -> str:
        return reverse("accounting:disclosed", args=[self.pk])

    @staticmethod
    def hash_of(data: dict) -> str:
        """SHA-256 of the canonical JSON of ``data``."""
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
