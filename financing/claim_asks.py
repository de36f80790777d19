"""What the rebates ask of a person today: for the inbox and the home page."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, F, Max, Min, Sum
from django.urls import reverse
from django.utils.http import urlencode

from financing.actions.claims.rights import to_receive, waiting_for
from financing.models import Posting, Rebate, RebateClaim
from registry import clock
from registry.access import reach
from registry.calendar import due_on
from registry.enums import Role
from registry.money import cents

DECIDERS = (Role.COUNTY_FINANCE, Role.PREFECTURE, Role.PROVINCE, Role.LEADING_GROUP)


def claim_asks(user) -> list[dict]:
    """Cards for ``registry/components/ask.html``: each number is that of the list it opens."""
    own = reach(user)
    asks = []
    if own.holds(Role.COUNTY_FINANCE):
        asks.append(_claimable(user))
        asks.append(_surplus(user))
    if own.holds(*DECIDERS):
        asks.append(_waiting(user))
    if own.holds(Role.COUNTY_CASHIER):
        asks.append(_arriving(user))
    return [ask for ask in asks if ask]


def _claimable(user) -> dict | None:
    rows = Rebate.objects.visible_to(user).claimable()
    ask = _ask(rows, "amount", "有奖补可申领", "open", "去申领", "financing:claim_batch_new")
    if ask:
        ask["due_on"] = _claim_by(rows)
        ask["overdue"] = ask["due_on"] is not None and ask["due_on"] < clock.today()
    return ask


def _claim_by(rows) -> dt.date | None:
    """The day by which the rebate that has waited longest should be claimed (奖补申领期限)."""
    settled = Posting.objects.filter(
        instalment__in=rows.values("instalment"), payment__isnull=False, payment__reversed_by=None
    )
    days = settled.order_by().values("instalment").annotate(day=Max("payment__paid_on"))
    oldest = days.aggregate(first=Min("day"))["first"]
    return due_on("financing.claim", start=oldest) if oldest else None


def _surplus(user) -> dict | None:
    rows = Rebate.objects.visible_to(user).filter(claim__approved_on__isnull=False).with_money()
    rows = rows.filter(received__gt=F("claim__approved_amount"))
    return _ask(rows, "received", "奖补多到待核", "surplus", "去核对")


def _waiting(user) -> dict | None:
    claims = RebateClaim.objects.visible_to(user).filter(waiting_for(user))
    rows = Rebate.objects.filter(claim__in=claims.values("pk"))
    button = "去办理"
    return _ask(
        rows,
        "claim__claimed_amount",
        "奖补等您审核或批复",
        "mine",
        button,
        "financing:claim_batches",
    )


def _arriving(user) -> dict | None:
    claims = RebateClaim.objects.visible_to(user).filter(to_receive(user))
    rows = Rebate.objects.filter(claim__in=claims.values("pk")).with_money()
    return _ask(rows, "outstanding", "已批复的奖补待到账", "approved", "去登记")


def _ask(rows, name: str, words: str, state: str, button: str, page: str = "") -> dict | None:
    """A card, or None when there is nothing; ``page`` is where the act is done, if not the list."""
    found = rows.order_by().aggregate(n=Count("pk"), s=Sum(name))
    if not found["n"]:
        return None
    listed = f"{reverse('financing:claims')}?{urlencode({'state': state})}"
    return {
        "title": f"{words} {found['n']} 笔",
        "text": f"共 {cents(found['s']):,.2f} 元。",
        "url": reverse(page) if page else listed,
        "list_url": listed,
        "button": button,
    }
