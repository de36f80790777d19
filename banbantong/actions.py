"""Verbs of the roof."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from documents.trail import record
from procurement.models import Project
from registry import clock


@transaction.atomic
def close_project(*, project: Project, user) -> Project:
    """结项 after 履约验收; refused before it."""
    project = Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    if project.accepted_on is None:
        raise ValidationError("履约验收完成后才能结项。")
    if project.closed_on is not None:
        raise ValidationError("项目已经结项。")
    project.closed_on = clock.today()
    project.save(update_fields=["closed_on"])
    record(
        thing=project,
        dossier=project.dossier,
        actor=user,
        verb="结项",
        sentence=f"项目“{project}”建设期结项",
    )
    return project
