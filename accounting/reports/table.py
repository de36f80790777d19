"""A report as columns and rows: shown on a page, written as an Excel sheet, printed as a paper.

Every output comes from the one ``Report``, so page, sheet and paper cannot differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO

from documents.pdf import render
from registry.money import ZERO
from registry.sheet import Sheet
from registry.templatetags.pages import NOTHING, day, money

TEXT, CODE, MONEY, COUNT, DAY = "text", "code", "money", "count", "day"
NUMBERS = (MONEY, COUNT)


@dataclass(frozen=True)
class Column:
    """``code`` is its key in a row's values; ``summed`` columns stand in the totals."""

    code: str
    title: str
    kind: str = MONEY
    summed: bool = True

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    def show(self, value: object) -> str:
        if value is None:
            return "" if self.kind in (TEXT, CODE) else NOTHING
        if self.kind == MONEY:
            return money(value)
        if self.kind == DAY:
            return day(value)
        return f"{value:,}" if self.kind == COUNT else str(value)


@dataclass(frozen=True)
class Cell:
    """A value as it is shown, with the address of the rows behind it ("" for none)."""

    column: Column
    value: object
    url: str = ""
    late: bool = False

    @property
    def text(self) -> str:
        return self.column.show(self.value)


@dataclass
class Row:
    """Values by column code, addresses by column code, and the codes that are red."""

    values: dict[str, object]
    links: dict[str, str] = field(default_factory=dict)
    late: Sequence[str] = ()
    strong: bool = False
    """Stands out: an opening or closing balance, a subtotal."""


@dataclass
class Report:
    """What one report says.

    ``about``: pairs of words over the table (period, filters); ``lead``: a sentence before it;
    ``notes``: sentences below it. On paper follow ``asks`` (what the reader shall do), an empty
    box headed ``room`` to write in, the labels of ``signing``, and the issuer with ``dated``.
    """

    title: str
    columns: list[Column]
    rows: list[Row]
    unit: str = "单位：元"
    issuer: str = ""
    about: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    signing: list[str] = field(default_factory=lambda: ["制表：", "复核：", "负责人："])
    lead: str = ""
    asks: str = ""
    room: str = ""
    dated: dt.date | None = None
    total_links: dict[str, str] = field(default_factory=dict)
    has_totals: bool = True
    sealed: bool = False
    """Seals are pressed on it: the places to sign are larger."""

    @property
    def totals(self) -> dict[str, Decimal | int]:
        """Sums over all rows of the summed columns."""
        return {
            column.code: total(self.rows, column)
            for column in self.columns
            if column.is_number and column.summed
        }

    def cells(self, row: Row) -> list[Cell]:
        return [
            Cell(one, row.values.get(one.code), row.links.get(one.code, ""), one.code in row.late)
            for one in self.columns
        ]

    def total_cells(self) -> list[Cell]:
        """The foot of the table: 合计, then the sums."""
        sums = self.totals
        first = self.columns[0]
        return [
            Cell(Column(first.code, first.title, TEXT), "合计"),
            *(
                Cell(one, sums[one.code], self.total_links.get(one.code, ""))
                if one.code in sums
                else Cell(Column(one.code, one.title, TEXT), "")
                for one in self.columns[1:]
            ),
        ]

    def sheet(self) -> IO[bytes]:
        """The Excel file: header, all rows, totals; amounts are numbers."""
        sheet = Sheet(self.title)
        sheet.header(column.title for column in self.columns)
        for row in self.rows:
            sheet.row(row.values.get(column.code) for column in self.columns)
        if self.has_totals and self.rows:
            sums = self.totals
            sheet.row(
                sums.get(column.code, "合计" if n == 0 else "")
                for n, column in enumerate(self.columns)
            )
        return sheet.finish()

    def pdf(self, *, made_at: dt.datetime, made_by: str) -> bytes:
        """The paper: A4, upright while the columns fit."""
        context = {
            "report": self,
            "lines": [(row, self.cells(row)) for row in self.rows],
            "totals": self.total_cells() if self.has_totals and self.rows else [],
            "shape": "wide" if self._width <= UPRIGHT else "landscape",
            "dense": self._width > CROWDED,
            "widths": self._widths(),
            "made_at": made_at,
            "made_by": made_by,
        }
        return render("papers/report.html", context)

    @property
    def _width(self) -> int:
        return sum(WIDTHS[column.kind] for column in self.columns)

    def _widths(self) -> list[str]:
        """Percentages of the width, by what the columns hold."""
        return [f"{WIDTHS[column.kind] * 100 / self._width:.2f}%" for column in self.columns]


WIDTHS = {TEXT: 34, CODE: 26, MONEY: 23, COUNT: 12, DAY: 19}
"""Roughly millimetres."""
UPRIGHT, CROWDED = 185, 265


def total(rows: Iterable[Row], column: Column) -> Decimal | int:
    start = ZERO if column.kind == MONEY else 0
    return sum((row.values.get(column.code) or start for row in rows), start)
