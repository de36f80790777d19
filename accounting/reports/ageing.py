"""逾期账龄: what is owed, by how long it is overdue."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from django.db.models import F, Q, QuerySet

from accounting.reports.dimension import Dimension
from accounting.reports.ledger import Link
from accounting.reports.plan import COUNTY, due, paid
from accounting.reports.table import Column, Row
from accounting.reports.workdays import Calendars
from registry.money import ZERO

STARTS = (1, 31, 61, 91, 181)
"""First day of each class of days past the due day that was moved to a working day."""
AGES = [("0", "未逾期")] + [
    (f"{first}-{later - 1}", f"{first}–{later - 1} 天") for first, later in pairwise(STARTS)
]
AGES.append((f"{STARTS[-1]}-", f"超过 {STARTS[-1] - 1} 天"))
NAMES = [f"age_{n}" for n in range(len(AGES))]
COLUMNS = [Column(name, title) for name, (_, title) in zip(NAMES, AGES, strict=True)]
ALL = Column("remaining", "尚欠合计")
OVERDUE = Column("overdue", "其中逾期")


def classes(on: dt.date, calendars: Calendars) -> dict[str, Q]:
    """Class code → its instalments: the classes follow each other without gap or overlap."""
    since = [calendars.late(on, first, county=COUNTY) for first in STARTS]
    found = {AGES[0][0]: ~since[0]}
    for n, (code, _) in enumerate(AGES[1:]):
        found[code] = since[n] & ~since[n + 1] if n + 1 < len(since) else since[n]
    return found


def by_group(rows: QuerySet, dimension: Dimension, *, on: dt.date, link: Link) -> list[Row]:
    """One row per group that still owes something."""
    parts = dict(zip(NAMES, classes(on, Calendars()).values(), strict=True))
    keys = {"key": dimension.key("")} | {name: F(path) for name, path in dimension.names.items()}
    settled = paid(rows, dimension.key("instalment__"), parts)
    found = []
    for group in due(rows, keys, parts).order_by(*dimension.order):
        mine = settled.get(group["key"], {})
        for name in NAMES:
            group[name] -= mine.get(name, ZERO)
        group["remaining"] = sum((group[name] for name in NAMES), ZERO)
        group["overdue"] = group["remaining"] - group[NAMES[0]]
        if group["remaining"]:
            asked = dimension.asked(group)
            found.append(Row(group, links(group, link, asked), [*NAMES[1:], "overdue"]))
    return found


def links(values: dict, link: Link, asked: dict) -> dict[str, str]:
    """The instalments behind every amount."""
    to = {name: {"age": code} for name, (code, _) in zip(NAMES, AGES, strict=True)}
    to |= {"remaining": {}, "overdue": {"state": "overdue"}}
    return {
        name: link("accounting:instalments", **({"state": "remaining"} | asked | more))
        for name, more in to.items()
        if values.get(name)
    }
