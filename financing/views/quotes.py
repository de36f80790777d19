"""试算: a calculation that stores nothing; what was asked stays in the address."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.shortcuts import render
from django.views.decorators.http import require_GET

from financing.burden import public_funds
from financing.forms.quote import VARIANTS, QuoteForm, VariantForm
from financing.sheet import Line, Year, drawing, years_of
from registry.money import ZERO

FIRST = {"years": 5, "annual_rate": Decimal("3.5")}


@require_GET
def quote(request):
    """Up to four variants side by side: totals, rate, each year's burden, and the chart."""
    asked = "principal" in request.GET
    data = request.GET if asked else None
    shared = QuoteForm(data, user=request.user)
    variants = [
        VariantForm(data, prefix=f"v{n}", initial=FIRST if n == 1 else None)
        for n in range(1, VARIANTS + 1)
    ]
    found = _found(shared, variants) if asked else []
    context = {"form": shared, "variants": variants, "found": found, "asked": asked}
    if found:
        context |= _compared(found, shared.cleaned_data.get("school"))
    return render(request, "financing/quote.html", context)


def _found(shared: QuoteForm, variants: list[VariantForm]) -> list[dict]:
    """The quotes of the variants that were filled in and make a schedule."""
    if not all([shared.is_valid(), *(variant.is_valid() for variant in variants)]):
        return []
    used = [(n, variant) for n, variant in enumerate(variants, 1) if variant.is_used]
    if not used:
        shared.add_error(None, "请至少在一个方案里填写年限。")
    found = []
    for n, variant in used:
        answer = variant.compute(shared)
        if answer is not None:
            found.append({"number": n, "name": variant.name, **_told(variant, answer)})
    return found


def _told(variant: VariantForm, answer: dict) -> dict:
    """The answer as the page shows it: amounts as Decimal, rows by year."""
    rows = [
        (
            dt.date.fromisoformat(row["due_on"]),
            Decimal(row["principal"]),
            Decimal(row["interest"]),
            sum(map(Decimal, row["rebates"].values()), ZERO),
        )
        for row in answer["instalments"]
    ]
    totals = answer["totals"]
    rate = answer["irr"]
    return {
        "instalments": [_typed(row) for row in answer["instalments"]],
        "payment": Decimal(totals["payment"]),
        "interest": Decimal(totals["interest"]),
        "rebates": sum(map(Decimal, totals["rebates"].values()), ZERO),
        "net": Decimal(totals["net"]),
        "irr": None if rate is None else Decimal(rate) * 100,
        "years": years_of(rows, variant.cleaned_data["payments_per_year"] or 1),
    }


def _typed(row: dict) -> dict:
    return {
        "no": row["no"],
        "due_on": row["due_on"],
        "net": Decimal(row["net"]),
        "rebate": sum(map(Decimal, row["rebates"].values()), ZERO),
        **{key: Decimal(row[key]) for key in ("payment", "principal", "interest", "balance")},
    }


def _compared(found: list[dict], school) -> dict:
    """Year by year beside one another, with the school's lines if one was chosen."""
    funds = public_funds(school) if school else None
    longest = max(len(one["years"]) for one in found)
    rows = []
    for n in range(longest):
        cells = [_cell(one, n, funds) for one in found]
        rows.append({"label": f"第 {n + 1} 年", "cells": cells})
    groups = [
        (
            row["label"],
            [
                [(f"v{one['number']}", cell["own"] or ZERO, f"{one['name']}自担")]
                for one, cell in zip(found, row["cells"], strict=True)
            ],
        )
        for row in rows
    ]
    lines = []
    if funds and funds.amount:
        lines = [
            Line("low", funds.low, f"公用经费 {funds.low_percent.normalize():f}%"),
            Line("high", funds.high, f"公用经费 {funds.high_percent.normalize():f}%"),
        ]
    return {"rows": rows, "chart": drawing(groups, lines), "funds": funds, "school": school}


def _cell(one: dict, n: int, funds) -> dict:
    year: Year | None = one["years"][n] if n < len(one["years"]) else None
    if year is None:
        return {"own": None, "share": None, "late": False}
    return {
        "own": year.own,
        "share": funds.share(year.own) if funds else None,
        "late": funds.exceeds(year.own) if funds else False,
    }
