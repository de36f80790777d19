"""A bank's file as rows of cells: Excel workbooks, and text in the encodings that banks use."""

from __future__ import annotations

import csv
import io

from django.core.exceptions import ValidationError

from registry.models import Parameter
from registry.workbook import OLE, ROWS_MOST, ZIP, Table, read_rows, too_large

ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",\t;|"


def rows_of(*, name: str, content: bytes) -> Table:
    """All rows of the file; ``headers`` is empty and ``first_row`` 1, the caller finds the header.

    Raises ``ValidationError`` with one sentence that says what to do.
    """
    if content.startswith((ZIP, OLE)):
        return read_rows(name=name, content=content)
    limit = int(Parameter.objects.value("file.max_megabytes"))
    if len(content) > limit * 2**20:
        raise too_large(name, len(content), limit)
    return Table(name, "对账单", [], 1, _lines(name, _text(name, content)), content)


def _text(name: str, content: bytes) -> str:
    if not content.strip():
        raise ValidationError(f"“{name}”是空文件。请从网上银行重新下载后再上传。")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ValidationError(
        f"“{name}”不是 Excel 工作簿，也不是文本。请从网上银行下载 Excel（.xlsx）或 CSV 格式的流水。"
    )


def _lines(name: str, text: str) -> list[list[str]]:
    start = text[:4000].lstrip().lower()
    if start.startswith(("<html", "<!doctype", "<table", "<?xml", "%pdf")):
        raise ValidationError(
            f"“{name}”实际是网页或 PDF，不是表格。请用 Excel 打开后另存为 .xlsx 再上传。"
        )
    head = text[:20_000]
    delimiter = max(DELIMITERS, key=head.count)
    try:
        rows = [
            [cell.strip() for cell in row]
            for row in csv.reader(io.StringIO(text), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise ValidationError(f"“{name}”不是完整的 CSV 文件，请重新下载后再上传。") from error
    if len(rows) > ROWS_MOST:
        raise ValidationError(f"“{name}”超过 {ROWS_MOST} 行，请按月下载后分几次上传。")
    return rows
