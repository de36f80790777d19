"""Rows of a bank's file become entries; what cannot be read is named cell by cell. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from accounting.statements.layout import FIELDS, Header, Layout, clean
from accounting.statements.values import amount_of, day_of, sign_of, words_of
from registry.money import ZERO

ACCOUNT = re.compile(r"(?:账号|帐号|卡号)\D{0,6}?([\d*][\d* -]{6,38}[\d*])")
_FOOT = re.compile(
    r"^(?:本页|本月|本期|本年|累计|借方|贷方|收入|支出|总)?(?:合计|总计|小计|累计|笔数|总笔数|总额|总金额)"
    r"|^(?:承前页|过次页|上期余额|上日余额|期初余额|期末余额|上页余额|制表|打印|复核|经办|共\s*\d+\s*[笔页])"
)
LONGEST = {"party": 120, "party_account": 40, "summary": 200, "serial": 60}


@dataclass(frozen=True)
class Entry:
    """One movement of the account. ``amount`` in yuan: what came is positive, what left negative.

    ``row`` is the sheet's own number, from 1; ``balance`` is the account's after the movement,
    None when the bank does not tell it.
    """

    row: int
    day: dt.date
    amount: Decimal
    party: str = ""
    party_account: str = ""
    summary: str = ""
    serial: str = ""
    balance: Decimal | None = None

    @property
    def expense(self) -> Decimal:
        """What left, as a positive amount."""
        return -self.amount


@dataclass
class Reading:
    """Everything below a header: ``entries`` in the order of time, ``problems`` (sheet row → title
    of the column, "" for the row → sentences), ``skipped`` (sheet row, its words)."""

    entries: list[Entry] = field(default_factory=list)
    problems: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    skipped: list[tuple[int, str]] = field(default_factory=list)


def read(rows: Sequence[Sequence], header: Header, layout: Layout, *, today: dt.date) -> Reading:
    """Read all ``rows`` of a sheet below ``header``; a movement after ``today`` is a problem."""
    reading = Reading()
    for at, row in enumerate(rows[header.at + 1 :], header.at + 1):
        if not any(words_of(value) for value in row):
            continue
        if _is_idle(row, header, layout):
            words = " ".join(filter(None, map(words_of, row)))
            reading.skipped.append((at + 1, words[:80]))
            continue
        judged = _Row(row, header, layout)
        entry = judged.entry(at + 1, today)
        if entry is None:
            reading.problems[at + 1] = judged.wrong
        else:
            reading.entries.append(entry)
    reading.entries = in_time_order(reading.entries)
    return reading


def _is_idle(row: Sequence, header: Header, layout: Layout) -> bool:
    """Totals, repeated headers, notes: rows without a movement of their own."""
    texts = [words_of(value) for value in row]
    if [clean(t) for t in texts if t] == [clean(t) for t in header.titles if t]:
        return True
    first = next(text for text in texts if text)
    has_day = bool(_cell(row, layout, "day") and _tries(day_of, _cell(row, layout, "day")))
    if not has_day and any(_FOOT.match(text.replace(" ", "")) for text in texts):
        return True
    amounts = [words_of(_cell(row, layout, key)) for key in ("out", "income", "amount")]
    if not any(amounts):
        # without day and amount it is a note; with a day it may be the balance brought forward
        summary = words_of(_cell(row, layout, "summary")) or first
        return not words_of(_cell(row, layout, "day")) or bool(_FOOT.match(summary))
    return False


def _tries(how, value: object) -> bool:
    try:
        return how(value) is not None
    except ValueError:
        # A day that was meant as one but is wrong: let it be told.
        return bool(re.search(r"\d", words_of(value)))


def _cell(row: Sequence, layout: Layout, key: str) -> object:
    at = layout.columns.get(key)
    return row[at] if at is not None and at < len(row) else ""


class _Row:
    """One row under judgement: takes its cells and remembers what is wrong with them."""

    def __init__(self, row: Sequence, header: Header, layout: Layout):
        self.row, self.header, self.layout = row, header, layout
        self.wrong: dict[str, list[str]] = {}

    def say(self, key: str, sentence: str) -> None:
        at = self.layout.columns.get(key)
        title = self.header.titles[at] if at is not None else ""
        self.wrong.setdefault(title, []).append(sentence)

    def take(self, key: str, how, *args):
        try:
            return how(_cell(self.row, self.layout, key), *args)
        except ValueError as error:
            self.say(key, str(error))
            return None

    def entry(self, number: int, today: dt.date) -> Entry | None:
        """The movement, or None when something is ``wrong``."""
        day = self.take("day", day_of, self.layout.order)
        if day is None and not self.wrong:
            self.say("day", "缺少日期。")
        elif day and day > today:
            self.say("day", f"日期 {day} 在今天以后，请核对。")
        amount = self._one() if "amount" in self.layout.columns else self._two()
        balance = self.take("balance", amount_of)
        if self.wrong:
            return None
        return Entry(number, day, amount, balance=balance, **self._texts())

    def _one(self) -> Decimal | None:
        """One column; a minus in a file that says which way is a correction (红字)."""
        before = len(self.wrong)
        amount = self.take("amount", amount_of)
        if not amount and len(self.wrong) == before:
            self.say("amount", "缺少金额，或金额为 0。")
        if not amount or "direction" not in self.layout.columns:
            return amount
        told = _cell(self.row, self.layout, "direction")
        if not sign_of(told):
            self.say("direction", f"收支方向“{words_of(told)[:10]}”认不出，应为借/贷或收/支。")
        return sign_of(told) * amount

    def _two(self) -> Decimal:
        before = len(self.wrong)
        out, income = self.take("out", amount_of), self.take("income", amount_of)
        if out and income:
            self.say("out", "借方和贷方不能都有金额。")
        elif not out and not income and len(self.wrong) == before:
            self.say("out", "借方和贷方都没有金额。")
        return (income or ZERO) - (out or ZERO)

    def _texts(self) -> dict[str, str]:
        texts = {key: words_of(_cell(self.row, self.layout, key)) for key in LONGEST}
        note = words_of(_cell(self.row, self.layout, "note"))
        if note and note not in texts["summary"]:
            texts["summary"] = f"{texts['summary']} {note}".strip()
        return {key: text[: LONGEST[key]] for key, text in texts.items()}


def in_time_order(entries: list[Entry]) -> list[Entry]:
    """Oldest first: some banks print the newest first. Within one day the balances tell."""
    if len(entries) < 2:
        return entries
    if entries[0].day != entries[-1].day:
        return entries[::-1] if entries[0].day > entries[-1].day else entries
    return entries[::-1] if _steps(entries[::-1]) > _steps(entries) else entries


def _steps(entries: Sequence[Entry]) -> int:
    """How many balances follow from the one before."""
    return sum(
        b.balance == a.balance + b.amount
        for a, b in pairwise(entries)
        if a.balance is not None and b.balance is not None
    )


def breaks(entries: Sequence[Entry]) -> list[tuple[Entry, Decimal]]:
    """Entries whose balance does not follow from the one before, and by how much it is off."""
    return [
        (b, b.balance - a.balance - b.amount)
        for a, b in pairwise(entries)
        if a.balance is not None and b.balance is not None and b.balance != a.balance + b.amount
    ]


def account_named(rows: Sequence[Sequence], header: Header) -> str:
    """The account number that stands above the header, digits and stars only; "" if there is none."""
    for row in rows[: header.at]:
        texts = [words_of(value) for value in row]
        found = ACCOUNT.search(" ".join(text for text in texts if text))
        if found:
            return re.sub(r"[ -]", "", found[1])
    return ""


def same_account(named: str, number: str) -> bool:
    """Whether ``named`` (perhaps with stars in its middle) can be the account ``number``."""
    number = re.sub(r"\D", "", number)
    if "*" not in named:
        return named == number
    head, tail = named.split("*")[0], named.split("*")[-1]
    return number.startswith(head) and number.endswith(tail)


def titled(layout: Layout, header: Header) -> list[tuple[str, str]]:
    """What each field is read from: ``(日期, 交易日期)`` …"""
    return [
        (label, header.titles[layout.columns[key]])
        for key, label in FIELDS.items()
        if key in layout.columns
    ]
