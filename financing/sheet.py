"""The buyback sheet: years as columns, and where their pieces stand in the drawing. Pure.

A drawing is SVG with attributes only, so it needs neither script nor inline style. Amounts are
yuan; coordinates are units of a ``WIDTH`` × ``HEIGHT`` view box.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from registry.money import ZERO

WIDTH, HEIGHT = 360, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 6, 12, 30
MOST_LABELS = 8
FAR = Decimal("2.5")
"""A line this many times above the tallest column would flatten the drawing: it is told in words."""


@dataclass(frozen=True)
class Year:
    """One year of an agreement: payment = principal + interest = rebates + own."""

    number: int
    label: str
    principal: Decimal
    interest: Decimal
    rebates: Decimal

    @property
    def payment(self) -> Decimal:
        return self.principal + self.interest

    @property
    def own(self) -> Decimal:
        return self.payment - self.rebates


def years_of(rows: Iterable[tuple], per_year: int) -> list[Year]:
    """Years from ``(due_on, principal, interest, rebates)`` of instalments in order."""
    rows, years = list(rows), []
    for start in range(0, len(rows), per_year):
        part = rows[start : start + per_year]
        first, last = part[0][0].year, part[-1][0].year
        label = str(first) if first == last else f"{first}–{last % 100:02d}"
        sums = [sum((row[n] for row in part), ZERO) for n in (1, 2, 3)]
        years.append(Year(len(years) + 1, label, *sums))
    return years


def calendar_years_of(rows: Iterable[tuple]) -> list[Year]:
    """The same by the year in which an instalment falls due, as budgets go; any number a year."""
    found: dict[int, list[Decimal]] = {}
    for due_on, *amounts in rows:
        sums = found.setdefault(due_on.year, [ZERO] * 3)
        found[due_on.year] = [a + b for a, b in zip(sums, amounts, strict=True)]
    return [Year(n, str(year), *found[year]) for n, year in enumerate(sorted(found), start=1)]


@dataclass(frozen=True)
class Line:
    """A level across all columns: its kind (a CSS class), its amount and what it means."""

    kind: str
    amount: Decimal
    label: str


def stacks_of(years: Iterable[Year]) -> list[tuple[str, list[list[tuple]]]]:
    """Two columns a year: what is due (principal, interest) and who bears it (own, rebates)."""
    return [
        (
            year.label,
            [
                [("principal", year.principal, "本金"), ("interest", year.interest, "利息")],
                [("own", year.own, "学校自担"), ("rebate", year.rebates, "各级奖补")],
            ],
        )
        for year in years
    ]


def drawing(groups: Sequence[tuple[str, list[list[tuple]]]], lines: Sequence[Line] = ()) -> dict:
    """Geometry for ``financing/chart.html``.

    ``groups``: (label, columns); a column is a list of (kind, amount, words) from the bottom up.
    Gives rectangles, level lines, ticks of the axis in 万元, labels, and the lines that lie too
    high to be drawn (``beyond``).
    """
    tallest = max((_sum(column) for _, columns in groups for column in columns), default=ZERO)
    near = [line for line in lines if line.amount <= tallest * FAR]
    top = max([tallest, *(line.amount for line in near)]) * Decimal("1.06") or Decimal(1)
    scale = (HEIGHT - TOP - BOTTOM) / top
    ground = Decimal(HEIGHT - BOTTOM)
    step = (Decimal(WIDTH) - LEFT - RIGHT) / max(len(groups), 1)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "ground": HEIGHT - BOTTOM,
        "label_y": HEIGHT - BOTTOM + 14,
        "rects": [
            rect
            for n, (label, columns) in enumerate(groups)
            for rect in _group(label, columns, LEFT + step * n, step, ground, scale)
        ],
        "labels": _labels([label for label, _ in groups], step),
        "ticks": [{"y": _at(ground - tick * scale), "text": _wan(tick)} for tick in _ticks(top)],
        "lines": [
            {"y": _at(ground - line.amount * scale), "kind": line.kind, "label": line.label}
            for line in near
        ],
        "beyond": [line for line in lines if line not in near],
    }


def _labels(words: list[str], step: Decimal) -> list[dict]:
    """Under the middle of their columns; of many only every second, third …"""
    every = -(-len(words) // MOST_LABELS)
    return [
        {"x": _at(LEFT + step * n + step / 2), "text": word}
        for n, word in enumerate(words)
        if n % every == 0
    ]


def _group(label: str, columns: list, x: Decimal, step: Decimal, ground: Decimal, scale) -> list:
    width = step * Decimal("0.78") / max(len(columns), 1)
    start = x + step * Decimal("0.11")
    rects = []
    for n, column in enumerate(columns):
        y = ground
        for kind, amount, words in column:
            height = max(amount, ZERO) * scale
            y -= height
            rects.append(
                {
                    "x": _at(start + width * n),
                    "y": _at(y),
                    "width": _at(width * Decimal("0.92")),
                    "height": _at(height),
                    "kind": kind,
                    "title": f"{label} {words} {amount:,.2f} 元",
                }
            )
    return rects


def _ticks(top: Decimal) -> list[Decimal]:
    """At most five round amounts from zero up."""
    unit = Decimal(1).scaleb(top.adjusted())
    for step in (unit / 5, unit / 2, unit, unit * 2, unit * 5):
        if top / step <= 5:
            return [step * n for n in range(int(top / step) + 1)]
    return [ZERO]


def _sum(column: list[tuple]) -> Decimal:
    return sum((amount for _, amount, _ in column), ZERO)


def _at(value: Decimal) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"))


def _wan(amount: Decimal) -> str:
    return f"{(amount / 10000).normalize():f}" if amount else "0"
