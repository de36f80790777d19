"""What was photographed in a room or attached to a defect, for whoever judges or puts it right."""

from __future__ import annotations

from documents.models import Attachment
from documents.trail import thread_of


def photos_of(things: list, user) -> dict[str, list[Attachment]]:
    """``{thread: files}`` of those ``things`` that have any ``user`` may see; one query."""
    found: dict[str, list[Attachment]] = {}
    threads = {thread_of(thing) for thing in things}
    files = Attachment.objects.visible_to(user).filter(thread__in=threads)
    for one in files.select_related("uploaded_by"):
        found.setdefault(one.thread, []).append(one)
    return found
