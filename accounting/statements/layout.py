"""Which column of a bank's file is what: guessed from the words of its header. Pure.

Three ways to write an amount are known: a column for what leaves (借方) and one for what comes
(贷方); one amount and a column that says which way; one amount with a sign.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounting.statements.values import amount_of, day_of, sign_of, words_of

HEADER_WITHIN = 40
MARKS = "问题"
"""The column that our own marking adds; it is no part of the bank's layout."""

FIELDS = {
    "day": "日期",
    "out": "借方（支出）",
    "income": "贷方（收入）",
    "amount": "金额（一列）",
    "direction": "收支方向",
    "party": "对方户名",
    "party_account": "对方账号",
    "summary": "摘要",
    "note": "附言或用途",
    "serial": "流水号",
    "balance": "余额",
}
# The first word that a header has decides; what stands earlier is the better name.
WORDS = {
    "day": "交易日期 记账日期 入账日期 记账日 交易日 发生日期 日期 交易时间 记账时间 起息日",
    "out": "借方发生额 借方金额 借方 支出金额 支出 付款金额 转出金额 支取金额 付出金额 出账金额",
    "income": "贷方发生额 贷方金额 贷方 收入金额 收入 收款金额 转入金额 存入金额 入账金额",
    "amount": "交易金额 发生额 交易额 金额",
    "direction": "收支方向 借贷标志 借贷方向 收支标志 收付标志 收付方向 借/贷 借贷 收支 收/支 交易方向 方向",
    "party": "对方户名 对方账户名称 对方单位名称 对方单位 对方名称 对手户名 交易对方 收付款人名称 对方账户名",
    "party_account": "对方账号 对方帐号 对方账户 对手账号 收付款人账号",
    "summary": "摘要 交易摘要 摘要说明",
    "note": "附言 用途 交易用途 备注 交易附言",
    "serial": "交易流水号 流水号 核心流水号 业务流水号 柜员流水号 交易编号 交易序号 日志号",
    "balance": "账户余额 交易后余额 当前余额 本次余额 余额",
}
_UNIT = re.compile(r"\((?:人民币)?元?\)|/元$|[\s*:]")
_BRACKET = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Layout:
    """``columns``: a key of ``FIELDS`` to the index of its column; ``order``: see ``values.ORDERS``."""

    columns: dict[str, int]
    order: str = "ymd"

    @property
    def lacks(self) -> list[str]:
        """What is missing before a row can be read, in words."""
        have, missing = self.columns, []
        if "day" not in have:
            missing.append("没有指明“日期”是哪一列。")
        pair = {"out", "income"} & set(have)
        if "amount" not in have and not pair:
            missing.append("没有指明金额：请指“借方”和“贷方”两列，或“金额”一列。")
        elif "amount" in have and pair:
            missing.append("“金额”一列和“借方”“贷方”两列只能用一种。")
        elif len(pair) == 1:
            missing.append("“借方”和“贷方”须各指一列。")
        if len(set(have.values())) < len(have):
            missing.append("同一列不能当两种内容用。")
        return missing


@dataclass
class Header:
    """Where the header of a table stands (index of its last row) and its titles."""

    at: int
    titles: list[str]
    layout: Layout = field(default_factory=lambda: Layout({}))

    @property
    def signature(self) -> str:
        """The same for every file that the same bank lays out the same way."""
        titles = [clean(t) for t in self.titles if clean(t) != MARKS]
        while titles and not titles[-1]:
            titles.pop()
        return hashlib.sha256("|".join(titles).encode()).hexdigest()


def clean(title: object) -> str:
    """A header without blanks, unit and full-width signs."""
    return _UNIT.sub("", words_of(title).replace(" ", ""))


def guess(titles: Sequence[str]) -> Layout:
    """The columns whose titles are known; each column is used once, each field takes its best."""
    ranked = []
    for at, title in enumerate(titles):
        name = clean(title)
        for key, words in WORDS.items():
            rank = _rank(name, words.split())
            if rank is not None:
                ranked.append((rank, at, key))
    columns: dict[str, int] = {}
    for _, at, key in sorted(ranked):
        if key not in columns and at not in columns.values():
            columns[key] = at
    if {"out", "income"} <= set(columns):
        columns.pop("amount", None)
        columns.pop("direction", None)
    return Layout(columns)


