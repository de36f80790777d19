"""One event of the books."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from accounting.enums import EventKind
from registry.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact with its amounts. ``key`` names it for ever (``payment:17``).

    ``day`` is the day on which it counts, before closed months are looked at. ``rules_on`` is the
    day whose entry rules hold: of a reversal the day of what it reverses, so that its red entries
    meet the same accounts.
    """

    kind: EventKind
    key: str
    day: dt.date
    parts: dict[str, Decimal]
    sentence: str
    school_id: int | None = None
    agreement_id: int | None = None
    rules_on: dt.date | None = None

    @property
    def amount(self) -> Decimal:
        return sum(self.parts.values(), ZERO)

    @property
    def payable(self) -> Decimal:
        """By how much the event changes what the agreement still owes in instalments."""
        part = self.parts.get
        if self.kind in (EventKind.AGREEMENT, EventKind.REVISION):
            return self.amount
        if self.kind == EventKind.TERMINATION:
            return -part("payable", ZERO)
        if self.kind in (EventKind.PAYMENT, EventKind.REVERSAL, EventKind.RETAKEN):
            return -part("principal", ZERO) - part("interest", ZERO)
        return ZERO


@dataclass(frozen=True, slots=True)
class Span:
    """The days asked for, both included; open at the start or at the end when None."""

    since: dt.date | None = None
    until: dt.date | None = None

    def of(self, field: str) -> dict[str, dt.date]:
        """Look-ups that keep ``field`` within the span."""
        ends = {f"{field}__gte": self.since, f"{field}__lte": self.until}
        return {name: day for name, day in ends.items() if day}

    def holds(self, day: dt.date) -> bool:
        return (self.since is None or day >= self.since) and (
            self.until is None or day <= self.until
        )
