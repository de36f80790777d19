"""The whole workbook, sheet by sheet."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from typing import IO

import xlsxwriter

from financing.quote_book.check import CheckSheet
from financing.quote_book.page import Formats, Page
from financing.quote_book.plan import PlanSheet
from financing.quote_book.shares import BookSchool, SchoolsSheet, SharesSheet
from financing.quote_book.terms import TermsSheet
from financing.variant import Variant

MAX_ROWS = 30_000
"""Instalments of all schools in all variants; more make a workbook that opens too slowly."""


def book(
    variants: list[Variant],
    labels: dict[str, str],
    schools: list[BookSchool] = (),
    lines: tuple[Decimal, Decimal] | None = None,
) -> IO[bytes]:
    """The workbook of ``variants`` (names are sheet names), at its start.

    ``labels`` names each funder's code in words; ``schools`` share every variant by their rooms,
    at least one each; then ``lines``, in percent of the public funds, the lower first.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    made = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
    formats = Formats(made)
    terms = TermsSheet(Page(made, formats, "条款"), variants)
    plans = [
        PlanSheet(Page(made, formats, variant.name), terms, n, variant)
        for n, variant in enumerate(variants)
    ]
    shares: list[SharesSheet] = []
    if schools and lines:
        places = SchoolsSheet(Page(made, formats, "学校"), list(schools), lines)
        shares = [
            SharesSheet(Page(made, formats, f"各校·{plan.variant.name}"), plan, places)
            for plan in plans
        ]
    terms.write(labels)
    for plan in plans:
        plan.write(labels)
    for part in shares:
        part.write(labels)
    if shares:
        places.write(shares)
    CheckSheet(Page(made, formats, "核对")).write(plans, shares)
    made.close()
    file.seek(0)
    return file
