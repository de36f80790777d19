"""From the parts of an event to balanced entries. Pure: no ORM, no request.

An event has parts (本金, 利息, …), each an amount. A rule puts one part, or their total, on one
side of one account. A set of rules is sound when every part, whatever its amount, stands once on
either side of the financial book, and as often in debit as in credit of the budget book: so the
entries balance for any split, not only for the one at hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from accounting.enums import Book, EventKind, Side
from registry.money import ZERO

TOTAL = "total"

PARTS: dict[EventKind, dict[str, str]] = {
    EventKind.AGREEMENT: {"principal": "本金", "interest": "利息", "retention": "质保金"},
    EventKind.REVISION: {"principal": "本金增减", "interest": "利息增减"},
    EventKind.TERMINATION: {"payable": "不再支付的应付款", "kept": "已付和仍须支付的应付款"},
    EventKind.PAYMENT: {
        "principal": "本金",
        "interest": "利息",
        "late_interest": "逾期利息",
        "credit": "多付",
    },
    EventKind.REFUND: {"credit": "退回的多付款"},
    EventKind.WAIVER: {"late_interest": "减免的逾期利息"},
    EventKind.REBATE: {"county": "县级", "prefecture": "州级", "province": "省级"},
    EventKind.TITLE: {"cost": "设备成本"},
    EventKind.ALLOCATION: {"allocated": "拨入"},
    EventKind.FUND_USE: {
        "buyback": "设备回购",
        "purchase": "设备购置",
        "maintenance": "维修维护",
        "station": "服务站运行",
        "network": "网络接入",
        "training": "教师培训",
    },
}
"""What an event of each kind is made of; reversals and new takings-up have a payment's parts."""

RULED_BY = {EventKind.REVERSAL: EventKind.PAYMENT, EventKind.RETAKEN: EventKind.PAYMENT}
"""Kinds that are entered by another kind's rules: red entries of the original."""


def ruled_by(kind: str) -> EventKind:
    """The kind whose rules enter events of ``kind``."""
    kind = EventKind(kind)
    return RULED_BY.get(kind, kind)


def labels(kind: str) -> dict[str, str]:
    """Part to its name, for the rules of ``kind``; the total last."""
    return PARTS[ruled_by(kind)] | {TOTAL: "合计"}


class Rule(NamedTuple):
    """One line of a rule set."""

    book: str
    side: str
    account_code: str
    account_name: str
    part: str


class Line(NamedTuple):
    """One entry; the amount of a red one is negative."""

    book: str
    side: str
    account_code: str
    account_name: str
    words: str
    amount: Decimal


def lines_of(kind: str, parts: Mapping[str, Decimal], rules: Iterable[Rule]) -> list[Line]:
    """The entries of an event: financial book first; lines without an amount are left out."""
    names = labels(kind)
    amounts = dict.fromkeys(names, ZERO) | dict(parts)
    amounts[TOTAL] = sum(parts.values(), ZERO)
    found = [
        Line(*rule[:4], "" if rule.part == TOTAL else names[rule.part], amounts[rule.part])
        for rule in rules
    ]
    order = list(Book.values)
    return sorted((line for line in found if line.amount), key=lambda line: order.index(line.book))


def imbalance(lines: Iterable[Line]) -> dict[str, Decimal]:
    """Debit minus credit of each book that does not balance; empty when all is well."""
    sums: dict[str, Decimal] = dict.fromkeys(Book.values, ZERO)
    for line in lines:
        sums[line.book] += line.amount if line.side == Side.DEBIT else -line.amount
    return {book: amount for book, amount in sums.items() if amount}


def unsound(kind: str, rules: Iterable[Rule]) -> str:
    """Why a set of rules would not balance for every split of the parts, in a sentence; or ""."""
    counts = _counts(kind, rules)
    for book in Book:
        for part, name in PARTS[ruled_by(kind)].items():
            debit, credit = counts[book, Side.DEBIT, part], counts[book, Side.CREDIT, part]
            if debit != credit or debit > 1 or (book is Book.FINANCIAL and debit == 0):
                wanted = "各记 1 次" if book is Book.FINANCIAL else "同为 1 次，或都不记"
                return (
                    f"{book.label}的分录不平衡：“{name}”借方记了 {debit} 次、贷方记了 {credit} 次，"
                    f"应当{wanted}（“合计”对每一项各算 1 次）。"
                )
    return ""


def _counts(kind: str, rules: Iterable[Rule]) -> Counter:
    """How often each part stands on each side of each book."""
    counts: Counter = Counter()
    for rule in rules:
        parts = PARTS[ruled_by(kind)] if rule.part == TOTAL else [rule.part]
        counts.update((rule.book, rule.side, part) for part in parts)
    return counts


def sample(kind: str) -> dict[str, Decimal]:
    """Made-up amounts for a preview, one per part."""
    return {
        part: Decimal(f"{1000 * (len(PARTS[ruled_by(kind)]) - at)}.00")
        for at, part in enumerate(PARTS[ruled_by(kind)])
    }
