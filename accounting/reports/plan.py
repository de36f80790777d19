"""Sums over the plan of instalments: what was due and what settled it.

All of it is linear: a posting never exceeds its instalment, so the unpaid part of any set of
instalments is its amounts less its postings. Two grouped queries answer for any number of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from financing.enums import PostingKind
from financing.models import Posting
from financing.models.instalment import nothing, yuan

SCHOOL = "agreement__project_school__school"
COUNTY = "agreement__project_school__project__dossier__county"
SUPPLIER = "agreement__contract__supplier"
DEBT = (PostingKind.INTEREST, PostingKind.PRINCIPAL)
Parts = Mapping[str, Q | None]
"""Name of a sum → which instalments it is over (None: all of the group)."""


def summed(field: str, condition: Q | None = None):
    """Σ of ``field`` where ``condition`` holds, in whole fen."""
    return yuan(Coalesce(Sum(field, filter=condition), nothing()))


def due(rows: QuerySet, keys: Mapping[str, object], parts: Parts, field="payment") -> QuerySet:
    """Per group of the instalments ``rows``: ``count`` and Σ ``field`` over each of ``parts``."""
    sums = {name: summed(field, condition) for name, condition in parts.items()}
    return rows.order_by().values(**keys).annotate(count=Count("pk"), **sums)


def paid(rows: QuerySet, key: object, parts: Parts) -> dict[object, dict[str, Decimal]]:
    """Per group: Σ of what settled principal and interest, over each of ``parts``.

    ``parts`` are written as for an instalment, ``key`` as for its posting.
    """
    sums = {name: summed("amount", behind(condition)) for name, condition in parts.items()}
    found = postings(rows).values(key=key).annotate(**sums)
    return {row.pop("key"): row for row in found}


def postings(rows: QuerySet) -> QuerySet:
    """What settled principal and interest of the instalments ``rows``."""
    return Posting.objects.filter(
        instalment__in=rows.order_by().values("pk"), kind__in=DEBT
    ).order_by()


def behind(condition: Q | None) -> Q | None:
    """A condition on an instalment, written for what points at one."""
    if condition is None:
        return None
    moved = Q()
    moved.connector, moved.negated = condition.connector, condition.negated
    moved.children = [
        behind(child) if isinstance(child, Q) else (f"instalment__{child[0]}", child[1])
        for child in condition.children
    ]
    return moved
