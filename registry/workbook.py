"""Excel in: read one table of an uploaded workbook, quickly and without trusting it.

calamine reads values an order of magnitude faster than openpyxl but does not tell a formula from
its result, and it takes a file at its word about sizes. So every sheet's XML passes by first: how
much it really unpacks to, how far its cells reach, whether any of them is a formula.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import openpyxl
from django.core.exceptions import ValidationError
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from registry.models import Parameter

HEADER_WITHIN = 5
UNPACKED_MOST = 150 * 2**20
ROWS_MOST, COLUMNS_MOST = 199_999, 52
PIECE = 2**20
OVERLAP = 256

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
# A cell with content in row 200000 or further, or beyond column AZ. Cells that only carry a
# format (a whole column was coloured) close at once and do not count.
TOO_FAR = re.compile(
    rb"""\br\s*=\s*["'](?:[A-Z]{1,3}(?:\d{7,}|[2-9]\d{5})|(?:[B-Z][A-Z]|[A-Z]{3})\d+)["'][^>/]*>"""
)
_SPACE = re.compile(r"[\s*＊]+")


@dataclass
class Table:
    """Rows below the header, as calamine gives them (str, float, bool, date …, "" for nothing).

    Iterating gives the rows as lists in the order of ``headers``; ``first_row`` is the sheet's own
    number of the first of them, ``formulas`` the places (row, column; both from 1) of formulas.
    """

    name: str
    sheet: str
    headers: list[str]
    first_row: int
    rows: list[list]
    content: bytes = field(repr=False, default=b"")
    formulas: frozenset[tuple[int, int]] = frozenset()

    def __iter__(self) -> Iterator[list]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def read_table(*, name: str, content: bytes, sheet: str, columns: list[str]) -> Table:
    """The table whose header holds all of ``columns`` within the first five rows.

    Taken from the sheet called ``sheet``, else from the first visible one. Raises
    ``ValidationError`` with one sentence that says what to do.
    """
    table, has_formulas = _read(name, content, sheet)
    rows, title = table.rows, table.sheet
    at = _header_row(rows, columns, title)
    headers = [_head(value) for value in rows[at]]
    _once(headers, columns)
    table.headers, table.first_row, table.rows = headers, at + 2, rows[at + 1 :]
    while table.rows and not any(_given(value) for value in table.rows[-1]):
        table.rows.pop()
    if not table.rows:
        raise ValidationError(f"“{title}”工作表在表头下面没有内容。请填写后再上传。")
    if has_formulas:
        table.formulas = _formulas(table)
    return table


def read_rows(*, name: str, content: bytes, sheet: str = "") -> Table:
    """A whole sheet with nothing taken for a header: ``headers`` is empty, ``first_row`` is 1.

    For files that others lay out, a bank's for example. Raises ``ValidationError`` in one sentence.
    """
    table, has_formulas = _read(name, content, sheet)
    if has_formulas:
        table.formulas = _formulas(table)
    return table


