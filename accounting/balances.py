"""What the books add up to: the trial balance, and the payable beside what is really owed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import QuerySet, Sum

from accounting.enums import Book, Side
from accounting.events import Event, events_of
from accounting.models import BookAccount, Entry, Voucher
from accounting.periods import last_day
from accounting.reference import LEASED, OWNED, PAYABLE
from assets.models import AssetCard
from financing.enums import PostingKind
from financing.models import Agreement, Instalment, Posting
from financing.models.instalment import yuan
from financing.models.period import booking_day
from registry.models import County, School
from registry.money import ZERO, cents


@dataclass
class Balance:
    """One account in a month; ``opening`` and ``closing`` on the side where it belongs."""

    book: str
    code: str
    name: str
    side: str
    opening: Decimal = ZERO
    debit: Decimal = ZERO
    credit: Decimal = ZERO

    @property
    def closing(self) -> Decimal:
        turnover = self.debit - self.credit
        return self.opening + (turnover if self.side == Side.DEBIT else -turnover)

    @property
    def side_words(self) -> str:
        return Side(self.side).label


@dataclass
class TrialBalance:
    """科目余额表 of one book; ``off`` is debit minus credit, which must be nothing."""

    book: Book
    rows: list[Balance]

    @property
    def debit(self) -> Decimal:
        return sum((row.debit for row in self.rows), ZERO)

    @property
    def credit(self) -> Decimal:
        return sum((row.credit for row in self.rows), ZERO)

    @property
    def off(self) -> Decimal:
        """Over everything up to the month's end: Σ debit balances − Σ credit balances."""
        return sum(
            (row.closing if row.side == Side.DEBIT else -row.closing for row in self.rows), ZERO
        )


def trial_balance(
    county: County, month: dt.date, school: School | None = None
) -> list[TrialBalance]:
    """Both books of ``county`` (or of one school's part of it) for ``month``."""
    rows = Entry.objects.filter(voucher__county=county, voucher__month__lte=month)
    if school is not None:
        rows = rows.filter(voucher__school=school)
    sides = dict(BookAccount.objects.known_in(county).values_list("code", "side"))
    found: dict[tuple, Balance] = {}
    for one in _sums(rows, month):
        key = one["book"], one["account_code"]
        side = sides.get(one["account_code"], one["side"])
        row = found.setdefault(key, Balance(*key, one["account_name"], side))
        _add(row, one["side"], one["total"], before=one["before"])
    ordered = sorted(found.values(), key=lambda row: row.code)
    return [TrialBalance(book, [row for row in ordered if row.book == book]) for book in Book]


def _sums(rows: QuerySet, month: dt.date) -> list[dict]:
    """Σ by book, account and side, before the month and in it."""
    names = ("book", "account_code", "account_name", "side")
    found = []
    for before in (True, False):
        part = (
            rows.filter(voucher__month__lt=month) if before else rows.filter(voucher__month=month)
        )
        sums = part.order_by().values(*names).annotate(total=yuan(Sum("amount")))
        found += [one | {"before": before} for one in sums]
    return found


def _add(row: Balance, side: str, amount: Decimal, *, before: bool) -> None:
    if before:
        row.opening += amount if side == row.side else -amount
    elif side == Side.DEBIT:
        row.debit += amount
    else:
        row.credit += amount


@dataclass
class Payable:
    """长期应付款 of one agreement: what the vouchers say, and what is left of its instalments."""

    agreement: Agreement
    booked: Decimal
    owed: Decimal
    reasons: list[str] = field(default_factory=list)
    explained: bool = False
    """Every difference comes from how finance set the accounts, none from a missing voucher."""

    @property
    def difference(self) -> Decimal:
        return self.booked - self.owed


def payables(county: County, month: dt.date) -> list[Payable]:
    """Every agreement signed by the end of ``month``, with reasons where the two sides differ.

    What is owed is read from the live instalments and taken back to the month's end by undoing
    the events that were booked later.
    """
    events = _booked(county, month)
    booked, vouchers = _vouchers(county, month)
    owed = _owed(county)
    mine: dict[int, list[Event]] = defaultdict(list)
    for event, is_late in events:
        if event.agreement_id is None:
            continue
        if is_late:
            owed[event.agreement_id] -= event.payable
        else:
            mine[event.agreement_id].append(event)
    agreements = (
        Agreement.objects.signed()
        .filter(project_school__project__dossier__county=county, signed_on__lte=last_day(month))
        .select_related("project_school__school")
    )
    found = []
    for agreement in agreements.order_by("project_school__school__code", "pk"):
        row = Payable(agreement, booked[agreement.pk], owed[agreement.pk])
        if row.difference:
            _explain(row, mine[agreement.pk], vouchers)
        found.append(row)
    return found


