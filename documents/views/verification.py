"""The public verification page (查验页): what the QR code on a printed paper opens."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from documents.models import Paper


@login_not_required
@never_cache
@require_safe
def verify(request, token: str):
    """Whether the paper in somebody's hand is genuine, whole and in force; never what it says.

    Anybody may ask, so names are masked and neither amounts nor content are shown.
    """
    rows = Paper.objects.select_related("replaced_by").prefetch_related("signatures__seal")
    paper = get_object_or_404(rows, token=token)
    signatures = [
        {
            "role": one.role,
            "party": one.party,
            "name": masked(one.name),
            "at": one.signed_at,
            "sealed": one.seal_id is not None,
            "intact": one.data_hash == paper.data_hash,
        }
        for one in paper.signatures.all()
    ]
    context = {
        "paper": paper,
        "signatures": signatures,
        "whole": paper.hash_of(paper.data) == paper.data_hash,
        "intact": paper.intact,
        "current": paper.is_current,
    }
    answer = render(request, "documents/verify.html", context)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def masked(name: str) -> str:
    """The first character of a name, a star for each of the others: 张**."""
    return name[:1] + "*" * (len(name) - 1)
