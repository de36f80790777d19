"""The name under which a movement is known, so that it comes in only once. Pure.

A bank's serial number alone is no such name: a payment and its fee may carry the same one. Day and
amount go with it. Without a serial number everything that the line says names it, and lines that
say exactly the same are counted: the second coffee of a day is not the first one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from accounting.statements.reading import Entry


def keys_of(entries: Iterable[Entry]) -> list[str]:
    """One key per entry, in their order; the same movement has the same key in every file that
    holds whole days."""
    seen: Counter[tuple] = Counter()
    keys = []
    for entry in entries:
        parts = _parts(entry)
        seen[parts] += 1
        text = "|".join((*parts, str(seen[parts])))
        keys.append(hashlib.sha256(text.encode()).hexdigest())
    return keys


def _parts(entry: Entry) -> tuple[str, ...]:
    day, amount = entry.day.isoformat(), str(entry.amount)
    if entry.serial:
        return ("serial", entry.serial, day, amount)
    balance = "" if entry.balance is None else str(entry.balance)
    return ("line", day, amount, entry.party, entry.summary, balance)


def known_otherwise(entries: Iterable[Entry], known: Iterable[tuple]) -> set[int]:
    """Entries (by position) that another layout has brought in already, under another key.

    ``known``: (day, amount, balance) of lines of files with another header, less those whose key
    was met. Two layouts of one bank (with and without serial numbers, say) give one movement two
    keys; day, amount and, where both tell it, the balance then show that it is the same. Each
    known line stands for one entry.
    """
    left: dict[tuple, list] = {}
    for day, amount, balance in known:
        left.setdefault((day, amount), []).append(balance)
    found = set()
    for at, entry in enumerate(entries):
        balances = left.get((entry.day, entry.amount), [])
        for balance in balances:
            if None in (balance, entry.balance) or balance == entry.balance:
                balances.remove(balance)
                found.add(at)
                break
    return found
