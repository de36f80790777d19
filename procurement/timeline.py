"""The tender on a line: the law's periods as bars, what was done as marks, today as a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from procurement.findings import Law
from procurement.models import Tender

STATES = {
    "waiting": "未起算",
    "running": "进行中",
    "ended": "已届满",
    "met": "合规",
    "late": "逾期",
}
FULL, NARROWEST, HUNDREDTH = Decimal(100), Decimal("0.8"), Decimal("0.01")


class Kind(StrEnum):
    """What the law asks of a period: to last at least so long, to act within it, or only to run."""

    LEAST = "least"
    MOST = "most"
    RUNS = "runs"


@dataclass(frozen=True)
class Period:
    """One period: from ``start`` to ``end`` by law, with the day on which it was in fact met."""

    title: str
    kind: Kind
    start: date | None
    end: date | None = None
    done: date | None = None

    def state(self, today: date) -> str:
        """waiting, running, ended, met or late; late is what the law forbids."""
        if self.start is None:
            return "waiting"
        if self.kind == Kind.LEAST and self.done < self.end:
            return "late"
        if self.kind == Kind.MOST:
            if self.done or today > self.end:
                return "met" if self.done and self.done <= self.end else "late"
            return "running"
        if today <= self.last:
            return "running"
        return "met" if self.kind == Kind.LEAST else "ended"

    @property
    def last(self) -> date:
        return max(day for day in (self.end, self.done) if day)

    def words(self) -> str:
        if self.start is None:
            return "起算日未到"
        if self.kind == Kind.LEAST:
            return f"{self.start} 至 {self.done}，法定最早 {self.end}"
        if self.kind == Kind.RUNS:
            return f"{self.start} 至 {self.end}"
        return f"最迟 {self.end}" + (f"，实际 {self.done}" if self.done else "")


@dataclass(frozen=True)
class Bar:
    """One drawn period; ``x``, ``width`` and ``mark`` in percent of the whole line."""

    title: str
    words: str
    state: str
    x: Decimal = Decimal(0)
    width: Decimal = Decimal(0)
    mark: Decimal | None = None

    @property
    def state_words(self) -> str:
        return STATES[self.state]


@dataclass(frozen=True)
class Timeline:
    """All bars, the days at both ends, and where today stands (None: outside)."""

    bars: list[Bar]
    first: date
    last: date
    today: Decimal | None


def periods_of(tender: Tender, law: Law) -> list[Period]:
    """The periods of ``tender`` in the order of the story; those that cannot start yet have no days."""

    def period(title: str, kind: Kind, code: str, start, done=None) -> Period:
        return Period(title, kind, start, law.due(code, start) if start else None, done)

    return [*_until_opening(tender, period), *_after_opening(tender, period, law)]


def _until_opening(tender: Tender, period) -> list[Period]:
    announced, until = tender.announced_on, tender.documents_until
    due = tender.bids_due_on
    return [
        period("招标公告期", Kind.RUNS, "tender.announcement_workdays", announced),
        period(
            "招标文件提供期", Kind.LEAST, "tender.documents_workdays", until and announced, until
        ),
        period("投标准备期", Kind.LEAST, "tender.bidding_days", announced, due),
        Period("开标", Kind.MOST, due, due, tender.opened_on),
    ]


def _after_opening(tender: Tender, period, law: Law) -> list[Period]:
    evaluated, reported = tender.evaluated_on, tender.reported_on
    decided, notified = tender.decided_on, tender.notified_on
    contract = getattr(tender, "contract", None)
    signed = contract.signed_on if contract else None
    published = law.due("tender.result_workdays", notified) if notified else None
    return [
        period("送交评审报告", Kind.MOST, "tender.report_workdays", evaluated, reported),
        period("定标", Kind.MOST, "tender.decide_workdays", reported, decided),
        period("公告结果、发通知书", Kind.MOST, "tender.notice_workdays", decided, notified),
        period("质疑期", Kind.RUNS, "tender.challenge_workdays", published),
        period("签订合同", Kind.MOST, "contract.sign_days", notified, signed),
        period("合同公告", Kind.RUNS, "contract.publish_workdays", signed),
        period("合同备案", Kind.RUNS, "contract.file_workdays", signed),
    ]


def timeline_of(tender: Tender, law: Law, today: date) -> Timeline | None:
    """The line to draw; None before the announcement. A failed tender shows what it got to."""
    if not tender.announced_on:
        return None
    periods = periods_of(tender, law)
    if tender.has_failed:
        periods = [period for period in periods if period.start and not _cut_short(period)]
    first, last = tender.announced_on, max(p.last for p in periods if p.start)
    if not _is_over(periods, today):
        last = max(last, today)
    days = Decimal(max((last - first).days, 1))

    def at(day: date) -> Decimal:
        return ((day - first).days / days * FULL).quantize(HUNDREDTH)

    bars = [_bar(period, today, at) for period in periods]
    return Timeline(bars, first, last, at(today) if first <= today <= last else None)


def _cut_short(period: Period) -> bool:
    """A step that a failed tender never came to is not late."""
    return period.kind == Kind.MOST and period.done is None


def _is_over(periods: list[Period], today: date) -> bool:
    return all(period.state(today) in ("ended", "met", "late") for period in periods) and not any(
        _cut_short(period) for period in periods
    )


def _bar(period: Period, today: date, at) -> Bar:
    state = period.state(today)
    if period.start is None:
        return Bar(period.title, period.words(), state)
    x = min(at(period.start), FULL - NARROWEST)
    width = max(at(period.last) - x, NARROWEST)
    mark = min(at(period.done), FULL - NARROWEST) if period.done else None
    return Bar(period.title, period.words(), state, x, width, mark)
