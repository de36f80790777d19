"""A table as an Excel sheet: rows are streamed, numbers stay numbers, text never becomes a formula."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from typing import IO

import xlsxwriter
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django_tables2 import Table
from django_tables2.rows import BoundRow

CHUNK = 1000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


class Sheet:
    """One worksheet, written row by row from the top into a temporary file."""

    def __init__(self, name: str):
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
        self.book = xlsxwriter.Workbook(self.file, OPTIONS)
        self.page = self.book.add_worksheet(name[:31])
        add = self.book.add_format
        self.head = add({"bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#F2F7F8"})
        self.amount = add({"num_format": "#,##0.00"})
        self.date = add({"num_format": "yyyy-mm-dd"})
        self.moment = add({"num_format": "yyyy-mm-dd hh:mm"})
        self.text = add({"num_format": "@"})
        # Marks the cell as typed text, so that editing it later does not wake a formula either.
        self.quoted = add({"num_format": "@", "quote_prefix": True})
        self.at = 0

    def header(self, titles: Iterable[str]) -> None:
        titles = list(titles)
        for column, title in enumerate(titles):
            self.page.set_column(column, column, max(12, 2 * len(title) + 4))
            self.page.write_string(0, column, title, self.head)
        self.page.freeze_panes(1, 0)
        self.at = 1

    def row(self, values: Iterable[object]) -> None:
        for column, value in enumerate(values):
            self._cell(column, value)
        self.at += 1

    def _cell(self, column: int, value: object) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self.page.write_string(self.at, column, "是" if value else "否")
        elif isinstance(value, Decimal):
            self.page.write_number(self.at, column, value, self.amount)
        elif isinstance(value, int):
            self.page.write_number(self.at, column, value)
        elif isinstance(value, dt.datetime):
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            self.page.write_datetime(self.at, column, local.replace(tzinfo=None), self.moment)
        elif isinstance(value, dt.date):
            self.page.write_datetime(self.at, column, value, self.date)
        else:
            words = strip_tags(value).strip() if isinstance(value, SafeString) else str(value)
            style = self.quoted if words.startswith(FORMULA_STARTS) else self.text
            self.page.write_string(self.at, column, words, style)

    def finish(self) -> IO[bytes]:
        """The finished file, at its start."""
        self.book.close()
        self.file.seek(0)
        return self.file


def sheet_of(table: Table, *, name: str, totals: dict[str, Decimal | int]) -> IO[bytes]:
    """The visible columns of ``table`` and all its rows, then the column totals if there are any."""
    columns = [c for c in table.columns if not c.column.exclude_from_export]
    sheet = Sheet(name)
    sheet.header(str(column.header) for column in columns)
    for record in _records(table.data.data):
        row = BoundRow(record, table)
        sheet.row(row.get_cell_value(column.name) for column in columns)
    if totals:
        sheet.row(
            totals.get(column.name, "合计" if number == 0 else "")
            for number, column in enumerate(columns)
        )
    return sheet.finish()


def _records(data: object) -> Iterable:
    return data.iterator(CHUNK) if isinstance(data, QuerySet) else data
