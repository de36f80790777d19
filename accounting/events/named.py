"""What every event of an agreement says of it."""

from __future__ import annotations

from django.db.models import F, QuerySet

OF_COUNTY = "project_school__project__dossier__county"
OF_AGREEMENT = f"agreement__{OF_COUNTY}"
OF_INSTALMENT = f"instalment__{OF_AGREEMENT}"


def named(agreements: QuerySet) -> dict[int, dict]:
    """Agreement to ``{"pk", "number", "school", "name"}``; one query."""
    names = {"school": F("project_school__school"), "name": F("project_school__school__name")}
    return {row["pk"]: row for row in agreements.values("pk", "number", **names)}


def of(agreement: dict) -> dict[str, int]:
    """The event's columns that say whose it is."""
    return {"school_id": agreement["school"], "agreement_id": agreement["pk"]}
