"""The bank reconciliation statement (银行存款余额调节表) of one account and month. Pure.

Two balances are built up independently: the bank's from its lines, ours from what was recorded and
what was explained. Whatever stands on one side only is listed, and after adding each side's missing
items both must be equal. When the bank's own balance column does not follow from its lines, rows
are missing, and the gap is listed with its day.

Amounts are yuan, signed as the bank shows them: what left is negative.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from registry.money import ZERO


@dataclass(frozen=True)
class Line:
    """A movement as the bank tells it; ``balance`` after it, None when the bank does not tell."""

    pk: int
    day: dt.date
    amount: Decimal
    words: str = ""
    balance: Decimal | None = None


@dataclass(frozen=True)
class Record:
    """A movement as we recorded it, by its day in the books; ``line`` that it is, if any is known."""

    day: dt.date
    amount: Decimal
    words: str
    line: int | None = None


@dataclass(frozen=True)
class Explained:
    """A part of a line that has no record here; counted on ``day``."""

    line: int
    day: dt.date
    amount: Decimal
    words: str


@dataclass(frozen=True)
class Item:
    """One row of the report."""

    day: dt.date
    words: str
    amount: Decimal


@dataclass(frozen=True)
class Side:
    """How one side's balance moved in the month."""

    opening: Decimal
    income: Decimal
    out: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.income - self.out


@dataclass
class Reconciliation:
    """``told``: the bank's own closing balance, None when it tells none."""

    bank: Side
    book: Side
    told: Decimal | None
    bank_only: list[Item] = field(default_factory=list)
    book_only: list[Item] = field(default_factory=list)
    gaps: list[Item] = field(default_factory=list)
    explained: list[Item] = field(default_factory=list)
    matched: list[Item] = field(default_factory=list)

    @property
    def bank_closing(self) -> Decimal:
        return self.bank.closing if self.told is None else self.told

    @property
    def adjusted_bank(self) -> Decimal:
        return self.bank_closing + _sum(self.book_only)

    @property
    def adjusted_book(self) -> Decimal:
        return self.book.closing + _sum(self.bank_only)

    @property
    def difference(self) -> Decimal:
        return self.adjusted_bank - self.adjusted_book

    @property
    def unexplained(self) -> Decimal:
        """What no row accounts for; 0.00, or there is a mistake."""
        return self.difference - _sum(self.gaps)

    @property
    def balanced(self) -> bool:
        return self.difference == 0

    @property
    def clean(self) -> bool:
        """Balanced with nothing left on either side."""
        return self.balanced and not (self.bank_only or self.book_only or self.gaps)


def _sum(items: Iterable) -> Decimal:
    return sum((item.amount for item in items), ZERO)


def reconcile(
    *,
    first: dt.date,
    last: dt.date,
    opening: Decimal | None,
    lines: Sequence[Line],
    records: Sequence[Record],
    explained: Sequence[Explained],
) -> Reconciliation:
    """The report of the month ``first`` to ``last`` from everything since the account's first line.

    ``opening``: the balance before the first line, when the bank tells none; ``lines`` in order.
    """
    lines = in_chain(line for line in lines if line.day <= last)
    start, told, gaps = _walk(lines, opening)
    bank = _side(start, [(line.day, line.amount) for line in lines], first)
    entries = [(r.day, r.amount) for r in [*records, *explained] if r.day <= last]
    found = Reconciliation(bank, _side(start, entries, first), told)
    found.gaps = gaps
    found.bank_only = _bank_only(lines, records, explained, last)
    days = {line.pk: line.day for line in lines}
    found.book_only = sorted(
        (Item(r.day, r.words, r.amount) for r in records if r.day <= last and r.line not in days),
        key=lambda item: item.day,
    )
    found.explained = [
        Item(days[e.line], e.words, e.amount)
        for e in explained
        if e.line in days and first <= days[e.line] <= last
    ]
    found.matched = [
        Item(days[r.line], r.words, r.amount)
        for r in records
        if r.line in days and r.day <= last and first <= days[r.line] <= last
    ]
    return found


def _side(start: Decimal, entries: Iterable[tuple[dt.date, Decimal]], first: dt.date) -> Side:
    before = income = out = ZERO
    for day, amount in entries:
        if day < first:
            before += amount
        elif amount > 0:
            income += amount
        else:
            out -= amount
    return Side(start + before, income, out)


def _bank_only(
    lines: Sequence[Line], records: Sequence[Record], explained: Sequence[Explained], last: dt.date
) -> list[Item]:
    """What of each line was neither recorded nor explained by ``last``."""
    said = defaultdict(lambda: ZERO)
    for one in [*records, *explained]:
        if one.line is not None and one.day <= last:
            said[one.line] += one.amount
    return [
        Item(line.day, line.words, line.amount - said[line.pk])
        for line in lines
        if line.amount != said[line.pk]
    ]


def in_chain(lines: Iterable[Line]) -> list[Line]:
    """The same lines by day; within a day in the order in which each balance follows the last.

    Files that overlap may bring the lines of one day in another order than they happened.
    """
    by_day = defaultdict(list)
    for line in lines:
        by_day[line.day].append(line)
    chain, balance = [], None
    for day in sorted(by_day):
        left = by_day[day]
        if balance is None:
            left = _from_start(left)
        while left:
            at = next((n for n, line in enumerate(left) if _follows(line, balance)), 0)
            line = left.pop(at)
            chain.append(line)
            known = balance is not None
            balance = line.balance if line.balance is not None else balance
            if line.balance is None and known:
                balance += line.amount
    return chain


def _follows(line: Line, balance: Decimal | None) -> bool:
    return balance is not None and line.balance == balance + line.amount


def _from_start(lines: list[Line]) -> list[Line]:
    """Put first the line that follows from no other of its day."""
    after = [line.balance for line in lines]
    for at, line in enumerate(lines):
        if line.balance is not None and line.balance - line.amount not in after:
            return [line, *lines[:at], *lines[at + 1 :]]
    return lines


def _walk(
    lines: Sequence[Line], opening: Decimal | None
) -> tuple[Decimal, Decimal | None, list[Item]]:
    """The balance before the first line, the last one told (moved on by lines after it), the gaps."""
    start, running, gaps = None, None, []
    passed = ZERO
    for line in lines:
        passed += line.amount
        running = None if running is None else running + line.amount
        if line.balance is None:
            continue
        if running is None:
            start = line.balance - passed
        elif running != line.balance:
            words = f"对账单余额在“{line.words}”之前不连续，缺少流水"
            gaps.append(Item(line.day, words[:160], line.balance - running))
        running = line.balance
    if start is None:
        return opening or ZERO, None, []
    if opening is not None and opening != start:
        words = f"登记的首日前余额 {opening:,.2f} 元与对账单推算的 {start:,.2f} 元不符"
        gaps.insert(0, Item(lines[0].day, words, start - opening))
        start = opening
    return start, running, gaps
