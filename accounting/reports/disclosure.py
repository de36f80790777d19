"""逾期未付款项年度公开 (保障中小企业款项支付条例 17): contracts overdue and unpaid at the year's end.

Counted are suppliers that the regulation protects, and what had fallen due and was unpaid on
31 December; what was paid afterwards does not make the year's figure smaller.
"""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import Decimal

from django.db.models import Count, F, Min, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounting.models import Disclosure
from accounting.reports.plan import COUNTY, DEBT, SUPPLIER, summed
from accounting.reports.table import CODE, COUNT, DAY, TEXT, Column, Report, Row
from accounting.reports.workdays import Calendars
from financing.models import Agreement, Instalment, Posting
from financing.models.instalment import nothing, yuan
from registry.enums import SupplierSize
from registry.models import County, Parameter
from registry.models.law import MissingParameter

PROTECTED = [size for size in SupplierSize if size.protected]
COLUMNS = [
    Column("contract", "采购合同编号", CODE),
    Column("supplier", "供应商", TEXT),
    Column("size", "企业规模", CODE),
    Column("agreements", "逾期协议（份）", COUNT),
    Column("instalments", "逾期（期）", COUNT),
    Column("first", "最早应付日", DAY),
    Column("amount", "逾期未付金额"),
]


def year_end(year: int) -> dt.date:
    return dt.date(year, 12, 31)


def unpaid_at(rows: QuerySet, day: dt.date) -> QuerySet:
    """Of ``rows`` those that were overdue on the evening of ``day``, with ``unpaid`` as it was."""
    paid = Posting.objects.filter(
        instalment=OuterRef("pk"), kind__in=DEBT, payment__paid_on__lte=day
    ).order_by()
    paid = paid.values("instalment").annotate(s=Sum("amount")).values("s")
    return (
        rows.filter(Calendars().late(day, 1, county=COUNTY))
        .annotate(unpaid=yuan(F("payment") - Coalesce(Subquery(paid), nothing())))
        .filter(unpaid__gt=0)
    )


def contracts(rows: QuerySet, year: int) -> list[dict]:
    """One dict per contract, by number: what ``COLUMNS`` show."""
    late = unpaid_at(rows.filter(**{f"{SUPPLIER}__size__in": PROTECTED}), year_end(year))
    found = (
        late.order_by()
        .values(
            contract=F("agreement__contract__number"),
            supplier=F(f"{SUPPLIER}__name"),
            size=F(f"{SUPPLIER}__size"),
        )
        .annotate(
            agreements=Count("agreement", distinct=True),
            instalments=Count("pk"),
            first=Min("due_on"),
            amount=summed("unpaid"),
        )
        .order_by("contract")
    )
    return [one | {"size": SupplierSize(one["size"]).label} for one in found]


def report(found: list[dict], *, county: County, year: int, dated: dt.date) -> Report:
    """The publication itself; rows as ``contracts`` gives them, dated on its last line."""
    made = Report(
        f"{year} 年度逾期尚未支付中小企业款项情况",
        COLUMNS,
        [Row(one) for one in found],
        issuer=f"{county.name}教育局",
        about=[("截至", year_end(year).isoformat())],
        notes=[
            f"合同共 {len(found)} 份。中小企业以供应商登记的企业规模为准，大型企业不在此列。",
            "逾期以应付日（遇法定休假日顺延）次日起算；金额为本金和利息，不含逾期利息。",
        ],
        signing=[],
        dated=dated,
    )
    total = made.totals["amount"]
    made.lead = (
        "根据《保障中小企业款项支付条例》第十七条，现公开上一年度逾期尚未支付中小企业款项的合同数量、"
        f"金额：合同 {len(found)} 份，金额 {total:,.2f} 元。"
    )
    return made


def thawed(row: Disclosure) -> list[dict]:
    """The contracts of a publication as they were published."""
    return [
        one | {"first": dt.date.fromisoformat(one["first"]), "amount": Decimal(one["amount"])}
        for one in row.data["contracts"]
    ]


def county_rows(county: County) -> QuerySet:
    """All instalments of the county's projects; for acts, not for pages."""
    return Instalment.objects.filter(**{COUNTY: county})


def last_day(county: County, today: dt.date) -> dt.date | None:
    """By when the year before ``today``'s must be public; None where no rule is in force."""
    try:
        month = Parameter.objects.days("accounting.disclosure_month", on=today, county=county)
    except MissingParameter:
        return None
    return dt.date(today.year, month, calendar.monthrange(today.year, month)[1])


def is_missing(county: County, year: int) -> bool:
    """There were agreements with protected suppliers in ``year``, and nothing is published."""
    published = Disclosure.objects.filter(county=county, year=year)
    signed = Agreement.objects.filter(
        project_school__project__dossier__county=county,
        contract__supplier__size__in=PROTECTED,
        signed_on__lte=year_end(year),
    )
    return signed.exists() and not published.exists()
