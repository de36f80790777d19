"""Tags and filters shared by every page: amounts, days, icons, and the few drawn components.

Load with ``{% load pages %}``. Query strings are replaced by Django's own ``{% querystring %}``.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from registry import clock

register = template.Library()

CENT = Decimal("0.01")
NOTHING = "—"
SOON_DAYS = 3
"""A due date this near is marked; a matter of looks, not a legal period."""


def _number(value: object) -> Decimal:
    """``value`` as a Decimal; floats and booleans are refused because they are never money."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"an amount must be Decimal or int, not {type(value).__name__}")
    return Decimal(value)


def _thousands(value: Decimal) -> str:
    """Plain notation with thousands; zero is never negative."""
    return f"{value if value else abs(value):,f}"


@register.filter
def money(value: object) -> str:
    """元 as ``1,234.56``. None shows a dash (not yet known); anything else that is no number raises.

    More than two decimals are shown as they are: rounding here would hide a wrong amount.
    """
    if value is None:
        return NOTHING
    number = _number(value)
    return _thousands(number.quantize(CENT) if number == number.quantize(CENT) else number)


@register.filter
def wan(value: object) -> str:
    """元 as 万元 with two decimals, ``220.50``; the unit stands in the heading."""
    if value is None:
        return NOTHING
    return _thousands((_number(value) / 10_000).quantize(CENT, ROUND_HALF_UP))


@register.filter
def percent(value: Decimal | int | None) -> str:
    """A rate or share as it was agreed, ``4.35%``: no idle zeros, nothing rounded away."""
    return NOTHING if value is None else f"{_number(value).normalize():f}%"


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """``2026-10-31``, in local time; a dash for None."""
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value.isoformat() if value else NOTHING


@register.filter
def moment(value: dt.datetime | None) -> str:
    """``2026-10-31 14:05``, in local time; a dash for None."""
    if not value:
        return NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return local.strftime("%Y-%m-%d %H:%M")


register.filter("dt", moment)


@register.filter
def ago(value: dt.datetime | dt.date | None) -> str:
    """How long ago: 刚刚, 5 分钟前, 今天 08:30, 昨天, 3 天前, and the date after a month."""
    if value is None:
        return NOTHING
    if not isinstance(value, dt.datetime):
        return _days_ago(value)
    local, now = timezone.localtime(value), timezone.localtime(clock.now())
    minutes = int((now - local).total_seconds() // 60)
    if 0 <= minutes < 60:
        return f"{minutes} 分钟前" if minutes else "刚刚"
    return f"今天 {local:%H:%M}" if local.date() == now.date() else _days_ago(local.date())


def _days_ago(value: dt.date) -> str:
    days = (clock.today() - value).days
    if not 0 <= days <= 30:
        return value.isoformat()
    return ("今天", "昨天", f"{days} 天前")[min(days, 2)]


@register.simple_tag
def due(due_on: dt.date | None) -> str:
    """A badge for a due date: 还剩 3 天, 今日到期, or (red) 逾期 2 天. Nothing for None."""
    if due_on is None:
        return ""
    left = (due_on - clock.today()).days
    words = f"逾期 {-left} 天" if left < 0 else f"还剩 {left} 天" if left else "今日到期"
    kind = "late" if left < 0 else "soon" if left <= SOON_DAYS else "calm"
    return format_html(
        '<span class="due due-{}" title="{} 到期">{}</span>',
        kind,
        due_on.isoformat(),
        words,
    )


@register.simple_tag
def icon(name: str, css: str = "") -> str:
    """An icon by its Tabler name, inlined; an icon that is not installed leaves no trace."""
    body = _icon(name)
    if not body:
        return ""
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
        ' aria-hidden="true" focusable="false">{}</svg>',
        css,
        body,
    )


