"""The entries of vouchers as accounting packages take them in: one line an entry, Excel or CSV."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from django.db.models import QuerySet

from accounting.enums import Side
from accounting.models import Entry
from registry.sheet import CHUNK, FORMULA_STARTS, Sheet

WORD = "记"
ATTACHMENTS = 1
"""Every voucher stands on one document: the event's own paper."""

TITLES = [
    "凭证日期",
    "凭证字",
    "凭证号",
    "摘要",
    "科目编码",
    "科目名称",
    "借方",
    "贷方",
    "辅助核算（学校）",
    "附单据数",
]


def rows_of(vouchers: QuerySet, books: Iterable[str]) -> Iterator[list]:
    """The entries of ``vouchers`` in ``books``, in order of month, number and line."""
    entries = (
        Entry.objects.filter(voucher__in=vouchers, book__in=books)
        .select_related("voucher__school")
        .order_by("voucher__month", "voucher__number", "line")
    )
    for entry in entries.iterator(CHUNK):
        voucher = entry.voucher
        school = f"{voucher.school.code} {voucher.school.name}" if voucher.school else ""
        amounts = (entry.amount, None) if entry.side == Side.DEBIT else (None, entry.amount)
        yield [
            voucher.day,
            WORD,
            f"{voucher.number:04d}",
            f"{voucher.summary}（{entry.words}）" if entry.words else voucher.summary,
            entry.account_code,
            entry.account_name,
            *amounts,
            school,
            ATTACHMENTS,
        ]


def xlsx(vouchers: QuerySet, books: Iterable[str]) -> IO[bytes]:
    sheet = Sheet("凭证分录")
    sheet.header(TITLES)
    for row in rows_of(vouchers, books):
        sheet.row(row)
    return sheet.finish()


def csv_file(vouchers: QuerySet, books: Iterable[str]) -> IO[bytes]:
    """UTF-8 with a byte order mark, so that Excel shows Chinese; text never becomes a formula."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(TITLES)
    for row in rows_of(vouchers, books):
        writer.writerow(["" if cell is None else _plain(cell) for cell in row])
    text.flush()
    text.detach()
    file.seek(0)
    return file


def _plain(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


FORMATS = {"xlsx": xlsx, "csv": csv_file}
