"""试算: a calculation that stores nothing; what was asked stays in the address."""

from __future__ import annotations

from django.http import FileResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from financing.burden import burdens_of, public_funds, rules_of
from financing.forms.asked import Asked
from financing.forms.quote import LEVELS, NUMBERS
from financing.lending_rates import comparable, lending_rates
from financing.quote_book import MAX_ROWS, BookSchool, book
from financing.schedules import Timing
from financing.sheet import Line, drawing
from financing.variant import Variant
from registry import clock
from registry.money import ZERO

CONVENTIONS = [(Timing.ARREARS, "期末口径"), (Timing.ADVANCE, "期初口径")]


@require_GET
def quote(request):
    """Up to four variants side by side: totals, rates, each year's burden, chart, workbook."""
    asked = Asked(request)
    if asked.found and request.GET.get("export") == "xlsx" and (file := _exported(asked)):
        return file
    context = {
        "form": asked.form,
        "variants": asked.variants,
        "project": asked.project,
        "projects": asked.projects,
        "asked": asked.data is not None,
        "address": (asked.data or request.GET).urlencode(),
    }
    if asked.found:
        context |= _compared(asked) | _rated(asked.found) | _schools(asked)
    return render(request, "financing/quote.html", context)


def _told(variant: Variant) -> dict:
    """A variant as the page shows it."""
    totals = variant.plan.totals
    return {
        "name": variant.name,
        "number": NUMBERS.index(variant.name[-1]) + 1,
        "payment": totals.payment,
        "interest": totals.interest,
        "rebates": sum(totals.rebates.values(), ZERO),
        "net": totals.net,
        "principal": totals.principal,
        "instalments": [
            {"row": row, "rebate": sum(row.rebates.values(), ZERO)}
            for row in variant.plan.instalments
        ],
    }


def _compared(asked: Asked) -> dict:
    """Totals, and year by year beside one another, with the school's lines if one was chosen."""
    school = asked.form.cleaned_data.get("school")
    funds = public_funds(school) if school else None
    found = asked.found
    told = [_told(variant) for variant in found]
    most = max(len(variant.years) for variant in found)
    rows = [
        {"label": f"第 {n + 1} 年", "cells": [_cell(variant, n, funds) for variant in found]}
        for n in range(most)
    ]
    groups = [
        (
            row["label"].replace(" ", ""),
            [_column(*pair) for pair in zip(told, row["cells"], strict=True)],
        )
        for row in rows
    ]
    chart = drawing(groups, _lines(funds))
    return {"found": told, "rows": rows, "chart": chart, "funds": funds, "school": school}


def _lines(funds) -> list[Line]:
    if not funds or not funds.amount:
        return []
    low, high = (f"{one.normalize():f}" for one in (funds.low_percent, funds.high_percent))
    return [
        Line("low", funds.low, f"公用经费 {low}%"),
        Line("high", funds.high, f"公用经费 {high}%"),
    ]


def _cell(variant: Variant, n: int, funds) -> dict:
    if n >= len(variant.years):
        return {"own": None, "rebates": ZERO, "share": None, "late": False}
    year = variant.years[n]
    return {
        "own": year.own,
        "rebates": year.rebates,
        "share": funds.share(year.own) if funds else None,
        "late": funds.exceeds(year.own) if funds else False,
    }


def _column(one: dict, cell: dict) -> list[tuple]:
    """A year's column of the chart: what is borne, and above it, lighter, what is given back."""
    number, name = one["number"], one["name"]
    return [
        (f"v{number}", cell["own"] or ZERO, f"{name}自担"),
        (f"v{number} part-rebated", cell["rebates"], f"{name}奖补"),
    ]


def _rated(found: list[Variant]) -> dict:
    """The internal rate of return by both conventions, beside what money cost on the first day."""
    rates = lending_rates(found[0].terms.starts_on)
    rows = []
    for timing, label in CONVENTIONS:
        cells = []
        for variant in found:
            irr = variant.rate(timing)
            held = comparable(rates, variant.terms.years) if irr is not None else []
            cells.append(
                {
                    "irr": None if irr is None else irr * 100,
                    "agreed": variant.terms.timing == timing,
                    "gaps": [(rate, rate.above(irr)) for rate in held],
                }
            )
        rows.append({"label": label, "cells": cells})
    return {"conventions": rows, "rates": rates, "future": found[0].terms.starts_on > clock.today()}


def _schools(asked: Asked) -> dict:
    """Of a project: how many of its schools each variant burdens beyond their public funds."""
    if not asked.reads_schools:
        return {}
    rules = rules_of(asked.project.county)
    counts = []
    for variant in asked.found:
        rows = burdens_of(variant, asked.places, rules)
        counts.append(
            {
                "name": variant.name,
                "of": NUMBERS.index(variant.name[-1]) + 1,
                "exceeding": sum(row.exceeds for row in rows),
                "nearing": sum(row.nears for row in rows),
            }
        )
    return {"counts": counts, "school_count": len(asked.places), "room_count": asked.rooms}


def _exported(asked: Asked) -> FileResponse | None:
    """The workbook with live formulas, a project's schools in it for those who read them all.

    None, and a sentence in the form, when it would be too large to open.
    """
    schools, lines = [], None
    if asked.reads_schools:
        rules = rules_of(asked.project.county)
        funds = [public_funds(place.school, rules) for place in asked.places]
        schools = [
            BookSchool(p.school.code, p.school.name, p.rooms, one.pupils, one.standard)
            for p, one in zip(asked.places, funds, strict=True)
        ]
        lines = (rules("funds.burden_low"), rules("funds.burden_high"))
    rows = sum(len(one.plan.due_on) for one in asked.found) * len(schools)
    if rows > MAX_ROWS:
        words = f"各校分期合计 {rows} 行，超过工作簿的上限 {MAX_ROWS} 行"
        asked.form.add_error(None, f"{words}，请减少方案或每年付款次数。")
        return None
    labels = {str(level): level.label for level in LEVELS}
    name = f"融资试算 {clock.today().isoformat()}.xlsx"
    file = book(asked.found, labels, schools, lines)
    return FileResponse(file, as_attachment=True, filename=name)
