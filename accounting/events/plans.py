"""What is owed and what is owned: agreements, changes of their plan, the title in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import QuerySet, Sum

from accounting.enums import EventKind
from accounting.events.event import Event, Span
from accounting.events.named import OF_AGREEMENT, OF_COUNTY, named, of
from financing.enums import RevisionKind
from financing.models import Agreement, Instalment, Revision
from registry.models import County
from registry.money import ZERO, cents


def agreements(county: County, span: Span) -> Iterator[Event]:
    """签订: what was promised in the first plan is owed from then on."""
    rows = Agreement.objects.signed().filter(**{OF_COUNTY: county}, **span.of("signed_on"))
    known = named(rows)
    first = Instalment.history.filter(revision=None, agreement__in=rows)
    sums = _sums(first, "agreement")
    for pk, day, retention in rows.values_list("pk", "signed_on", "retention"):
        principal, interest = sums.get(pk, (ZERO, ZERO))
        parts = {"principal": principal - retention, "interest": interest, "retention": retention}
        yield Event(
            kind=EventKind.AGREEMENT,
            key=f"agreement:{pk}",
            day=day,
            parts=parts,
            sentence=f"{known[pk]['name']}签订回购协议 {known[pk]['number']}",
            **of(known[pk]),
        )


def revisions(county: County, span: Span) -> Iterator[Event]:
    """变更: what the new plan promises beyond the one that it replaced."""
    rows = Revision.objects.standing().filter(**{OF_AGREEMENT: county})
    asked = rows.filter(**span.of("decided_on"))
    if not asked.exists():
        return
    agreements = Agreement.objects.filter(pk__in=rows.values("agreement"))
    known, history = named(agreements), Instalment.history.filter(agreement__in=agreements)
    added = _sums(history.filter(revision__in=rows), "revision")
    taken = _sums(history.filter(replaced_by__in=rows), "replaced_by")
    first = _sums(history.filter(revision=None), "agreement")
    owed = defaultdict(lambda: ZERO, {pk: sum(sums) for pk, sums in first.items()})
    for row in rows.order_by("agreement", "number"):
        new, old = added.get(row.pk, (ZERO, ZERO)), taken.get(row.pk, (ZERO, ZERO))
        principal, interest = new[0] - old[0], new[1] - old[1]
        owed[row.agreement_id] += principal + interest
        if not span.holds(row.decided_on) or not (principal or interest):
            continue
        ended = row.kind == RevisionKind.TERMINATION
        yield Event(
            kind=EventKind.TERMINATION if ended else EventKind.REVISION,
            key=f"revision:{row.pk}",
            day=row.decided_on,
            parts={"payable": -principal - interest, "kept": owed[row.agreement_id]}
            if ended
            else {"principal": principal, "interest": interest},
            sentence=f"{known[row.agreement_id]['name']}{row.get_kind_display()}",
            **of(known[row.agreement_id]),
        )


def titles(county: County, span: Span) -> Iterator[Event]:
    """产权转移: the equipment at its cost, which is all that was promised for it."""
    rows = Agreement.objects.filter(**{OF_COUNTY: county}, **span.of("closed_on"))
    rows = rows.filter(closed_on__isnull=False)
    known = named(rows)
    sums = _sums(Instalment.objects.filter(agreement__in=rows), "agreement")
    for pk, day in rows.values_list("pk", "closed_on"):
        yield Event(
            kind=EventKind.TITLE,
            key=f"title:{pk}",
            day=day,
            parts={"cost": sum(sums[pk], ZERO)},
            sentence=f"{known[pk]['name']}付清回购款，设备产权转移",
            **of(known[pk]),
        )


def _sums(rows: QuerySet, group: str) -> dict[int, tuple[Decimal, Decimal]]:
    """(principal, interest) by ``group``."""
    found = rows.order_by().values(group).annotate(p=Sum("principal"), i=Sum("interest"))
    return {row[group]: (cents(row["p"]), cents(row["i"])) for row in found}
