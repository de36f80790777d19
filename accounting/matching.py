"""Which recorded or waiting payment a line of the statement is, and how sure that is. Pure.

The same lines and candidates always give the same proposals, each with the sentence that says why.
A line and a candidate only meet when their amounts agree to the fen; names, account numbers,
quoted numbers and days then make the proposal more or less certain. What stays alone is tried as
a batch: one line that pays several things of one supplier, or of one document, together.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.subsets import Subsets
from registry.money import ZERO, to_fen

SUM_OF_AT_MOST = 30
AMBIGUOUS, PAIRED_IN_ORDER, MANY_WAYS = 55, 75, 50
WAITED_AT_MOST, RECORDED_WITHIN = 120, 15
"""Days between a line and the parts of a batch: since they were passed, or were recorded."""
VOUCHER = "凭证号"
NEAR = 10
"""Two candidates whose scores are this close cannot be told apart."""

SMALL = Decimal("5000.00")
"""The bank's own fees and interest are small; a large amount under such a word is looked at."""
BY_WORDS = (
    ("fee", -1, re.compile("手续费|工本费|账户管理费|汇划费|年费|短信费|服务费")),
    ("interest", 1, re.compile("结息|利息|存息|付息")),
    ("bounced", 1, re.compile("退汇|退票|退回|冲账")),
)

PUBLIC = re.compile("财政|国库|教育")
"""Who sends rebates; which of a level's accounts, nobody knows beforehand."""

_NOISE = re.compile(r"[\W_]|有限责任公司|股份有限公司|有限公司")


@dataclass(frozen=True)
class Movement:
    """A line of the statement; ``amount`` signed, ``text`` all that its summary and serial say."""

    pk: int
    day: dt.date
    amount: Decimal
    party: str = ""
    party_account: str = ""
    text: str = ""


@dataclass(frozen=True)
class Candidate:
    """Something that may have moved the account; ``amount`` signed as the bank would show it.

    ``day``: when it was recorded to have moved, or from when it may (``waits``). ``numbers``: what
    a summary may quote, as (what it is, the text). ``group``: those that one transfer may pay.
    ``label`` is for people and decides nothing.
    """

    kind: str
    pk: int | str
    amount: Decimal
    day: dt.date
    party: str = ""
    accounts: frozenset[str] = frozenset()
    numbers: tuple[tuple[str, str], ...] = ()
    group: str = ""
    waits: bool = False
    label: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.pk}"


@dataclass(frozen=True)
class Proposal:
    """What a line probably is: ``confidence`` 0–100 and why."""

    movement: Movement
    candidates: tuple[Candidate, ...]
    confidence: int
    because: str


@dataclass
class _Score:
    points: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, points: int, reason: str) -> None:
        self.points += points
        self.reasons.append(reason)


def plain(name: str) -> str:
    """A name without blanks, signs and the legal form, letters narrowed."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).upper()


def propose(movements: Iterable[Movement], candidates: Iterable[Candidate]) -> list[Proposal]:
    """At most one proposal per movement, and no candidate in two; most certain first."""
    movements = sorted(movements, key=lambda m: (m.day, m.pk))
    free = {c.key: c for c in sorted(candidates, key=lambda c: (c.day, c.kind, c.pk))}
    proposals = _singles(movements, free)
    taken = {p.movement.pk for p in proposals}
    proposals += _batches([m for m in movements if m.pk not in taken], free)
    taken = {p.movement.pk for p in proposals}
    proposals += [p for m in movements if m.pk not in taken if (p := _by_words(m))]
    return sorted(proposals, key=lambda p: (-p.confidence, p.movement.day, p.movement.pk))


# --- one line, one thing ------------------------------------------------------------------------
def _singles(movements: list[Movement], free: dict[str, Candidate]) -> list[Proposal]:
    by_amount = defaultdict(list)
    for candidate in free.values():
        by_amount[candidate.amount].append(candidate)
    pairs = [
        (found, movement, candidate)
        for movement in movements
        for candidate in by_amount[movement.amount]
        if (found := score(movement, candidate))
    ]
    pairs.sort(key=lambda p: (-p[0].points, abs((p[1].day - p[2].day).days), p[1].pk, p[2].key))
    rivals = _Rivals(pairs)
    chosen, done = [], set()
    for found, movement, candidate in pairs:
        if movement.pk in done or candidate.key not in free:
            continue
        done.add(movement.pk)
        del free[candidate.key]
        points, words = rivals.judge(found, movement, candidate)
        chosen.append(Proposal(movement, (candidate,), points, words))
    return chosen


class _Rivals:
    """Whether a pair stands alone: of many schools with the same instalment a line fits each."""

    def __init__(self, pairs: list[tuple[_Score, Movement, Candidate]]):
        self.of_line, self.of_candidate = defaultdict(list), defaultdict(list)
        for found, movement, candidate in pairs:
            self.of_line[movement.pk].append((found.points, candidate.key))
            self.of_candidate[candidate.key].append((found.points, movement.pk))

    def judge(self, found: _Score, movement: Movement, candidate: Candidate) -> tuple[int, str]:
        lines = {key for points, key in self.of_line[movement.pk] if points > found.points - NEAR}
        others = {
            pk for points, pk in self.of_candidate[candidate.key] if points > found.points - NEAR
        }
        points = max(0, min(found.points, 100))
        if len(lines) == 1 and len(others) == 1:
            return points, "、".join(found.reasons)
        if len(lines) == len(others):
            points, words = min(points, PAIRED_IN_ORDER), f"同额 {len(lines)} 笔，按先后配对"
        else:
            points, words = min(points, AMBIGUOUS), f"同额的有 {max(len(lines), len(others))} 笔"
        return points, "、".join([*found.reasons, words])


def score(movement: Movement, candidate: Candidate) -> _Score | None:
    """How well a candidate of the same amount fits; None when it cannot have been this line."""
    if movement.amount != candidate.amount:
        return None
    if candidate.waits and movement.day < candidate.day:
        return None
    found = _Score(45, ["金额一致"])
    _party(found, movement, candidate.party, candidate.accounts)
    _numbers(found, movement, candidate.numbers)
    _days(found, movement, candidate)
    return found


def _party(found: _Score, movement: Movement, party: str, accounts: frozenset[str]) -> None:
    who = "收款人" if movement.amount < 0 else "付款人"
    if movement.party_account and movement.party_account in accounts:
        found.add(15, f"{who}账号一致")
    mine, theirs = plain(movement.party), plain(party)
    if mine and not party and movement.amount > 0 and PUBLIC.search(mine):
        found.add(15, "付款人为财政或教育部门")
    if not mine or not theirs:
        return
    if mine == theirs:
        found.add(25, f"{who}一致")
    elif min(len(mine), len(theirs)) >= 4 and (mine in theirs or theirs in mine):
        found.add(15, f"{who}相近")
    else:
        found.add(-25, f"{who}不同")


def _numbers(found: _Score, movement: Movement, numbers: Sequence[tuple[str, str]]) -> None:
    """One quoted number is enough; two tell no more. A voucher's number names one payment alone."""
    text = plain(movement.text)
    for what, number in numbers:
        if len(plain(number)) >= 3 and plain(number) in text:
            found.add(40 if what == VOUCHER else 25, f"摘要含{what}")
            return


