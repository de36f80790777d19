"""One way to write the trail of a school's story: on the project school, for school and supplier."""

from __future__ import annotations

from documents.models import TrailEvent
from documents.trail import record
from procurement.models import ProjectSchool


def log(
    school: ProjectSchool, *, actor, verb: str, sentence: str, data: dict | None = None
) -> TrailEvent:
    """Append one act to the trail of ``school``; its school and its supplier both see it."""
    return record(
        thing=school,
        dossier=school.dossier,
        school=school.school,
        supplier=school.supplier,
        actor=actor,
        verb=verb,
        sentence=sentence,
        data=data,
    )
