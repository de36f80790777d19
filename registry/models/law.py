"""Dated parameters (every legal number) and local holidays."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from registry import clock
from registry.models.places import County
from registry.prepared import Prepared


class MissingParameter(LookupError):
    """No value of a parameter is in force on the day asked for."""


class ParameterQuerySet(models.QuerySet):
    def in_force(self, day: dt.date):
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def value(
        self, code: str, *, on: dt.date | None = None, county: County | None = None
    ) -> Decimal:
        """The number in force on ``on`` (today if not given), the county's own before the general one.

        Raises ``MissingParameter`` with a sentence that says which row an administrator must enter.
        """
        day = on or clock.today()
        row = (
            _county_value.first(code=code, day=day, county=county.pk)
            if county
            else _general_value.first(code=code, day=day)
        )
        if row is None:
            raise MissingParameter(
                f"参数“{code}”在 {day} 没有生效的数值，请系统管理员在“设置—法定参数”中补录。"
            )
        return row[0]

    def days(self, code: str, *, on: dt.date | None = None, county: County | None = None) -> int:
        """The same as a whole number of days."""
        return int(self.value(code, on=on, county=county))


class Parameter(models.Model):
    """A number that law or local policy sets: 值, 生效日, 失效日, 依据. Never a literal in code."""

    code = models.CharField("代码", max_length=60)
    name = models.CharField("名称", max_length=80)
    county = models.ForeignKey(
        County,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="适用县",
        help_text="不填为通用。",
    )
    value = models.DecimalField("值", max_digits=16, decimal_places=6)
    unit = models.CharField("单位", max_length=16, blank=True)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)
    basis = models.CharField("依据", max_length=200)

    history = HistoricalRecords(verbose_name="参数变更记录")
    objects = ParameterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "法定参数"
        ordering = ["code", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "county", "valid_from"],
                name="parameter_once",
                violation_error_message="同一参数同一天只能有一个值生效。",
            ),
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                condition=Q(county=None),
                name="parameter_once_general",
                violation_error_message="同一参数同一天只能有一个值生效。",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="parameter_dates",
                violation_error_message="失效日不能早于生效日。",
            ),
            models.CheckConstraint(
                condition=~Q(basis=""),
                name="parameter_basis",
                violation_error_message="每个法定参数都要写明依据。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value.normalize():f}{self.unit}"


def _value_of(code: str, day: dt.date, county: int | None = None):
    rows = Parameter.objects.in_force(day).filter(Q(county=None) | Q(county=county), code=code)
    return rows.order_by(F("county").desc(nulls_last=True), "-valid_from").values_list("value")[:1]


_general_value = Prepared(_value_of, code=str, day=dt.date)
_county_value = Prepared(_value_of, code=str, day=dt.date, county=int)


class LocalHolidayQuerySet(models.QuerySet):
    def overrides(self, county: County | None = None) -> dict[dt.date, bool]:
        """``{day: is it a workday}`` for ``registry.workdays``."""
        return dict(_county_days.rows(county=county.pk) if county else _general_days.rows())


class LocalHoliday(models.Model):
    """A day that differs from the national calendar: a local holiday or a make-up workday."""

    county = models.ForeignKey(
        County,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="适用县",
        help_text="不填为全国通用。",
    )
    day = models.DateField("日期")
    is_workday = models.BooleanField("上班", default=False)
    name = models.CharField("名称", max_length=40)

    objects = LocalHolidayQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "地方节假日"
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "day"],
                name="local_holiday_once",
                violation_error_message="这一天已经登记。",
            ),
            models.UniqueConstraint(
                fields=["day"],
                condition=Q(county=None),
                name="local_holiday_once_general",
                violation_error_message="这一天已经登记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


def _days_of(county: int | None = None):
    """The county's own days last, so that they win in a dict."""
    rows = LocalHoliday.objects.filter(Q(county=None) | Q(county=county))
    return rows.order_by(F("county").asc(nulls_first=True)).values_list("day", "is_workday")


_general_days = Prepared(_days_of)
_county_days = Prepared(_days_of, county=int)
