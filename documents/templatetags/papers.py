"""Tags and filters of the printed papers; their input is frozen JSON, so amounts come as strings."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from registry.capital import capital as in_words

register = template.Library()


@register.filter
def money(value: str | None) -> str:
    """Print "21500.00" as 21,500.00; nothing as nothing. Raises for what is no number."""
    return "" if value in (None, "") else f"{Decimal(value):,.2f}"


@register.filter
def capital(value: str) -> str:
    """Print "21500.00" as 人民币贰万壹仟伍佰元整 (支付结算办法附一)."""
    words = in_words(Decimal(value))
    return words if words.startswith("人民币") else "人民币" + words


@register.filter
def cn_date(value: str | dt.date | dt.datetime | None) -> str:
    """Print an ISO date, date or moment as 2026年10月31日; nothing as room to write in."""
    if not value:
        return "　　年　　月　　日"
    if isinstance(value, str):
        value = dt.date.fromisoformat(value[:10])
    elif isinstance(value, dt.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value.year}年{value.month}月{value.day}日"


@register.filter
def moment(value: dt.datetime, precision: str = "minutes") -> str:
    """Print a moment in local time, 2026-10-31 14:05, with ``"seconds"`` to the second."""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return local.strftime("%Y-%m-%d %H:%M:%S" if precision == "seconds" else "%Y-%m-%d %H:%M")


@register.filter
def utc(value: dt.datetime) -> str:
    """Moment for the file's metadata: W3C format, UTC."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@register.filter
def check_code(data_hash: str) -> str:
    """First sixteen hex digits of the hash in groups of four, to compare by eye."""
    return " ".join(data_hash[start : start + 4] for start in range(0, 16, 4))


@register.filter
def verdict_class(value: str | None) -> str:
    """Class of a verdict's cell: what did not pass stands out in print too."""
    return "bad" if value and value.startswith(("不", "未", "需", "待")) else ""


@register.inclusion_tag("papers/_sign.html", takes_context=True)
def sign(
    context: Any, role: str, label: str = "", party: str = "", seal: str = "", opinion: str = ""
) -> dict:
    """Place for one signature in the capacity ``role``.

    ``seal`` names the seal due there; ``opinion`` is what signing in this capacity says, printed
    once signed.
    """
    signature = next((s for s in context["signatures"] if s["role"] == role), None)
    return {
        "label": label or role,
        "party": party,
        "seal": seal,
        "opinion": opinion,
        "signature": signature,
    }


@register.inclusion_tag("papers/_sign_many.html", takes_context=True)
def sign_many(context: Any, role: str, label: str = "", places: int = 3) -> dict:
    """Places for all signatures whose capacity begins with ``role`` (验收组成员1, 验收组成员2 …).

    Unsigned papers show ``places`` blank lines; signed ones as many as are still to come.
    """
    people = [s for s in context["signatures"] if s["role"].startswith(role)]
    return {
        "label": label or role,
        "people": people,
        "last": people[-1] if people else None,
        "places": range(max(0, places - len(people))),
    }


@register.filter
def or_one_blank(rows: list) -> list:
    """Give an empty row to fill in by hand where a list has none."""
    return rows or [{}]
