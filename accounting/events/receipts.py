"""Money that came in or was let go: waivers, rebates, earmarked funds."""

from __future__ import annotations

from collections.abc import Iterator

from accounting.enums import EventKind
from accounting.events.event import Event, Span
from accounting.events.named import OF_AGREEMENT, named, of
from financing.models import Agreement, FundAllocation, FundUse, RebateReceipt, Waiver
from registry.models import County


def waivers(county: County, span: Span) -> Iterator[Event]:
    """逾期利息减免: granted by the supplier; it never was part of the long-term payable."""
    rows = Waiver.objects.standing().filter(**{OF_AGREEMENT: county}, **span.of("decided_on"))
    known = named(Agreement.objects.filter(pk__in=rows.values("agreement")))
    for row in rows:
        yield Event(
            kind=EventKind.WAIVER,
            key=f"waiver:{row.pk}",
            day=row.decided_on,
            parts={"late_interest": row.amount},
            sentence=f"供应商减免{known[row.agreement_id]['name']}逾期利息",
            **of(known[row.agreement_id]),
        )


def rebates(county: County, span: Span) -> Iterator[Event]:
    """奖补到账, by level; a correction is negative."""
    path = "claim__rebate__instalment"
    rows = RebateReceipt.objects.filter(
        **{f"{path}__{OF_AGREEMENT}": county}, **span.of("booked_on")
    ).select_related(path)
    agreements = Agreement.objects.filter(pk__in=rows.values(f"{path}__agreement"))
    known = named(agreements)
    for row in rows:
        rebate = row.claim.rebate
        agreement = known[rebate.instalment.agreement_id]
        yield Event(
            kind=EventKind.REBATE,
            key=f"receipt:{row.pk}",
            day=row.booked_on,
            parts={rebate.funder: row.amount},
            sentence=f"{agreement['name']}{rebate.words}到账，凭证 {row.document}",
            **of(agreement),
        )


def funds(county: County, span: Span) -> Iterator[Event]:
    """专项资金拨入和使用. A use that names its payment is in the payment's own voucher already."""
    came = FundAllocation.objects.filter(fund__county=county, **span.of("allocated_on"))
    for row in came.select_related("fund"):
        yield Event(
            kind=EventKind.ALLOCATION,
            key=f"allocation:{row.pk}",
            day=row.allocated_on,
            parts={"allocated": row.amount},
            sentence=f"{row.fund}拨入，凭证 {row.document}",
        )
    used = FundUse.objects.filter(purpose__fund__county=county, **span.of("used_on"))
    used = used.filter(payment=None, reverses__payment=None)
    for row in used.select_related("purpose__fund"):
        yield Event(
            kind=EventKind.FUND_USE,
            key=f"use:{row.pk}",
            day=row.used_on,
            parts={row.purpose.purpose: row.amount},
            sentence=f"{row.purpose.fund}使用：{row.what}，凭证 {row.document}"[:200],
        )
