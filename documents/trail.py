"""Verbs of the audit trail: write one row, verify a chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from django.apps import apps
from django.db import models

from documents.models import Dossier, TrailEvent
from registry import clock
from registry.models import School, Supplier
from registry.prepared import Prepared, insert


def thread_of(thing: models.Model) -> str:
    """The trail's name for a row, e.g. ``procurement.project:12``."""
    return f"{thing._meta.label_lower}:{thing.pk}"


def thing_of(thread: str) -> models.Model | None:
    """The row that ``thread`` names; None when it is gone or its floor no longer exists."""
    label, _, pk = thread.rpartition(":")
    try:
        return apps.get_model(label)._base_manager.filter(pk=pk).first()
    except (LookupError, ValueError):
        return None


_last = Prepared(
    lambda thread: (
        TrailEvent.objects.filter(thread=thread)
        .order_by("-number")
        .values_list("number", "digest")[:1]
    ),
    thread=str,
)


def record(
    *,
    thing: models.Model,
    dossier: Dossier,
    verb: str,
    sentence: str,
    actor=None,
    school: School | None = None,
    supplier: Supplier | None = None,
    data: dict | None = None,
) -> TrailEvent:
    """Append one act to the trail of ``thing``; call inside the transaction of the act itself.

    Two people who act on one thing at once cannot both get the next number: the second one's
    transaction fails on ``trail_no_fork`` and is rolled back whole.
    """
    thread = thread_of(thing)
    last = _last.first(thread=thread)
    number, digest = last or (0, "")
    event = TrailEvent(
        dossier=dossier,
        school=school,
        supplier=supplier,
        thread=thread,
        number=number + 1,
        at=clock.now(),
        actor=actor,
        actor_label=f"{actor}（{actor.post_label}）"[:200] if actor else "系统",
        verb=verb,
        sentence=sentence[:300],
        data=data or {},
    )
    event.digest = event.digest_after(digest)
    insert(event)
    return event


def broken_at(thread: str) -> int | None:
    """The number of the first row of ``thread`` that does not follow from the one before, or None."""
    digest = ""
    for expected, event in enumerate(
        TrailEvent.objects.filter(thread=thread).order_by("number"), start=1
    ):
        if event.number != expected or event.digest != event.digest_after(digest):
            return expected
        digest = event.digest
    return None


@dataclass
class Check:
    """What a check of chains found; ``broken`` holds the first row of each broken chain."""

    threads: int = 0
    events: int = 0
    broken: list[TrailEvent] = field(default_factory=list)


def check(events: models.QuerySet) -> Check:
    """Check the whole chain of every thread that ``events`` touch; one query, rows streamed.

    A row removed from the end of a chain leaves no trace in the chain itself; the database's
    triggers refuse that, and a backup shows it.
    """
    found = Check()
    threads = events.order_by().values("thread")
    rows = TrailEvent.objects.filter(thread__in=threads).order_by("thread", "number")
    for _, chain in groupby(rows.iterator(chunk_size=2000), key=lambda event: event.thread):
        found.threads += 1
        digest, broken = "", None
        for expected, event in enumerate(chain, start=1):
            found.events += 1
            if event.number != expected or event.digest != event.digest_after(digest):
                broken = broken or event
            digest = event.digest
        if broken:
            found.broken.append(broken)
    return found
