"""All entry rules that a county ever had, read once: which set holds for an event of some day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db.models import Q

from accounting.entries import Line, Rule, lines_of, ruled_by
from accounting.events import Event
from accounting.models import EntryRule, RuleSet
from registry.models import County


def rule_of(line: EntryRule) -> Rule:
    """``line`` as the pure rules know it; asks for ``account``."""
    account = line.account
    return Rule(account.book, line.side, account.code, account.name, line.part)


class RuleBook:
    """The county's own sets before the common ones; of each the newest that has begun."""

    def __init__(self, county: County):
        rows = RuleSet.objects.filter(Q(county=None) | Q(county=county)).select_related("set_by")
        self.sets: dict[str, list[RuleSet]] = defaultdict(list)
        for row in rows.prefetch_related("lines__account"):
            self.sets[row.kind].append(row)
        for found in self.sets.values():
            found.sort(key=lambda row: (row.county_id is not None, row.valid_from), reverse=True)
        self._rules: dict[int, list[Rule]] = {}

    def on(self, kind: str, day: dt.date) -> RuleSet | None:
        """The set that holds for events of ``kind`` on ``day``."""
        found = self.sets[ruled_by(kind)]
        return next((row for row in found if row.valid_from <= day), None)

    def rules(self, kind: str, day: dt.date) -> list[Rule]:
        """The rules of ``on``; empty when no set has begun by then."""
        row = self.on(kind, day)
        if row is None:
            return []
        if row.pk not in self._rules:
            self._rules[row.pk] = [rule_of(line) for line in row.lines.all()]
        return self._rules[row.pk]

    def lines_of(self, event: Event) -> list[Line]:
        """The entries of ``event``; empty when no rules have begun by its day."""
        return lines_of(
            event.kind, event.parts, self.rules(event.kind, event.rules_on or event.day)
        )
