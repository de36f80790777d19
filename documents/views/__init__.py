"""Pages of the documents floor."""

from documents.views.verification import verify

__all__ = ["verify"]