def _read(name: str, content: bytes, sheet: str) -> tuple[Table, bool]:
    """All rows of the sheet ``sheet``, else of the first visible one; whether formulas are in it."""
    has_formulas = _examine(name, content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        title = _choose(book, sheet)
        rows = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
    except ValidationError:
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise _damaged(name) from error
    return Table(name, title, [], 1, rows, content), has_formulas


def text_of(value: object) -> str:
    """A cell in words: whole numbers without ".0", spaces at the ends gone."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def is_date(value: object) -> bool:
    """Whether Excel took what was typed (3-2) for a date or a time."""
    return isinstance(value, dt.date | dt.time | dt.timedelta)


def _given(value: object) -> bool:
    return value is not None and value != "" and not (isinstance(value, str) and not value.strip())


def _examine(name: str, content: bytes) -> bool:
    """Refuse what is not a sound .xlsx of reasonable size; True if any sheet holds a formula."""
    limit = int(Parameter.objects.value("file.max_megabytes"))
    if len(content) > limit * 2**20:
        raise too_large(name, len(content), limit)
    if not content:
        raise ValidationError(f"“{name}”是空文件。请重新导出或另存后再上传。")
    if content.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise ValidationError(f"“{name}”有打开密码。请在 Excel 中取消密码后再上传。")
        raise ValidationError(
            f"“{name}”是旧版 Excel 文件（.xls）。请在 Excel 中“另存为”.xlsx 工作簿后再上传。"
        )
    if not content.startswith(ZIP):
        raise ValidationError(
            f"“{name}”不是 Excel 工作簿。请下载模板填写，存为 .xlsx 后再上传（改文件后缀没有用）。"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _examine_parts(name, content, archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError) as error:
        raise _damaged(name) from error


def _examine_parts(name: str, content: bytes, archive: zipfile.ZipFile) -> bool:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise ValidationError(
            f"“{name}”不是 .xlsx 工作簿（可能是 Word、WPS 专用格式或压缩包）。请另存为 .xlsx 后再上传。"
        )
    if any(part.flag_bits & 1 for part in parts):
        raise ValidationError(f"“{name}”有打开密码。请取消密码后再上传。")
    left, has_formulas = UNPACKED_MOST, False
    for part in parts:
        is_sheet = part.filename.startswith("xl/worksheets/")
        tail = b""
        for piece in _unpacked(content, part):
            left -= len(piece)
            if left < 0:
                raise ValidationError(
                    f"“{name}”展开后超过 {UNPACKED_MOST // 2**20} MB。请删去图片和无关的工作表后再上传。"
                )
            if is_sheet:
                text = tail + piece
                has_formulas = has_formulas or FORMULA.search(text) is not None
                if TOO_FAR.search(text):
                    raise ValidationError(
                        f"“{name}”的内容超出了 {ROWS_MOST} 行或 {COLUMNS_MOST} 列。请删去表格以外的内容，或分几个文件上传。"
                    )
                tail = piece[-OVERLAP:]
    return has_formulas


def _unpacked(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What ``part`` really unpacks to, whatever size it claims."""
    names, extra = struct.unpack_from("<HH", content, part.header_offset + 26)
    start = part.header_offset + 30 + names + extra
    body = content[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield body
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError("unknown compression")
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    while body and not stream.eof:
        yield stream.decompress(body, PIECE)
        body = stream.unconsumed_tail


def _choose(book: CalamineWorkbook, wanted: str) -> str:
    if wanted in book.sheet_names:
        return wanted
    visible = [s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible]
    if not visible:
        raise ValidationError("工作簿里没有可见的工作表。请用模板填写。")
    return visible[0]


def _head(value: object) -> str:
    return _SPACE.sub("", text_of(value))


def _header_row(rows: list[list], columns: list[str], title: str) -> int:
    """The index of the row among the first five that holds every one of ``columns``."""
    if not any(_given(value) for row in rows for value in row):
        raise ValidationError(f"“{title}”工作表是空的。请下载模板填写后再上传。")
    found = [{_head(value) for value in row} & set(columns) for row in rows[:HEADER_WITHIN]]
    best = max(range(len(found)), key=lambda n: len(found[n]))
    missing = [column for column in columns if column not in found[best]]
    if len(missing) == len(columns):
        raise ValidationError(
            f"“{title}”工作表的前 {HEADER_WITHIN} 行没有表头。表头须有这些列：{'、'.join(columns)}。"
        )
    if missing:
        raise ValidationError(
            f"“{title}”工作表缺少列：{'、'.join(missing)}。请照模板补上列名后再上传。"
        )
    return best


def _once(headers: list[str], columns: list[str]) -> None:
    for column in columns:
        if headers.count(column) > 1:
            raise ValidationError(f"列“{column}”出现了两次。请删去或改名其中一列。")


def _formulas(table: Table) -> frozenset[tuple[int, int]]:
    book = openpyxl.load_workbook(io.BytesIO(table.content), read_only=True)
    try:
        page = book[table.sheet]
        page.reset_dimensions()
        return frozenset(
            (cell.row, cell.column)
            for row in page.iter_rows(min_row=table.first_row)
            for cell in row
            if getattr(cell, "data_type", "") == "f"
        )
    finally:
        book.close()


def too_large(name: str, size: int, limit: int) -> ValidationError:
    return ValidationError(
        f"“{name}”有 {size / 2**20:.1f} MB，超过 {limit} MB 上限。请删去图片和无关的工作表后再上传。"
    )


def _damaged(name: str) -> ValidationError:
    return ValidationError(
        f"“{name}”打不开，可能没有下载完整或已损坏。请在 Excel 中打开，另存为 .xlsx 后再上传。"
    )
