"""A spreadsheet program at work: workbooks computed anew by LibreOffice, without a window."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import openpyxl


def computed(folder: Path, **books: openpyxl.Workbook) -> dict[str, openpyxl.Workbook]:
    """The same workbooks with every formula's value, computed by LibreOffice in one call.

    openpyxl writes formulas without results, so a value that comes back was computed, not kept.
    ``folder`` is empty and ours alone; the program keeps its settings there too.
    """
    given, found = folder / "given", folder / "found"
    given.mkdir()
    for name, book in books.items():
        book.save(given / f"{name}.xlsx")
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(found),
            *map(str, sorted(given.iterdir())),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return {name: openpyxl.load_workbook(found / f"{name}.xlsx", data_only=True) for name in books}


def opened(file: bytes) -> openpyxl.Workbook:
    """A workbook with its formulas, to be changed and computed."""
    return openpyxl.load_workbook(BytesIO(file))
