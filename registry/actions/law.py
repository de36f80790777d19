"""Verbs of the law: a new value from some day on, a local holiday."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from registry import clock
from registry.models import County, LocalHoliday, Parameter

ONE_DAY = dt.timedelta(days=1)


@transaction.atomic
def set_parameter(
    *,
    code: str,
    value: Decimal,
    valid_from: dt.date,
    basis: str,
    county: County | None = None,
) -> Parameter:
    """A new value of ``code`` from ``valid_from`` on; the one before ends the day before.

    ``county``: the value holds for that county only; its first one leaves the general row as it is.
    Raises ``ValidationError`` when a value that begins as late or later is on record: what was in
    force is never overwritten.
    """
    rows = Parameter.objects.select_for_update(of=("self",)).filter(code=code)
    model = rows.order_by("-valid_from").first()
    if model is None:
        raise ValidationError("没有这个参数。参数由系统随版本提供，只能改值，不能新增代码。")
    last = rows.filter(county=county).order_by("-valid_from").first()
    if last and last.valid_from >= valid_from:
        raise ValidationError(
            {"valid_from": f"已有自 {last.valid_from} 起的值。新值的生效日应更晚，历史值不能改写。"}
        )
    if last and (last.valid_to is None or last.valid_to >= valid_from):
        last.valid_to = valid_from - ONE_DAY
        last.full_clean()
        last.save()
    row = Parameter(
        code=code,
        name=model.name,
        unit=model.unit,
        county=county,
        value=value,
        valid_from=valid_from,
        basis=basis.strip(),
    )
    row.full_clean()
    row.save()
    return row


def add_holiday(
    *, day: dt.date, name: str, is_workday: bool = False, county: County | None = None
) -> LocalHoliday:
    """A day that differs from the national calendar; deadlines computed from now on know it."""
    row = LocalHoliday(day=day, name=name, is_workday=is_workday, county=county)
    row.full_clean()
    row.save()
    return row


def drop_holiday(row: LocalHoliday) -> None:
    """Take back an entry made by mistake. Raises ``ValidationError`` once the day has come."""
    if row.day <= clock.today():
        raise ValidationError("这一天已经到了，期限已按它推算，不能再删除。")
    row.delete()