@lru_cache(maxsize=1)
def _drawings() -> dict:
    """Icon name to its list of ``[tag, attributes]``, as the icon package publishes them."""
    found = finders.find("vendor/icons/outline.json")
    return json.loads(Path(found).read_text("utf-8")) if found else {}


@lru_cache(maxsize=256)
def _icon(name: str) -> SafeString:
    return format_html_join(
        "",
        "<{}{}/>",
        ((mark_safe(tag), flatatt(attributes)) for tag, attributes in _drawings().get(name, ())),
    )


@register.filter
def story_now(story: list, title: str = "") -> dict:
    """Where a story stands: ``{"number": 3, "total": 9, "item": …, "finished": False}``.

    The first step under way counts, else the first to come; a finished story stands at its end.
    On the page of a step, ``title`` names it: of several side by side that one is meant.
    """
    total = len(story)
    mine = any(item.state == "now" and item.title == title for item in story)
    for state in ("now", "todo"):
        for number, item in enumerate(story, 1):
            if item.state == state and (not mine or item.title == title):
                return {
                    "number": number,
                    "total": total,
                    "item": item,
                    "finished": False,
                }
    return {
        "number": total,
        "total": total,
        "item": story[-1] if story else None,
        "finished": True,
    }


@register.inclusion_tag("registry/components/progress.html")
def progress(planned: int, passed: int = 0, failed: int = 0, arrived: int = 0) -> dict:
    """One bar for the rooms of a plan: passed, failed, arrived but not passed, still to come.

    ``arrived`` counts everything that arrived, so it includes passed and failed.
    """
    waiting = max(arrived - passed - failed, 0)
    parts, start = [], Decimal(0)
    for kind, count in (("passed", passed), ("failed", failed), ("arrived", waiting)):
        width = (Decimal(100) * count / planned).quantize(CENT) if planned else Decimal(0)
        if count:
            parts.append({"kind": kind, "start": start, "width": width})
        start += width
    return {
        "parts": parts,
        "planned": planned,
        "arrived": arrived,
        "passed": passed,
        "failed": failed,
    }


@register.filter
def label_for(thing: object, name: str) -> str:
    """The label of field ``name`` of a form or of a model instance, as its author wrote it."""
    if hasattr(thing, "_meta") and not hasattr(thing, "fields"):
        return str(thing._meta.get_field(name).verbose_name)
    return str(thing[name].label)


@register.filter
def groups(form: object) -> list[dict]:
    """The visible fields of ``form`` under their headings, for ``form.html``.

    A form may declare ``groups = [("标题", ["field", …]), ("标题", [...], "说明")]``; fields in no
    group follow under an empty heading. Groups named in ``folded`` are closed until one of their
    fields is wrong.
    """
    left = {field.name: field for field in form.visible_fields()}
    folded = getattr(form, "folded", ())
    found = []
    for title, names, *rest in getattr(form, "groups", ()):
        fields = [left.pop(name) for name in names if name in left]
        if fields:
            group = {"title": title, "fields": fields, "help": rest[0] if rest else ""}
            wrong = any(field.errors for field in fields)
            found.append(group | {"folded": title in folded, "open": wrong})
    if left:
        found.append({"title": "", "fields": list(left.values()), "help": ""})
    return found


@register.filter
def mistakes(form: object) -> list[dict]:
    """Every error of a form or formset with the id of the field it belongs to."""
    forms = [*getattr(form, "forms", [form])]
    found = (
        [{"id": "", "label": "", "text": text} for text in form.non_form_errors()]
        if (hasattr(form, "non_form_errors"))
        else []
    )
    for number, one in enumerate(forms, 1):
        place = f"第 {number} 行 " if len(forms) > 1 else ""
        for name, texts in one.errors.items():
            field = one[name] if name in one.fields else None
            found += [
                {
                    "id": field.id_for_label or field.auto_id if field else "",
                    "label": place + (str(field.label) if field else ""),
                    "text": text,
                }
                for text in texts
            ]
    return found
