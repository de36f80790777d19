"""奖补申领汇总表 in Excel: out for the bureau, and back with its amounts filled in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import IO

import xlsxwriter
from django.core.exceptions import ValidationError
from xlsxwriter.utility import xl_col_to_name

from financing.actions.claims import Verdict
from financing.claim_lines import ClaimLine
from financing.enums import ClaimStatus
from financing.models import ClaimBatch
from registry.marking import Problems, marked
from registry.money import cents
from registry.sheet import FORMULA_STARTS, OPTIONS
from registry.workbook import Table, read_table, text_of

SHEET = "奖补申领汇总表"
CODE, NUMBER, CLAIMED, REVIEWED, APPROVED, REMARK = (
    "学校标识码",
    "期次",
    "申领金额",
    "审核金额",
    "批复金额",
    "说明",
)
# (title, width in characters)
COLUMNS = [
    ("序号", 5),
    (CODE, 12),
    ("学校", 26),
    ("乡镇", 12),
    ("班数", 5),
    (NUMBER, 5),
    ("应付日期", 11),
    ("付款日期", 11),
    ("付款金额", 13),
    ("基数", 13),
    ("比例（%）", 8),
    (CLAIMED, 13),
    (REVIEWED, 13),
    (APPROVED, 13),
    (REMARK, 24),
]
TITLES = [title for title, _ in COLUMNS]
SUMMED = ("付款金额", CLAIMED, REVIEWED, APPROVED)
BACK = "退回"
ASKED_FOR = {ClaimStatus.REVIEWED: REVIEWED, ClaimStatus.APPROVED: APPROVED}
"""The column that each stage fills in."""


def claim_sheet(batch: ClaimBatch, lines: list[ClaimLine]) -> IO[bytes]:
    """The workbook of ``batch``: A4 landscape, the heading on every page, sums as formulas."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    book = xlsxwriter.Workbook(file, OPTIONS | {"constant_memory": False})
    page = book.add_worksheet(SHEET)
    looks = _looks(book)
    last = len(COLUMNS) - 1
    for column, (_, width) in enumerate(COLUMNS):
        page.set_column(column, column, width)
    level = batch.get_funder_display()
    page.merge_range(0, 0, 0, last, f"{batch.project.name}{level}奖补申领汇总表", looks["title"])
    heading = f"申领县：{batch.county.name}　　层级：{level}　　项目编号：{batch.dossier.number}"
    page.merge_range(1, 0, 1, last, heading, looks["plain"])
    words = f"申领文号：{batch.document}　　申领日期：{batch.claimed_on}　　单位：元"
    page.merge_range(2, 0, 2, last, words, looks["plain"])
    for column, title in enumerate(TITLES):
        page.write_string(3, column, title, looks["head"])
    for at, line in enumerate(lines, start=4):
        _write(page, at, line, looks)
    _foot(page, 4 + len(lines), lines, looks)
    _print(page, len(lines), last)
    book.close()
    file.seek(0)
    return file


def _looks(book) -> dict:
    def look(**more):
        return book.add_format({"font_size": 10, "valign": "vcenter"} | more)

    boxed = {"border": 1}
    return {
        "title": look(bold=True, font_size=16, align="center"),
        "plain": look(),
        "head": look(bold=True, align="center", text_wrap=True, bg_color="#F2F7F8", **boxed),
        "text": look(num_format="@", text_wrap=True, **boxed),
        "quoted": look(num_format="@", text_wrap=True, quote_prefix=True, **boxed),
        "number": look(align="center", **boxed),
        "day": look(num_format="yyyy-mm-dd", align="center", **boxed),
        "amount": look(num_format="#,##0.00", **boxed),
        "asked": look(num_format="#,##0.00", bg_color="#FFF8E1", **boxed),
        "sum": look(bold=True, num_format="#,##0.00", **boxed),
    }


def _write(page, at: int, line: ClaimLine, looks: dict) -> None:
    claim = line.claim
    values = [
        (line.number, "number"),
        (line.code, "text"),
        (line.school, "text"),
        (line.township, "text"),
        (line.rooms, "number"),
        (line.instalment, "number"),
        (line.due_on, "day"),
        (line.paid_on, "day"),
        (line.payment, "amount"),
        (line.base, "amount"),
        (line.percent, "amount"),
        (line.amount, "amount"),
        (claim.reviewed_amount if claim else None, "asked"),
        (claim.approved_amount if claim else None, "asked"),
        (_remark(line), "text"),
    ]
    for column, (value, look) in enumerate(values):
        if value is None or value == "":
            page.write_blank(at, column, None, looks[look])
        elif look == "day":
            page.write_datetime(at, column, value, looks[look])
        elif look == "text":
            style = "quoted" if value.startswith(FORMULA_STARTS) else look
            page.write_string(at, column, value, looks[style])
        else:
            page.write_number(at, column, value, looks[look])


def _remark(line: ClaimLine) -> str:
    claim = line.claim
    return (claim.approval_remark or claim.review_remark) if claim else ""