def _days(found: _Score, movement: Movement, candidate: Candidate) -> None:
    apart = abs((movement.day - candidate.day).days)
    if candidate.waits:
        if apart <= 20:
            found.add(10, "日期在审批之后")
    elif apart == 0:
        found.add(15, "日期一致")
    elif apart <= 5:
        found.add(10, f"日期相差 {apart} 天")
    elif apart > 45:
        found.add(-20, f"日期相差 {apart} 天")


# --- one line, several things -------------------------------------------------------------------
def _batches(movements: list[Movement], free: dict[str, Candidate]) -> list[Proposal]:
    groups = defaultdict(list)
    for candidate in free.values():
        if candidate.group:
            groups[candidate.group, candidate.amount > 0, candidate.waits].append(candidate)
    searches: dict[tuple, Subsets] = {}
    proposals = []
    for movement in movements:
        best = None
        for name, members in groups.items():
            if name[1] is (movement.amount > 0) and len(members) > 1:
                found = _batch(movement, name, members, searches)
                if found and (best is None or found[0].confidence > best[0].confidence):
                    best = (found[0], name)
        if best:
            proposals.append(best[0])
            used = set(best[0].candidates)
            groups[best[1]] = [c for c in groups[best[1]] if c not in used]
            searches = {key: s for key, s in searches.items() if key[0] != best[1]}
    return proposals


def _batch(movement: Movement, name, members: list[Candidate], searches) -> list[Proposal]:
    """The members of one group that together make the line's amount, if there are such."""
    fitting = [c for c in members if _in_time(movement, c)]
    head = fitting[0] if fitting else None
    if head is None or len(fitting) < 2:
        return []
    found = _Score(45)
    _party(found, movement, head.party, head.accounts)
    if movement.party and found.points < 45:
        return []
    _numbers(found, movement, [n for c in fitting for n in c.numbers])
    total = sum((c.amount for c in fitting), ZERO)
    if total == movement.amount:
        found.add(15, "为其全部未付款项" if movement.amount < 0 else "为其全部未到款项")
        return [_proposed(movement, tuple(fitting), found, 100)]
    few = fitting[:SUM_OF_AT_MOST]
    key = (name, tuple(c.key for c in few))
    if key not in searches:
        searches[key] = Subsets([abs(to_fen(c.amount)) for c in few])
    chosen, ways = searches[key].making(abs(to_fen(movement.amount)))
    if len(chosen) < 2:
        return []
    if ways > 1:
        found.add(0, "凑成这个数的办法不止一种")
    most = 100 if ways == 1 and movement.party else MANY_WAYS
    return [_proposed(movement, tuple(few[n] for n in chosen), found, most)]


def _in_time(movement: Movement, candidate: Candidate) -> bool:
    """What was recorded long before or after this line was no part of it."""
    apart = (movement.day - candidate.day).days
    return 0 <= apart <= WAITED_AT_MOST if candidate.waits else abs(apart) <= RECORDED_WITHIN


def _proposed(movement: Movement, chosen: tuple[Candidate, ...], found: _Score, most: int):
    words = "、".join([f"{len(chosen)} 笔合计金额一致", *found.reasons])
    return Proposal(movement, chosen, max(0, min(found.points, most)), words)


# --- the bank's own movements -------------------------------------------------------------------
def _by_words(movement: Movement) -> Proposal | None:
    """Fees, interest, what came back: told by the summary, and by which way the money went."""
    for reason, sign, words in BY_WORDS:
        found = words.search(movement.text)
        if found and movement.amount * sign > 0:
            small = reason != "bounced" and abs(movement.amount) <= SMALL
            candidate = Candidate("explained", reason, movement.amount, movement.day)
            return Proposal(movement, (candidate,), 85 if small else 50, f"摘要为“{found[0]}”")
    return None
