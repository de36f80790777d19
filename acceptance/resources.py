"""Serial numbers by Excel: a template with every piece prefilled, and the same workbook marked back."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.exceptions import InvalidFileException

from acceptance.actions.install import Piece, faults, normalise
from acceptance.models import InstalledItem
from acceptance.rounds import live_lines
from procurement.models import ProjectSchool

HEADERS = ["学校", "班级", "教室", "标的序号", "设备", "合同品牌型号", "第几件", "序列号"]
HEADERS += ["实装品牌型号（与合同不同才填）", "问题"]
SCHOOL, CLASSROOM, NUMBER, POSITION, SERIAL, MODEL, PROBLEM = 0, 1, 3, 6, 7, 8, 9
LONGEST_NUMBER = 15  # digits that Excel keeps exactly
MOST_ROWS = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BAD = PatternFill("solid", fgColor="FBE3E1")
HEAD = PatternFill("solid", fgColor="F2F7F8")


@dataclass
class Reading:
    """What a workbook says: new pieces with the sheet row each came from, and faults by row."""

    pieces: list[Piece]
    rows: list[int]
    faults: dict[int, str]
    workbook: Workbook


def template(project_school: ProjectSchool) -> bytes:
    """The workbook to fill in: one row per piece, serials that are registered already filled in."""
    book = Workbook()
    sheet = book.active
    sheet.title = "序列号"
    sheet.append(HEADERS)
    for cell in sheet[1]:
        cell.font, cell.fill, cell.alignment = Font(bold=True), HEAD, Alignment(wrap_text=True)
    present = _present(project_school)
    for line, item, position in slots(project_school):
        piece = present.get((line.pk, item.pk, position))
        room = line.classroom
        sheet.append(
            [
                project_school.school.name,
                room.name,
                room.room,
                item.number,
                item.name,
                f"{item.brand} {item.model}",
                position,
                piece.serial if piece else None,
                piece.actual_model if piece else None,
            ]
        )
        for column in (SERIAL + 1, MODEL + 1):
            sheet.cell(sheet.max_row, column).number_format = "@"
    for column, width in zip("ABCDEFGHIJ", (22, 14, 14, 8, 18, 24, 8, 26, 26, 40), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    return _bytes(book)


def slots(project_school: ProjectSchool) -> list[tuple]:
    """Every place for a piece at the school: (room, contract item, position); two queries."""
    contract = project_school.project.current_contract()
    if contract is None:
        return []
    items = list(contract.items.all())
    return [
        (line, item, position)
        for line in live_lines(project_school).filter(contract_line__contract=contract)
        for item in items
        for position in range(1, item.per_set + 1)
    ]


def read(project_school: ProjectSchool, upload) -> Reading:
    """Read an uploaded workbook; nothing is written.

    Rows without a serial and rows that are registered just so are left alone. Raises
    ``ValidationError`` when the file is no such workbook.
    """
    book = _open(upload)
    sheet = book.active
    _check_headers(sheet)
    known = {
        (line.classroom.name, item.number, position): (line, item)
        for line, item, position in slots(project_school)
    }
    present = _present(project_school)
    reading = Reading([], [], {}, book)
    for number, row in enumerate(sheet.iter_rows(min_row=2, max_row=MOST_ROWS + 1), start=2):
        cells = [cell.value for cell in row] + [None] * len(HEADERS)
        if cells[SERIAL] in (None, ""):
            continue
        try:
            piece = _piece(project_school, cells, known)
        except ValueError as error:
            reading.faults[number] = str(error)
            continue
        there = present.get(piece.slot)
        if there is None:
            reading.pieces.append(piece)
            reading.rows.append(number)
        elif there.serial != normalise(piece.serial):
            reading.faults[number] = f"已登记为 {there.serial}；换件请在页面上办理“退换”。"
    for at, sentence in faults(project_school, reading.pieces).items():
        reading.faults[reading.rows[at]] = sentence
    return reading


def marked(reading: Reading) -> bytes:
    """The same workbook with the faulty cells marked and the reason beside them."""
    sheet = reading.workbook.active
    for row in sheet.iter_rows(min_row=2, min_col=PROBLEM + 1, max_col=PROBLEM + 1):
        row[0].value = None
    for number, sentence in reading.faults.items():
        cell = sheet.cell(number, SERIAL + 1)
        cell.fill, cell.comment = BAD, Comment(sentence, "班班通")
        problem = sheet.cell(number, PROBLEM + 1, sentence)
        problem.fill, problem.font = BAD, Font(color="B3261E")
    return _bytes(reading.workbook)


def _present(project_school: ProjectSchool) -> dict[tuple, InstalledItem]:
    rows = InstalledItem.objects.present().filter(plan_line__project_school=project_school)
    return {(row.plan_line_id, row.item_id, row.position): row for row in rows}


def _open(upload) -> Workbook:
    try:
        return load_workbook(upload)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ValidationError(
            f"“{upload.name}”不是可读的 Excel（xlsx）文件。请下载模板填写后再传，不要用 WPS 旧格式 xls。"
        ) from error


def _check_headers(sheet) -> None:
    titles = [str(cell.value or "").strip() for cell in sheet[1]]
    missing = [title for title in HEADERS[: SERIAL + 1] if title not in titles]
    if missing or titles[: SERIAL + 1] != HEADERS[: SERIAL + 1]:
        lacking = f"缺少“{'、'.join(missing)}”列" if missing else "列的顺序被改动"
        raise ValidationError(f"表头与模板不一致：{lacking}。请下载模板，把序列号填进去再传。")
    if sheet.max_row > MOST_ROWS + 1:
        raise ValidationError(f"表格超过 {MOST_ROWS} 行，请按学校分开上传。")


def _piece(project_school: ProjectSchool, cells: list, known: dict) -> Piece:
    """The piece a row speaks of; ValueError with a sentence for a row that cannot be understood."""
    if str(cells[SCHOOL] or "").strip() != project_school.school.name:
        raise ValueError(f"这一行不是{project_school.school.name}的。")
    name = str(cells[CLASSROOM] or "").strip()
    try:
        key = (name, int(cells[NUMBER]), int(cells[POSITION]))
    except (TypeError, ValueError):
        raise ValueError("“标的序号”“第几件”应为模板中的数字，请不要改动。") from None
    if key not in known:
        raise ValueError("本校合同清单中没有这个班的这件设备，请不要改动模板的班级和序号。")
    line, item = known[key]
    return Piece(line.pk, item.pk, key[2], _text(cells[SERIAL]), _text(cells[MODEL]))


def _text(value) -> str:
    """A cell as text; ValueError for a formula and for a number that Excel may have shortened."""
    if value is None:
        return ""
    if isinstance(value, str):
        if value.startswith("="):
            raise ValueError("单元格里是公式，请改填序列号本身。")
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        whole = int(value)
        if len(str(abs(whole))) > LONGEST_NUMBER or whole != value:
            raise ValueError("长序列号被 Excel 当作数字可能丢位，请把单元格设为“文本”后重填。")
        return str(whole)
    raise ValueError("序列号应为文字或数字。")


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
