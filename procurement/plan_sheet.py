"""附表1 to download: an empty list with drop-downs, the county's schools, and how to fill it in."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from procurement.classes import MOST_CLASSES
from procurement.resources import SHEET
from procurement.rows import COLUMNS
from registry import clock
from registry.models import County, School

DIRECTORY, GUIDE = "学校名录", "填表说明"
ROWS = 2000
"""Rows that have drop-downs; more can be typed below."""
HEAD = PatternFill("solid", start_color="FFF2F7F8", end_color="FFF2F7F8")
WIDTHS = (16, 30, 18, 18, 8)

WORDS = [
    "一行写一个班，或一个年级和它的班数。",
    "学校标识码：10 位，从“学校名录”工作表复制。这一列已设为文本，不要改成数字。",
    "学校、乡镇：须与标识码一致；乡镇可在下拉框中选。",
    "班级：一个班写“三年级2班”，数量填 1；整个年级写“七年级”，数量填班数，系统会展开为七年级1班、七年级2班……",
    f"数量：1 到 {MOST_CLASSES} 的整数。",
    "列的顺序可以变，可以加列（加的列不读）；列名不要改。表头可以在前 5 行的任一行。",
    "不要用公式；“合计”行不读。",
    "同一个班只能出现一次，也不能已在别的未结项的项目里。",
    "有一行不对，整份都不导入；系统会把问题写回这份文件，改好后再传一次。",
]


def plan_template(county: County) -> bytes:
    """The workbook, for the schools that are open today."""
    book = Workbook()
    page, directory, guide = book.active, book.create_sheet(DIRECTORY), book.create_sheet(GUIDE)
    page.title = SHEET
    townships = _directory(directory, county)
    _head(page, COLUMNS, WIDTHS)
    for letter in "ABCD":
        page.column_dimensions[letter].number_format = "@"
    _choices(page, "C", f"'{DIRECTORY}'!$F$2:$F${townships + 1}", "乡镇", "请从下拉框中选乡镇。")
    _counts(page)
    _guide(guide)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(page: Worksheet, titles, widths) -> None:
    for column, (title, width) in enumerate(zip(titles, widths, strict=True), 1):
        cell = page.cell(1, column, title)
        cell.font, cell.fill = Font(bold=True), HEAD
        page.column_dimensions[cell.column_letter].width = width
    page.freeze_panes = "A2"


def _directory(page: Worksheet, county: County) -> int:
    """Write the open schools and the townships; returns how many townships there are."""
    _head(
        page,
        ("学校标识码", "学校", "乡镇", "办学类型", "", "乡镇（下拉用）"),
        (16, 30, 18, 18, 4, 18),
    )
    today = clock.today()
    schools = School.objects.filter(county=county).select_related("township")
    open_ones = [s for s in schools if s.closed_on is None or s.closed_on > today]
    for number, school in enumerate(open_ones, 2):
        texts = (school.code, school.name, school.township.name, school.get_kind_display())
        for column, text in enumerate(texts, 1):
            cell = page.cell(number, column, text)
            cell.data_type, cell.number_format = "s", "@"
    names = list(county.townships.values_list("name", flat=True))
    for number, name in enumerate(names, 2):
        page.cell(number, 6, name)
    return len(names)


def _choices(page: Worksheet, column: str, source: str, title: str, sentence: str) -> None:
    rule = DataValidation("list", formula1=source, allow_blank=True, showErrorMessage=True)
    rule.errorStyle, rule.errorTitle, rule.error = "warning", title, sentence
    page.add_data_validation(rule)
    rule.add(f"{column}2:{column}{ROWS + 1}")


def _counts(page: Worksheet) -> None:
    rule = DataValidation(
        "whole", operator="between", formula1="1", formula2=str(MOST_CLASSES), showErrorMessage=True
    )
    rule.errorTitle, rule.error = "数量", f"数量应是 1 到 {MOST_CLASSES} 的整数。"
    page.add_data_validation(rule)
    rule.add(f"E2:E{ROWS + 1}")


def _guide(page: Worksheet) -> None:
    page.column_dimensions["A"].width = 90
    page.cell(1, 1, "附表1 填表说明").font = Font(bold=True, size=14)
    for number, sentence in enumerate(WORDS, 1):
        cell = page.cell(number + 1, 1, f"{number}. {sentence}")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
