"""The journal entry of a registration (入账分录), read from its cards.

Equipment leased and bought back over several years is booked as in a finance lease: 借 固定资产
贷 长期应付款 with the whole price; government accounting keeps no account of finance charges not
yet incurred (政府会计制度——行政事业单位会计科目和报表, 财会〔2017〕25号). Interest is booked as it
is paid, so it is not part of this entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from assets.models import Registration
from registry.capital import capital
from registry.money import ZERO


@dataclass(frozen=True)
class Line:
    """One line: ``side`` is 借 or 贷, ``amount`` in yuan, ``pieces`` how many cards stand behind it."""

    side: str
    account: str
    amount: Decimal
    pieces: int | None = None


@dataclass(frozen=True)
class Entry:
    """Debits and the one credit; they are equal because the credit is their sum."""

    lines: list[Line]
    total: Decimal

    @property
    def in_words(self) -> str:
        """The total in capitals, with 人民币 before it."""
        return "人民币" + capital(self.total).removeprefix("人民币")


def entry_of(registration: Registration) -> Entry:
    """One debit per asset class, one credit to the supplier; two queries."""
    classes = (
        registration.cards.order_by()
        .values("asset_class__code", "asset_class__name")
        .annotate(pieces=Count("pk"), amount=Sum("price"))
        .order_by("asset_class__code")
    )
    debits = [
        Line(
            "借",
            f"固定资产—{row['asset_class__name']}（{row['asset_class__code']}）",
            row["amount"],
            row["pieces"],
        )
        for row in classes
    ]
    total = sum((line.amount for line in debits), ZERO)
    names = registration.cards.order_by().values_list(
        "installed__item__contract__supplier__name", flat=True
    )
    suppliers = "、".join(sorted(set(names)))
    return Entry([*debits, Line("贷", f"长期应付款—{suppliers}", total)], total)
