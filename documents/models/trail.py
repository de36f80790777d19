"""The audit trail: who did what, when, to which thing; it only grows and each row seals the last."""

from __future__ import annotations

import hashlib
import json

from django.conf import settings
from django.db import models

from documents.models.dossier import Filed


class TrailEvent(Filed):
    """One act. ``thread`` is the thing acted on (``procurement.project:12``); numbers run from 1
    within a thread and ``digest`` chains each row to the one before, so a changed, removed or
    inserted row shows. Database triggers refuse UPDATE and DELETE.
    """

    thread = models.CharField("对象", max_length=80)
    number = models.PositiveIntegerField("序号")
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="办理人"
    )
    actor_label = models.CharField("办理人及岗位", max_length=200)
    verb = models.CharField("动作", max_length=60)
    sentence = models.CharField("内容", max_length=300)
    data = models.JSONField("数据", default=dict, blank=True)
    digest = models.CharField("校验值", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "办理痕迹"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "number"],
                name="trail_no_fork",
                violation_error_message="两人同时办理了同一事项，请刷新后再试。",
            ),
        ]

    def __str__(self) -> str:
        return self.sentence

    def digest_after(self, previous: str) -> str:
        """SHA-256 over the previous digest and this row's content in canonical JSON."""
        content = {
            "dossier": self.dossier_id,
            "school": self.school_id,
            "supplier": self.supplier_id,
            "thread": self.thread,
            "number": self.number,
            "at": self.at.isoformat(),
            "actor": self.actor_id,
            "actor_label": self.actor_label,
            "verb": self.verb,
            "sentence": self.sentence,
            "data": self.data,
        }
        text = previous + json.dumps(
            content, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(text.encode()).hexdigest()
