"""Labels to stick on the equipment: A4, three by eight, 70 × 37 mm each, as sold in sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from assets.models import AssetCard
from documents.pdf import render
from documents.qr import qr_data_url

LABELS_A_SHEET = 24
MOST_LABELS = 240
"""Ten sheets, a few seconds; a larger job is printed school by school."""


def label_sheet(cards: Iterable[AssetCard], *, address: Callable[[str], str]) -> bytes:
    """PDF of one label per card, in the order given; ``cards`` as ``AssetCard.objects.whole()``.

    ``address`` makes the absolute address behind the QR code from the path of the card's page.
    Raises ``documents.press.NoGlyph`` when no font draws a character.
    """
    labels = [
        {
            "number": card.number,
            "name": card.name,
            "model": card.installed.model_name,
            "serial": card.installed.serial,
            "school": card.school.name,
            "room": card.room,
            "acquired_on": card.acquired_on,
            "custodian": card.custodian,
            "qr": qr_data_url(address(card.get_absolute_url())),
        }
        for card in cards
    ]
    sheets = [labels[at : at + LABELS_A_SHEET] for at in range(0, len(labels), LABELS_A_SHEET)]
    return render("assets/labels.html", {"sheets": sheets})
