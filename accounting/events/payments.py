"""Money that left for the supplier, came back, or was taken up anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Q

from accounting.enums import EventKind
from accounting.events.event import Event, Span
from accounting.events.named import OF_INSTALMENT, named, of
from accounting.events.takings import CREDIT, Row, takings_of
from financing.enums import PaymentKind
from financing.models import Agreement, Payment, Posting
from registry import clock
from registry.models import County
from registry.money import ZERO


def payments(county: County, span: Span) -> Iterator[Event]:
    """付款、冲销、退款, and the acts that only moved what was paid to other parts."""
    payments = Payment.objects.filter(**{OF_INSTALMENT: county})
    postings = Posting.objects.filter(payment__in=payments)
    if span.since:
        # Takings-up are read for whole agreements: of those that something happened to.
        day = dt.datetime.combine(span.since, dt.time(), clock.local(clock.now()).tzinfo)
        touched = Q(instalment__agreement__in=_touched(payments, postings, span.since, day))
        payments = payments.filter(touched)
        postings = postings.filter(payment__in=payments)
    rows = list(payments.select_related("instalment__agreement").order_by("pk"))
    by_pk = {row.pk: row for row in rows}
    known = named(Agreement.objects.filter(instalments__payments__in=payments).distinct())
    names = ("pk", "payment", "payment__instalment__agreement", "kind", "amount", "recorded_at")
    found = takings_of(
        map(Row._make, postings.order_by("pk").values_list(*names)),
        {row.pk: row.amount for row in rows if row.kind != PaymentKind.REVERSAL},
        {row.reverses_id for row in rows} - {None},
    )
    for row in rows:
        if span.holds(row.booked_on):
            yield _payment(row, found, by_pk, known)
    for shift in found.shifts:
        day = clock.local(shift.moment).date()
        if span.holds(day) and any(shift.parts.values()):
            yield _shift(shift, day, known)


def _touched(payments, postings, since: dt.date, moment: dt.datetime):
    """Agreements with a payment booked, or a taking-up written, since then."""
    recent = postings.filter(recorded_at__gte=moment).values("payment")
    return payments.filter(Q(booked_on__gte=since) | Q(pk__in=recent)).values(
        "instalment__agreement"
    )


def _payment(row: Payment, found, by_pk: dict[int, Payment], known: dict[int, dict]) -> Event:
    agreement = known[row.instalment.agreement_id]
    voucher = f"，支付凭证 {row.voucher}"
    sentence = f"{agreement['name']}支付{row.instalment}回购款{voucher}"
    kind, parts, rules_on = EventKind.PAYMENT, found.paid.get(row.pk), row.booked_on
    if row.kind == PaymentKind.REVERSAL:
        kind, parts = EventKind.REVERSAL, found.undone[row.reverses_id]
        rules_on = by_pk[row.reverses_id].booked_on
        sentence = f"{agreement['name']}冲销付款，原支付凭证 {by_pk[row.reverses_id].voucher}"
    elif row.kind == PaymentKind.REFUND:
        # The money comes in: what was negative in the payments is positive in the books.
        kind, parts = EventKind.REFUND, {CREDIT: -row.amount}
        sentence = f"{agreement['name']}收到退回的多付款{voucher}"
    return Event(
        kind=kind,
        key=f"{row.kind}:{row.pk}",
        day=row.booked_on,
        parts=parts,
        sentence=sentence,
        **of(agreement),
        rules_on=rules_on,
    )


def _shift(shift, day: dt.date, known: dict[int, dict]) -> Event:
    agreement, parts = known[shift.agreement], dict(shift.parts)
    parts[CREDIT] = parts.get(CREDIT, ZERO) - sum(parts.values(), ZERO)
    return Event(
        kind=EventKind.RETAKEN,
        key=f"retaken:{shift.pk}",
        day=day,
        parts=parts,
        sentence=f"{agreement['name']}已付款按最新账目重新抵充",
        **of(agreement),
    )
