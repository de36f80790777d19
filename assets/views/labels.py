"""Label sheets: A4 with 24 labels, for one registration or for chosen cards."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from assets.models import AssetCard, Registration
from assets.pdf import MOST_LABELS, label_sheet


@require_GET
def registration_labels(request, pk: int):
    """The labels of all cards of one school, in the order of a walk through it."""
    rows = Registration.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related("project_school__school"), pk=pk)
    return _sheet(request, row.cards.whole().by_room(), row.school.name)


@require_GET
def labels(request):
    """The labels of the cards that were ticked in the list (``card=12&card=15``)."""
    chosen = {int(pk) for pk in request.GET.getlist("card") if pk.isdecimal() and len(pk) < 19}
    cards = AssetCard.objects.visible_to(request.user).filter(pk__in=chosen).whole().by_room()
    if not chosen or not cards.exists():
        messages.info(request, "请先在列表中勾选资产卡片，再打印标签。")
        return redirect("assets:cards")
    return _sheet(request, cards, "所选卡片")


def _sheet(request, cards, name: str):
    if cards.count() > MOST_LABELS:
        messages.warning(request, f"一次最多打印 {MOST_LABELS} 张标签，请按学校分批打印。")
        return redirect("assets:cards")
    response = HttpResponse(
        label_sheet(cards, address=request.build_absolute_uri), content_type="application/pdf"
    )
    response["Content-Disposition"] = content_disposition_header(False, f"资产标签 {name}.pdf")
    return response
