"""One worksheet to write on: formats, addresses, and formulas that carry their result along."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

Value = str | int | float | Decimal | dt.date | bool

FORMATS = {
    "title": {"bold": True, "font_size": 14},
    "note": {"font_color": "#52636D", "text_wrap": True, "valign": "top"},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#F2F7F8", "valign": "top"},
    "text": {"num_format": "@"},
    "quoted": {"num_format": "@", "quote_prefix": True},
    "yuan": {"num_format": "#,##0.00"},
    "sum": {"num_format": "#,##0.00", "bold": True, "top": 1},
    "day": {"num_format": "yyyy-mm-dd"},
    "count": {"num_format": "0"},
    "percent": {"num_format": "0.00######"},
    "input_yuan": {"num_format": "#,##0.00", "font_color": "#0000FF", "bg_color": "#FFFBE6"},
    "input_day": {"num_format": "yyyy-mm-dd", "font_color": "#0000FF", "bg_color": "#FFFBE6"},
    "input": {"num_format": "0.######", "font_color": "#0000FF", "bg_color": "#FFFBE6"},
    "work": {"num_format": "0", "font_color": "#667780"},
    "work_long": {"num_format": "0.000000000000", "font_color": "#667780"},
    "work_head": {"text_wrap": True, "font_color": "#667780", "bg_color": "#F4F6F7", "bottom": 1},
    "work_note": {"font_color": "#667780"},
    "late": {"font_color": "#B3261E"},
}


class Formats:
    """The workbook's formats by name, made once."""

    def __init__(self, book: xlsxwriter.Workbook):
        self.made = {name: book.add_format(look) for name, look in FORMATS.items()}

    def __getitem__(self, name: str):
        return self.made[name]


_letters = lru_cache(maxsize=1024)(xl_col_to_name)


class Plain(Worksheet):
    """Takes formulas as they are written.

    The library looks into each for the names of functions that came after 2010, to prefix them;
    we use none, and that search takes most of the time of a large workbook.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


class Page:
    """A worksheet. Rows and columns count from 0; amounts are given in yuan or in whole fen."""

    def __init__(self, book: xlsxwriter.Workbook, formats: Formats, name: str):
        self.sheet: Worksheet = book.add_worksheet(name, worksheet_class=Plain)
        self.formats, self.name = formats, name

    def at(self, row: int, column: int, *, here: bool = False) -> str:
        """The absolute address of a cell; without the sheet's name for formulas on this sheet."""
        cell = f"${_letters(column)}${row + 1}"
        return cell if here else f"'{self.name}'!{cell}"

    def put(self, row: int, column: int, value: Value, look: str = "text") -> str:
        """Write a value, text always as text; gives its address."""
        style = self.formats[look]
        if isinstance(value, str):
            style = self.formats["quoted"] if look == "text" and value[:1] in "=+-@" else style
            self.sheet.write_string(row, column, value, style)
        elif isinstance(value, dt.date):
            self.sheet.write_datetime(row, column, value, style)
        else:
            self.sheet.write_number(row, column, value, style)
        return self.at(row, column)

    def work(self, row: int, column: int, formula: str, result: Value, look: str = "work") -> str:
        """Write a formula and what it gives, for programs that show without computing."""
        if isinstance(result, dt.date):
            result = (result - dt.date(1899, 12, 30)).days
        shown = result if isinstance(result, bool | str) else float(result)
        self.sheet.write_formula(row, column, f"={formula}", self.formats[look], shown)
        return self.at(row, column)

    def heads(self, row: int, column: int, words: list[str], look: str = "head") -> None:
        for n, word in enumerate(words):
            self.sheet.write_string(row, column + n, word, self.formats[look])


def rounded(numerator: str, denominator: str) -> str:
    """numerator ÷ denominator, both whole and not negative, a half upwards. Exact below 2⁵³."""
    return f"INT((2*{numerator}+{denominator})/(2*{denominator}))"


def part_of(amount: str, share: str, whole: str) -> str:
    """amount × share ÷ whole rounded half up, all whole numbers, without a product above 2⁵³.

    The multiples of ``whole`` in the amount are taken out first: they divide evenly.
    """
    rest = f"({amount}-INT({amount}/{whole})*{whole})"
    return f"INT({amount}/{whole})*{share}+" + rounded(f"{rest}*{share}", whole)