def _rank(name: str, words: list[str]) -> int | None:
    """0… for the very word, 100… with its brackets aside, 200… when the title only contains it."""
    bare = _BRACKET.sub("", name)
    for base, fits in (
        (0, lambda word: word == name),
        (100, lambda word: word == bare),
        (200, lambda word: len(word) > 2 and word in bare),
    ):
        for rank, word in enumerate(words):
            if fits(word):
                return base + rank
    return None


def find_header(rows: Sequence[Sequence]) -> Header | None:
    """The header among the first rows: the one whose titles say most, or at least stand right.

    A bank may put titles and account numbers above it, and split it over two rows.
    """
    best, found = 1, None
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        titles = [words_of(value) for value in row]
        layout = guess(titles)
        if len(layout.columns) > best:
            best, found = len(layout.columns), Header(at, titles, layout)
    if found is None:
        return _unknown_header(rows)
    return _two_rows(found, rows)


def _two_rows(header: Header, rows: Sequence[Sequence]) -> Header:
    """发生额 above 借方 and 贷方: the two rows read as one."""
    below = rows[header.at + 1] if header.at + 1 < len(rows) else []
    texts = [words_of(value) for value in below]
    if not any(texts) or any(re.search(r"\d", text) for text in texts):
        return header
    titles = [low or high for high, low in zip(header.titles, texts, strict=False)]
    titles += header.titles[len(texts) :]
    layout = guess(titles)
    if len(layout.columns) <= len(header.layout.columns):
        return header
    return Header(header.at + 1, titles, layout)


def _unknown_header(rows: Sequence[Sequence]) -> Header | None:
    """A row of words with a row below that holds a day and an amount: a person must say the rest."""
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        titles = [words_of(value) for value in row]
        if sum(bool(re.search(r"[^\W\d]", title)) for title in titles) < 3 or at + 1 >= len(rows):
            continue
        below = rows[at + 1]
        if any(_reads(day_of, v) for v in below) and any(_reads(amount_of, v) for v in below):
            return Header(at, titles, guess(titles))
    return None


def _reads(how, value: object) -> bool:
    try:
        return how(value) is not None
    except ValueError:
        return False


def order_of(values: Sequence[object]) -> str | None:
    """How days with the year at the end are written: ``dmy``, ``mdy``, or None when it is unclear.

    ``ymd`` when there are none.
    """
    parts = [re.match(r"^(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}", words_of(value)) for value in values]
    pairs = [(int(p[1]), int(p[2])) for p in parts if p]
    if not pairs:
        return "ymd"
    day_first, month_first = any(a > 12 for a, _ in pairs), any(b > 12 for _, b in pairs)
    return None if day_first == month_first else "dmy" if day_first else "mdy"


def doubts(layout: Layout, rows: Sequence[Sequence]) -> list[str]:
    """What a person must settle before the rows can be trusted, in sentences."""
    found = layout.lacks
    columns = layout.columns

    def column(key: str) -> list:
        at = columns[key]
        return [row[at] for row in rows if at < len(row)]

    if found:
        return found
    if layout.order == "ymd" and order_of(column("day")) != "ymd":
        found.append("日期写成“日/月/年”还是“月/日/年”看不出来，请选定日期写法。")
    if "amount" not in columns:
        return found
    if "direction" in columns:
        if not any(sign_of(value) for value in column("direction")):
            found.append("“收支方向”一列里认不出“借/贷”或“收/支”，请另选一列。")
    elif not any(_negative(value) for value in column("amount")):
        found.append("“金额”一列没有负数，又没有收支方向，分不出收入和支出，请指明“收支方向”列。")
    return found


def _negative(value: object) -> bool:
    try:
        return (amount_of(value) or 0) < 0
    except ValueError:
        return False
