"""The equipment modes (建设模式) and what one set consists of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from registry.fields import MoneyField


class EquipmentMode(models.Model):
    """One of the 班班通 modes, e.g. mode 2 = projector + interactive whiteboard + computer."""

    code = models.PositiveSmallIntegerField("模式", unique=True)
    name = models.CharField("名称", max_length=60)
    description = models.CharField("特点", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "建设模式"
        ordering = ["code"]

    def __str__(self) -> str:
        return (
            f"模式{'〇一二三四五六七八九'[self.code] if self.code < 10 else self.code}：{self.name}"
        )


class ModeItem(models.Model):
    """One line of a mode's configuration, with its GB/T 14885-2022 code."""

    mode = models.ForeignKey(
        EquipmentMode, models.CASCADE, related_name="items", verbose_name="模式"
    )
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("设备名称", max_length=40)
    catalogue_code = models.CharField("分类代码", max_length=12)
    specification = models.CharField("基本要求", max_length=200, blank=True)
    unit = models.CharField("单位", max_length=8, default="台")
    per_set = models.PositiveSmallIntegerField("每套数量", default=1)
    reference_price = MoneyField("参考单价（元）", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "模式配置"
        ordering = ["mode", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["mode", "number"],
                name="mode_item_once",
                violation_error_message="同一模式的序号不能重复。",
            ),
            models.CheckConstraint(
                condition=Q(per_set__gte=1),
                name="mode_item_per_set",
                violation_error_message="每套数量至少为 1。",
            ),
        ]

    def __str__(self) -> str:
        return self.name