def _foot(page, at: int, lines: list[ClaimLine], looks: dict) -> None:
    """The sums, as formulas that also carry their value, and who signs."""
    sums = {
        "付款金额": [line.payment for line in lines],
        CLAIMED: [line.amount for line in lines],
        REVIEWED: [line.claim and line.claim.reviewed_amount for line in lines],
        APPROVED: [line.claim and line.claim.approved_amount for line in lines],
    }
    for column, title in enumerate(TITLES):
        if title in SUMMED:
            name = xl_col_to_name(column)
            value = sum(amount for amount in sums[title] if amount)
            formula = f"=SUM({name}5:{name}{at})"
            page.write_formula(at, column, formula, looks["sum"], float(value))
        else:
            page.write_string(at, column, "合计" if column == 0 else "", looks["sum"])
    for column, word in ((0, "制表人："), (6, "审核人："), (11, "负责人：")):
        page.write_string(at + 2, column, word, looks["plain"])


def _print(page, rows: int, last: int) -> None:
    page.set_landscape()
    page.set_paper(9)  # A4
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.repeat_rows(3)
    page.print_area(0, 0, rows + 6, last)
    page.set_footer("&C第 &P 页，共 &N 页")
    page.freeze_panes(4, 3)


# --- and back ---------------------------------------------------------------------------------
@dataclass
class Decisions:
    """What the sheet says of every line; or what is wrong in it, and the sheet with its marks."""

    verdicts: dict[int, Verdict] = field(default_factory=dict)
    problems: Problems = field(default_factory=dict)
    workbook: bytes = b""


def read_decisions(
    *, name: str, content: bytes, lines: Iterable[ClaimLine], stage: ClaimStatus
) -> Decisions:
    """The verdicts on ``lines`` (all that wait for ``stage``) from the filled-in sheet.

    A line is found by school code and instalment; a remark that begins with 退回 sends it back.
    Raises ``ValidationError`` when the file is no such sheet or lines are missing in it.
    """
    asked = ASKED_FOR[stage]
    table = read_table(
        name=name, content=content, sheet=SHEET, columns=[CODE, NUMBER, CLAIMED, asked, REMARK]
    )
    waiting = {(line.code, line.instalment): line for line in lines}
    found, problems = {}, {}
    for at, row in enumerate(table, start=table.first_row):
        cells = dict(zip(table.headers, row, strict=False))
        if not text_of(cells[CODE]):
            continue  # the sums, who signs
        try:
            line = _line_of(cells, waiting, found)
            found[line.claim.pk] = _verdict(cells, line, asked)
        except Wrong as wrong:
            problems[at] = {wrong.column: [wrong.sentence]}
    if problems:
        return Decisions(problems=problems, workbook=marked(table, problems))
    _all_there(waiting, found, table)
    return Decisions(verdicts=found)


class Wrong(Exception):
    """A row that cannot be taken over: its column and a sentence."""

    def __init__(self, column: str, sentence: str):
        super().__init__(sentence)
        self.column, self.sentence = column, sentence


def _line_of(cells: dict, waiting: dict, found: dict) -> ClaimLine:
    code, number = text_of(cells[CODE]), text_of(cells[NUMBER])
    line = waiting.get((code, int(number))) if number.isdigit() else None
    if line is None:
        raise Wrong(CODE, f"这一批里没有等待办理的“{code}”第 {number or '？'} 期。")
    if line.claim.pk in found:
        raise Wrong(CODE, "同一学校同一期写了两行。")
    if _amount(cells[CLAIMED], CLAIMED) != line.amount:
        raise Wrong(CLAIMED, f"申领金额应是 {line.amount:,.2f} 元，不能改动。")
    return line


def _verdict(cells: dict, line: ClaimLine, column: str) -> Verdict:
    remark, most = text_of(cells[REMARK]), line.claim.expected
    if remark.startswith(BACK):
        reason = remark.removeprefix(BACK).lstrip("：:，, ")
        if not reason:
            raise Wrong(REMARK, "退回的请写明原因，如“退回：付款凭证不符”。")
        return Verdict(remark=reason, returned=True)
    if not text_of(cells[column]):
        raise Wrong(column, f"请填写{column}；不同意的填 0 并说明，退回的在说明里写“退回：原因”。")
    amount = _amount(cells[column], column)
    if not 0 <= amount <= most:
        raise Wrong(column, f"{column}须在 0 和 {most:,.2f} 元之间。")
    if amount < most and not remark:
        raise Wrong(REMARK, f"少于 {most:,.2f} 元，请写明原因。")
    if len(remark) > 200:
        raise Wrong(REMARK, "说明最多 200 个字。")
    return Verdict(amount, remark)


def _amount(value: object, column: str) -> Decimal:
    """Excel's binary fraction back in fen; what is no amount of whole fen is refused."""
    try:
        exact = Decimal(text_of(value).replace(",", "").replace("，", ""))
        amount = cents(exact)
    except (InvalidOperation, ValueError):
        raise Wrong(column, f"{column}要填数字。") from None
    if abs(exact - amount) > Decimal("0.000001"):
        raise Wrong(column, f"{column}最多两位小数。")
    return amount


def _all_there(waiting: dict, found: dict, table: Table) -> None:
    missing = [line for line in waiting.values() if line.claim.pk not in found]
    if missing:
        words = "、".join(f"{line.school}第 {line.instalment} 期" for line in missing[:5])
        more = f"等 {len(missing)} 笔" if len(missing) > 5 else ""
        raise ValidationError(
            f"“{table.name}”里缺少 {words}{more}。请在下载的汇总表上填写，不要删行。"
        )
