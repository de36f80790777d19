"""The events of a county, kind by kind."""

from __future__ import annotations

import datetime as dt

from accounting.enums import EventKind
from accounting.events.event import Event, Span
from accounting.events.payments import payments
from accounting.events.plans import agreements, revisions, titles
from accounting.events.receipts import funds, rebates, waivers
from registry.models import County

READERS = (agreements, revisions, payments, waivers, rebates, titles, funds)
ORDER = list(EventKind)


def events_of(
    county: County, since: dt.date | None = None, until: dt.date | None = None
) -> list[Event]:
    """Events of ``county`` from ``since`` to ``until`` (both included), in order of day.

    The number of queries does not depend on how many there are. Amounts in yuan, to the fen.
    """
    span = Span(since, until)
    found = [event for read in READERS for event in read(county, span)]
    return sorted(found, key=_place)


def _place(event: Event) -> tuple:
    pk = int(event.key.split(":")[1])
    return event.day, ORDER.index(event.kind), event.key.split(":")[0], pk
