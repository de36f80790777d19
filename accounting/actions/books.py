"""Verbs of the books: make a month's vouchers, set how events are entered, add an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction

from accounting.entries import PARTS, TOTAL, Line, imbalance, ruled_by, unsound
from accounting.enums import Book, EventKind
from accounting.events import Event, events_of
from accounting.models import BookAccount, Entry, EntryRule, RuleSet, Voucher, VoucherSeries
from accounting.periods import first_open, last_day, month_of, refuse_closed
from accounting.rulebook import RuleBook, rule_of
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.models import County
from registry.money import ZERO


def may_keep_books(user, county: County) -> bool:
    return reach(user).holds_at(Role.COUNTY_FINANCE, county=county.pk)


def pending_events(county: County, month: dt.date) -> list[Event]:
    """Events that belong into ``month`` and have no voucher yet.

    The first open month also takes what came late for months that are closed.
    """
    since = None if month == first_open(county) else month
    found = events_of(county, since, last_day(month))
    known = set(
        Voucher.objects.filter(county=county, day__gte=since or dt.date.min).values_list(
            "event_key", flat=True
        )
    )
    return [event for event in found if event.key not in known and any(event.parts.values())]


@transaction.atomic
def make_vouchers(*, county: County, month: dt.date, user) -> list[Voucher]:
    """生成本月凭证 for every event of ``month`` that has none: all of them, or none at all.

    Called again it makes only what is new. Two at once wait for one another at the month's series
    row, so no event gets two vouchers and no number is left out. Raises ``ValidationError`` for the
    wrong person, a month that is closed or has not begun, and an event without rules.
    """
    if not may_keep_books(user, county):
        raise ValidationError("凭证由县财务审核岗生成。")
    series = locked_series(county, month)
    refuse_closed(county, month)
    events = pending_events(county, month)
    rules = RuleBook(county)
    made, entries, now = [], [], clock.now()
    for event in events:
        lines = _entered(rules, event)
        voucher = _voucher(event, county, month, lines)
        voucher.number = series.last = series.last + 1
        voucher.made_by, voucher.made_at = user, now
        made.append(voucher)
        entries.append(lines)
    Voucher.objects.bulk_create(made)
    Entry.objects.bulk_create(
        Entry(voucher=voucher, line=at, **line._asdict())
        for voucher, lines in zip(made, entries, strict=True)
        for at, line in enumerate(lines, 1)
    )
    series.save(update_fields=["last"])
    return made


def locked_series(county: County, month: dt.date) -> VoucherSeries:
    """The month's series under a row lock."""
    VoucherSeries.objects.get_or_create(county=county, month=month_of(month))
    return VoucherSeries.objects.select_for_update().get(county=county, month=month_of(month))


def _voucher(event: Event, county: County, month: dt.date, lines: list[Line]) -> Voucher:
    debit = [line for line in lines if line.book == Book.FINANCIAL and line.side == "debit"]
    return Voucher(
        county=county,
        month=month,
        day=max(event.day, month),
        kind=event.kind,
        event_key=event.key,
        summary=event.sentence[:200],
        amount=sum((line.amount for line in debit), ZERO),
        school_id=event.school_id,
        agreement_id=event.agreement_id,
    )


def _entered(rules: RuleBook, event: Event) -> list[Line]:
    """Balanced entries of ``event``; raises ``ValidationError`` when there are none."""
    lines = rules.lines_of(event)
    if not lines or imbalance(lines):
        kind, day = ruled_by(event.kind), event.rules_on or event.day
        raise ValidationError(
            f"“{event.sentence}”（{event.day}）没有可用的科目对应，"
            f"请先为“{kind.label}”设置 {day} 或更早启用的对应。"
        )
    return lines


@transaction.atomic
def set_rules(
    *,
    county: County,
    kind: str,
    valid_from: dt.date,
    basis: str,
    lines: Iterable[EntryRule],
    user,
) -> RuleSet:
    """自某日起的科目对应 of one county; what was in force before stays on record and in its vouchers.

    ``lines`` are unsaved rows (side, account, part, note). Raises ``ValidationError`` when they
    would not balance for every split of the parts, for the wrong person, an account that the
    county does not have, a closed month, or when a set that begins as late or later is there.
    """
    if not may_keep_books(user, county):
        raise ValidationError("科目对应由县财务审核岗设置。")
    lines = list(lines)
    check_rules(county, kind, lines)
    if (first_open(county) or dt.date.min) > valid_from:
        raise ValidationError({"valid_from": "这一天所在的月份已经结账，请从未结账的月份起启用。"})
    newest = RuleSet.objects.filter(county=county, kind=kind).order_by("-valid_from").first()
    if newest and newest.valid_from >= valid_from:
        raise ValidationError(
            {"valid_from": f"已有自 {newest.valid_from} 起的对应，新的启用日期应更晚。"}
        )
    row = RuleSet(
        county=county,
        kind=kind,
        valid_from=valid_from,
        basis=basis.strip(),
        set_by=user,
        set_at=clock.now(),
    )
    row.full_clean()
    row.save()
    for at, line in enumerate(lines, 1):
        line.rule_set, line.line = row, at
    EntryRule.objects.bulk_create(lines)
    return row


def check_rules(county: County, kind: str, lines: list[EntryRule]) -> None:
    """Raises ``ValidationError`` with a sentence when ``lines`` are no sound set for ``kind``."""
    kind = EventKind(kind)
    if kind not in PARTS:
        raise ValidationError(f"“{kind.label}”按付款的对应入账，不另设对应。")
    known = set(BookAccount.objects.known_in(county).values_list("pk", flat=True))
    for line in lines:
        if line.account_id not in known:
            raise ValidationError("所选科目不是本县可用的科目。")
        if line.part not in {*PARTS[kind], TOTAL}:
            raise ValidationError(f"“{kind.label}”没有“{line.part}”这一项金额。")
    if sentence := unsound(kind, [rule_of(line) for line in lines]):
        raise ValidationError(sentence)


@transaction.atomic
def add_account(*, county: County, code: str, name: str, user) -> BookAccount:
    """新增明细科目 below an account that is known; book and side are its parent's."""
    if not may_keep_books(user, county):
        raise ValidationError("会计科目由县财务审核岗维护。")
    known = BookAccount.objects.known_in(county)
    if known.filter(code=code).exists():
        raise ValidationError({"code": f"科目 {code} 已经有了。"})
    parents = [row for row in known if code.startswith(row.code)]
    if not parents:
        raise ValidationError(
            {"code": "请在已有科目下增加明细，如在“2502 长期应付款”下增加“250201”。"}
        )
    parent = max(parents, key=lambda row: len(row.code))
    row = BookAccount(
        county=county, book=parent.book, code=code, name=name.strip(), side=parent.side
    )
    row.full_clean()
    row.save()
    return row
