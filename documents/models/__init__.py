"""Nouns of the documents floor."""

from documents.models.dossier import Dossier, Filed, FiledQuerySet
from documents.models.papers import Attachment, Paper, Seal, Signature
from documents.models.trail import TrailEvent

__all__ = [
    "Attachment",
    "Dossier",
    "Filed",
    "FiledQuerySet",
    "Paper",
    "Seal",
    "Signature",
    "TrailEvent",
]
