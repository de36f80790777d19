"""Rebates in sums: outstanding by level and age."""

from __future__ import annotations

from collections import defaultdict

import django_filters
from django.db.models import Count, Sum
from django.http import FileResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from financing.enums import ClaimStatus
from financing.forms.claims import LEVELS
from financing.models import Rebate, RebateReceipt
from financing.views.claims import AGES, claim_tabs
from procurement.models import Project
from registry import clock
from registry.access import reach
from registry.models import Township
from registry.money import ZERO, cents
from registry.sheet import Sheet

SCHOOL = "instalment__agreement__project_school__school"
PROJECT = "instalment__agreement__project_school__project"
# (key, heading, the list behind it)
SUMS = [
    ("planned", "计划", "planned"),
    ("claimable", "待申领", "open"),
    ("claimed", "申领", "asked"),
    ("reviewed", "审核", "asked"),
    ("approved", "批复", "asked"),
    ("received", "到账", "asked"),
    ("outstanding", "待到账", "outstanding"),
]


class PlaceFilter(django_filters.FilterSet):
    project = django_filters.ModelChoiceFilter(
        label="项目",
        field_name=PROJECT,
        queryset=lambda request: Project.objects.visible_to(request.user),
    )
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name=f"{SCHOOL}__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )

    class Meta:
        model = Rebate
        fields = ["project", "township"]


@require_GET
def ageing(request):
    """Levels down; across: what is planned, asked, granted and arrived, and the age of the rest."""
    rows = Rebate.objects.visible_to(request.user)
    filters = PlaceFilter(request.GET, queryset=rows, request=request)
    rows = filters.qs if filters.is_valid() else rows.none()
    table = levels_of(rows)
    if request.GET.get("export") == "xlsx":
        return _sheet(table)
    chosen = {name: request.GET[name] for name in ("project", "township") if request.GET.get(name)}
    context = {
        "filters": filters,
        "heads": [head for _, head, _ in SUMS],
        "ages": [words for *_, words in AGES],
        "rows": [_row(level, words, found, chosen) for level, words, found in table],
        "whole": _row("", "合计", _whole(table), chosen),
        "actions": claim_tabs(request.user),
        "wide": reach(request.user).wide,
    }
    return render(request, "financing/claim_ageing.html", context)


def levels_of(rows) -> list[tuple[str, str, dict]]:
    """``(code, words, {sum or age code: (amount, lines)})`` of every level that plans to give."""
    found: dict[str, dict] = defaultdict(lambda: defaultdict(lambda: (ZERO, 0)))
    live = rows.filter(amount__gt=0).order_by()
    stages = ("claimed", "reviewed", "approved")
    sums = {name: Sum(f"claim__{name}_amount") for name in stages}
    by_level = live.values("funder").annotate(
        all=Sum("amount"), n=Count("pk"), asked=Count("claim"), **sums
    )
    for one in by_level:
        level = found[one["funder"]]
        level["planned"] = (cents(one["all"]), one["n"])
        for name in stages:
            level[name] = (cents(one[name] or 0), one["asked"])
    for one in live.claimable().values("funder").annotate(s=Sum("amount"), n=Count("pk")):
        found[one["funder"]]["claimable"] = (cents(one["s"]), one["n"])
    receipts = RebateReceipt.objects.filter(claim__rebate__in=live.values("pk")).order_by()
    for one in receipts.values("claim__rebate__funder").annotate(s=Sum("amount")):
        level = found[one["claim__rebate__funder"]]
        level["received"] = (cents(one["s"]), level["claimed"][1])
    _add_ages(found, live)
    return [(code, words, found[code]) for code, words in LEVELS if code in found]


def _add_ages(found: dict, live) -> None:
    today = clock.today()
    waiting = (
        live.filter(claim__isnull=False).exclude(claim__status=ClaimStatus.RECEIVED).with_money()
    )
    names = ("funder", "claim__claimed_on", "outstanding")
    for funder, claimed_on, outstanding in waiting.values_list(*names):
        days = (today - claimed_on).days
        age = next(code for code, _, most, _ in AGES if most is None or days <= most)
        for key in ("outstanding", f"age{age}"):
            amount, lines = found[funder][key]
            found[funder][key] = (amount + outstanding, lines + 1)


def _whole(table) -> dict:
    whole: dict = defaultdict(lambda: (ZERO, 0))
    for _, _, found in table:
        for key, (amount, lines) in found.items():
            whole[key] = (whole[key][0] + amount, whole[key][1] + lines)
    return whole


def _row(level: str, words: str, found: dict, chosen: dict) -> dict:
    """The cells of one level, each with the list that it counts."""
    base = chosen | ({"funder": level} if level else {})

    def cell(key: str, **asked) -> dict:
        amount, lines = found.get(key, (ZERO, 0))
        return {
            "amount": amount,
            "lines": lines,
            "url": f"{reverse('financing:claims')}?{urlencode(base | asked)}",
        }

    return {
        "words": words,
        "sums": [(head, cell(key, state=state)) for key, head, state in SUMS],
        "ages": [(words, cell(f"age{code}", age=code)) for code, _, _, words in AGES],
    }


def _sheet(table) -> FileResponse:
    """The table as a workbook: amounts of every level, and how many lines of each age."""
    sheet = Sheet("奖补账龄")
    ages = [(f"age{code}", words) for code, _, _, words in AGES]
    heads = [f"{head}（元）" for _, head, _ in SUMS]
    sheet.header(
        ["层级", *heads, *(f"{words}（元）" for _, words in ages), *(f"{w}（笔）" for _, w in ages)]
    )
    for words, found in [*((words, found) for _, words, found in table), ("合计", _whole(table))]:
        amounts = [found.get(key, (ZERO, 0))[0] for key in [k for k, _, _ in SUMS]]
        aged = [found.get(key, (ZERO, 0)) for key, _ in ages]
        sheet.row([words, *amounts, *(amount for amount, _ in aged), *(lines for _, lines in aged)])
    name = f"奖补账龄 {clock.today().isoformat()}.xlsx"
    return FileResponse(sheet.finish(), as_attachment=True, filename=name)