def _booked(county: County, month: dt.date) -> list[tuple[Event, bool]]:
    """Every event, and whether the books have it (or will have it) only after ``month``."""
    days = dict(Voucher.objects.filter(county=county).values_list("event_key", "day"))
    first = booking_day(county, dt.date.min)
    end = last_day(month)
    return [
        (event, days.get(event.key, max(event.day, first)) > end) for event in events_of(county)
    ]


def _vouchers(county: County, month: dt.date) -> tuple[dict, dict]:
    """The payable in the vouchers by agreement; and by event: (voucher's word, its payable)."""
    rows = Entry.objects.filter(
        voucher__county=county,
        voucher__month__lte=month,
        book=Book.FINANCIAL,
        account_code__startswith=PAYABLE,
    )
    booked: dict[int, Decimal] = defaultdict(lambda: ZERO)
    by_event: dict[str, Decimal] = defaultdict(lambda: ZERO)
    names = ("voucher__agreement", "voucher__event_key", "side", "amount")
    for agreement, key, side, amount in rows.values_list(*names):
        change = amount if side == Side.CREDIT else -amount
        booked[agreement] += change
        by_event[key] += change
    words = Voucher.objects.filter(county=county, month__lte=month)
    found = {
        row.event_key: (f"{row.month:%Y-%m} {row.word}", by_event[row.event_key]) for row in words
    }
    return booked, found


def _owed(county: County) -> dict[int, Decimal]:
    """Payments of the live instalments less what postings settled of them, by agreement."""
    path = "project_school__project__dossier__county"
    live = Instalment.objects.filter(**{f"agreement__{path}": county}).order_by()
    owed = defaultdict(lambda: ZERO)
    for agreement, amount in live.values_list("agreement").annotate(s=Sum("payment")):
        owed[agreement] = cents(amount)
    settled = Posting.objects.filter(
        **{f"instalment__agreement__{path}": county},
        instalment__replaced_by=None,
        kind__in=(PostingKind.PRINCIPAL, PostingKind.INTEREST),
    ).order_by()
    for agreement, amount in settled.values_list("instalment__agreement").annotate(s=Sum("amount")):
        owed[agreement] -= cents(amount)
    return owed


def _explain(row: Payable, events: list[Event], vouchers: dict) -> None:
    missing = [event for event in events if event.key not in vouchers and event.payable]
    for event in missing[:3]:
        row.reasons.append(f"还没有凭证：{event.day} {event.sentence}")
    if len(missing) > 3:
        row.reasons.append(f"另有 {len(missing) - 3} 个事项没有凭证")
    elsewhere = ZERO
    for event in events:
        word, amount = vouchers.get(event.key, ("", event.payable))
        if amount != event.payable:
            elsewhere += amount - event.payable
            row.reasons.append(
                f"{word}：按当时的科目对应记入长期应付款 {amount:,.2f} 元，"
                f"事项应变动 {event.payable:,.2f} 元"
            )
    row.explained = elsewhere == row.difference
    if not row.reasons:
        row.reasons.append("凭证与账目不一致，原因不明，请联系系统管理员")


@dataclass(frozen=True)
class Cost:
    """固定资产 in the books beside the prices on the cards: the interest makes the difference."""

    booked: Decimal
    cards: Decimal

    @property
    def difference(self) -> Decimal:
        return self.booked - self.cards


def cost_of(county: County, month: dt.date, school: School | None = None) -> Cost:
    """The equipment of ``county`` (or ``school``) in the books at the month's end, and on its cards."""
    rows = Entry.objects.filter(
        voucher__county=county, voucher__month__lte=month, account_code__in=(LEASED, OWNED)
    )
    cards = AssetCard.objects.filter(
        room_pass__agreement_room__agreement__vouchers__kind="agreement",
        room_pass__agreement_room__agreement__vouchers__month__lte=month,
        registration__project_school__project__dossier__county=county,
    )
    if school is not None:
        rows = rows.filter(voucher__school=school)
        cards = cards.filter(registration__project_school__school=school)
    booked = sum(
        (
            amount if side == Side.DEBIT else -amount
            for side, amount in rows.values_list("side", "amount")
        ),
        ZERO,
    )
    return Cost(booked, cents(cards.aggregate(s=Sum("price"))["s"] or 0))
