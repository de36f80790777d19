"""Workbooks as people send them, made for tests of imports."""

import io

from openpyxl import Workbook, load_workbook

HEADERS = ("学校标识码", "学校", "乡镇", "班级", "数量")


def xlsx(rows, *, headers=HEADERS, above=(), sheet="附表1") -> bytes:
    """A workbook with ``above`` lines, the ``headers`` and ``rows``; "=…" becomes a formula."""
    book = Workbook()
    page = book.active
    page.title = sheet
    for row in (*above, headers, *rows):
        page.append(list(row))
    return saved(book)


def saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def opened(content: bytes):
    return load_workbook(io.BytesIO(content))


def line(school, classroom="一年级1班", count=1, **other) -> list:
    """A good row for ``school``; ``code``, ``name`` or ``township`` say otherwise."""
    return [
        other.get("code", school.code),
        other.get("name", school.name),
        other.get("township", school.township.name),
        classroom,
        count,
    ]
