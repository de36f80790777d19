"""Verbs of places: save a school with its search key, rename a township with the day."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction

from registry.models import FormerName, School, Township
from registry.pinyin import initials

ONE_DAY = dt.timedelta(days=1)


@transaction.atomic
def save_school(school: School) -> School:
    """Save a new or changed school; a renamed school keeps its code, its old name stays in the
    history.
    """
    school.initials = initials(school.name)
    school.full_clean()
    if school.pk:
        keep_first_state([school.pk])
    school.save()
    return school


def keep_first_state(schools: list[int]) -> None:
    """Put schools that came in without history (in bulk) into it as they are, before they change."""
    known = School.history.filter(id__in=schools).values("id")
    rows = list(School.objects.filter(pk__in=schools).exclude(pk__in=known))
    if rows:
        School.history.bulk_history_create(rows, batch_size=500)


@transaction.atomic
def rename_township(township: Township, *, name: str, since: dt.date) -> Township:
    """Give ``township`` the name that is in force from ``since``; the old one is kept with its days.

    Raises ``ValidationError`` when the day lies before the present name began.
    """
    township = Township.objects.select_for_update().get(pk=township.pk)
    name, last_day = name.strip(), since - ONE_DAY
    if name == township.name:
        raise ValidationError({"name": "新名称与现名相同。"})
    before = township.former_names.order_by("-valid_to").first()
    if before and last_day <= before.valid_to:
        raise ValidationError(
            {"since": f"现名自 {before.valid_to + ONE_DAY} 起使用，新名称的启用日应更晚。"}
        )
    old = FormerName(
        township=township,
        name=township.name,
        valid_from=before.valid_to + ONE_DAY if before else None,
        valid_to=last_day,
    )
    old.full_clean()
    old.save()
    township.name = name
    township.full_clean()
    township.save(update_fields=["name"])
    return township
