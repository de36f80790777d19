"""The project's file (项目卷宗): everything that was produced, one list."""

from __future__ import annotations

from dataclasses import dataclass

from documents.models import Attachment, Paper, TrailEvent
from procurement.models import Project


@dataclass
class ProjectFile:
    """Papers, attachments and the trail of a project that one person may see."""

    papers: list[Paper]
    attachments: list[Attachment]
    events: list[TrailEvent]


def project_file(
    project: Project, user, *, papers: int | None = None, events: int = 50
) -> ProjectFile:
    """What ``user`` may see of the dossier, the newest first; ``papers`` and ``events`` at most."""

    def of(model):
        return (
            model.objects.visible_to(user)
            .filter(dossier=project.dossier_id)
            .select_related("school")
        )

    current = of(Paper).filter(replaced_by=None).order_by("-created_at", "-pk").defer("data")
    return ProjectFile(
        papers=list(current.prefetch_related("signatures")[:papers]),
        attachments=list(of(Attachment)),
        events=list(of(TrailEvent).order_by("-at", "-pk")[:events]),
    )
