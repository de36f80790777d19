"""Excel back: the uploaded workbook with its bad cells coloured and the reasons beside them."""

from __future__ import annotations

import io
from collections.abc import Mapping

import openpyxl
import xlsxwriter
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from registry.sheet import OPTIONS
from registry.workbook import ZIP, Table, text_of

REASONS = "问题"
COLOUR = "FFFFC7CE"
BAD = PatternFill("solid", start_color=COLOUR, end_color=COLOUR)
ROWS_IN_PLACE = 20_000
"""Up to here the workbook itself is marked; beyond, openpyxl would take half a gigabyte, and a
new workbook with the same rows is written instead."""

Problems = Mapping[int, Mapping[str, list[str]]]
"""Sheet row (from 1) to column title ("" for the whole row) to sentences."""


def marked(table: Table, problems: Problems) -> bytes:
    """The workbook of ``table`` with ``problems`` shown in it: colour on the cell, words at the end.

    Drop-downs, formats and other sheets stay as they were. Marks of an earlier round are cleared.
    A table that did not come from a workbook (CSV) gets one.
    """
    if len(table) > ROWS_IN_PLACE or not table.content.startswith(ZIP):
        return _rewritten(table, problems)
    book = openpyxl.load_workbook(io.BytesIO(table.content))
    page = book[table.sheet]
    places = {title: column for column, title in enumerate(table.headers, 1) if title}
    reasons = places.get(REASONS) or len(table.headers) + 1
    _clear(page, table, reasons)
    head = page.cell(table.first_row - 1, reasons, REASONS)
    head.font, head.fill = Font(bold=True), BAD
    page.column_dimensions[get_column_letter(reasons)].width = 60
    for row, found in problems.items():
        for title in found:
            if title in places:
                page.cell(row, places[title]).fill = BAD
        cell = page.cell(row, reasons, _words(found))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    book.active = book.index(page)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _clear(page, table: Table, reasons: int) -> None:
    for row in page.iter_rows(min_row=table.first_row):
        for cell in row:
            if cell.has_style and cell.fill.fill_type and cell.fill.start_color.rgb == COLOUR:
                cell.fill = PatternFill()
        page.cell(row[0].row, reasons).value = None


def _words(found: Mapping[str, list[str]]) -> str:
    return "\n".join(sentence for sentences in found.values() for sentence in sentences)


def _rewritten(table: Table, problems: Problems) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, OPTIONS)
    page = book.add_worksheet(table.sheet[:31])
    bad = book.add_format({"bg_color": f"#{COLOUR[2:]}", "num_format": "@"})
    text = book.add_format({"num_format": "@"})
    headers = [title for title in table.headers if title != REASONS]
    keep = [n for n, title in enumerate(table.headers) if title != REASONS]
    for column, title in enumerate([*headers, REASONS]):
        page.write_string(0, column, title)
    for at, row in enumerate(table.rows):
        found = problems.get(table.first_row + at, {})
        for column, source in enumerate(keep):
            style = bad if table.headers[source] in found else text
            page.write_string(at + 1, column, text_of(row[source]), style)
        if found:
            page.write_string(at + 1, len(headers), _words(found))
    book.close()
    return out.getvalue()
