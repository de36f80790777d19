"""对账: the month's report of an account from what stands, and freezing it once it is in order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounting.actions.candidates import unmatched_payments, unmatched_receipts
from accounting.models import BankAccount, Match, ReconciledMonth
from accounting.periods import last_day
from accounting.reconciliation import Explained, Item, Line, Reconciliation, Record, reconcile
from financing.models import Payment, RebateReceipt
from financing.pdf import yuan
from registry import clock
from registry.access import reach
from registry.enums import Role

SHOWN_DIGITS = 4
AGREEMENT = "instalment__agreement__project_school__school"


def months_of(account: BankAccount) -> list[dt.date]:
    """The first days of all months since the account's first line, the newest first."""
    first = account.lines.order_by("day").values_list("day", flat=True).first()
    months, day = [], clock.today().replace(day=1)
    while first and day >= first.replace(day=1):
        months.append(day)
        day = (day - dt.timedelta(days=1)).replace(day=1)
    return months


def report(account: BankAccount, first: dt.date) -> Reconciliation:
    """The reconciliation of the month that begins on ``first``, as it stands now; reads only."""
    last = last_day(first)
    lines = [
        Line(row.pk, row.day, row.amount, _words(row), row.balance)
        for row in account.lines.filter(day__lte=last).in_order()
    ]
    matches = list(
        Match.objects.standing()
        .filter(line__account=account)
        .select_related(f"payment__{AGREEMENT}", f"receipt__claim__rebate__{AGREEMENT}", "line")
        .order_by("booked_on", "pk")
    )
    return reconcile(
        first=first,
        last=last,
        opening=account.opening,
        lines=lines,
        records=[*_matched(matches), *_unmatched(account, last)],
        explained=[
            Explained(m.line_id, m.booked_on, _signed(m), m.what)
            for m in matches
            if m.payment is None and m.receipt is None
        ],
    )


def _words(row) -> str:
    return " ".join(filter(None, [row.party, row.summary, row.serial])) or "（无摘要）"


def _signed(match: Match) -> Decimal:
    return match.amount if match.line.amount > 0 else -match.amount


def _matched(matches: list[Match]) -> list[Record]:
    return [_record(m.payment or m.receipt, m.line_id) for m in matches if m.payment or m.receipt]


def _record(row: Payment | RebateReceipt, line: int | None = None) -> Record:
    if isinstance(row, Payment):
        words = f"{row.get_kind_display()} {_of(row.instalment)} 凭证 {row.voucher}"
        return Record(row.booked_on, -row.amount, words, line)
    rebate = row.claim.rebate
    words = f"到账 {_of(rebate.instalment)}{rebate.get_funder_display()}奖补 凭证 {row.document}"
    return Record(row.booked_on, row.amount, words, line)


def _of(instalment) -> str:
    return f"{instalment.agreement.project_school.school.name}{instalment}"


def _unmatched(account: BankAccount, last: dt.date) -> list[Record]:
    """Recorded since the account's first month and on no line yet; they count for the main account.

    A payment and its reversal that never met a line cancel each other.
    """
    first = account.lines.order_by("day").values_list("day", flat=True).first()
    if not account.main or first is None:
        return []
    days = (first.replace(day=1), last)
    payments = list(unmatched_payments(account.county).filter(booked_on__range=days))
    there = {row.pk for row in payments}
    undone = {row.reverses_id for row in payments if row.reverses_id in there}
    receipts = unmatched_receipts(account.county).filter(booked_on__range=days)
    return [
        _record(row)
        for row in [*payments, *receipts]
        if not (isinstance(row, Payment) and (row.pk in undone or row.reverses_id in undone))
    ]


# --- as data, for the page, the sheet and the paper ---------------------------------------------
def data_of(account: BankAccount, first: dt.date, found: Reconciliation) -> dict:
    """The report as JSON: amounts strings of two decimals, dates ISO; the account's number only by
    its last digits, because papers are handed on."""
    return {
        "county": account.county.name,
        "account": {
            "name": account.name,
            "bank": account.bank,
            "kind": account.get_kind_display(),
            "tail": account.number[-SHOWN_DIGITS:],
        },
        "month": first.isoformat(),
        "until": last_day(first).isoformat(),
        "bank": _side(found.bank) | {"told": None if found.told is None else yuan(found.told)},
        "book": _side(found.book),
        "bank_closing": yuan(found.bank_closing),
        "book_in": _items(found.book_only, 1),
        "book_out": _items(found.book_only, -1),
        "bank_in": _items(found.bank_only, 1),
        "bank_out": _items(found.bank_only, -1),
        "gaps": _items(found.gaps, 0),
        "explained": _items(found.explained, 0),
        "matched": _items(found.matched, 0),
        "adjusted_bank": yuan(found.adjusted_bank),
        "adjusted_book": yuan(found.adjusted_book),
        "difference": yuan(found.difference),
        "unexplained": yuan(found.unexplained),
        "balanced": found.balanced,
        "clean": found.clean,
    }


def _side(side) -> dict:
    names = ("opening", "income", "out", "closing")
    return {name: yuan(getattr(side, name)) for name in names}


def _items(items: list[Item], sign: int) -> dict:
    """Rows of one sign (0: of both), with positive amounts unless both are meant, and their sum."""
    chosen = [item for item in items if sign == 0 or item.amount * sign > 0]
    rows = [
        {"day": i.day.isoformat(), "words": i.words, "amount": yuan(i.amount * (sign or 1))}
        for i in chosen
    ]
    total = sum((item.amount for item in chosen), Decimal("0.00")) * (sign or 1)
    return {"rows": rows, "total": yuan(total)}


# --- freezing -----------------------------------------------------------------------------------
@transaction.atomic
def close_month(*, account: BankAccount, first: dt.date, user) -> ReconciledMonth:
    """完成对账: keep the report as it stands; the month can no longer change.

    By the reviewing post: whoever pays does not reconcile his own payments (内部会计控制). Raises
    ``ValidationError`` while the month runs, while a fen has no row, or when it was done before.
    """
    if not reach(user).holds_at(Role.COUNTY_FINANCE, county=account.county_id):
        raise PermissionDenied("调节表由县财务审核岗编制，出纳不能编制自己的对账。")
    account = BankAccount.objects.select_for_update().get(pk=account.pk)
    if last_day(first) >= clock.today():
        raise ValidationError("这个月还没有过完，不能完成对账。")
    if first not in months_of(account):
        raise ValidationError("这个月没有流水，不用对账。")
    last = ReconciledMonth.objects.filter(account=account).order_by("-month").first()
    if last and last.month >= first:
        raise ValidationError(f"{last.month:%Y-%m} 及以前已经完成对账。")
    found = report(account, first)
    if found.unexplained or found.gaps:
        raise ValidationError(
            f"还有 {found.difference:,.2f} 元差额，请补齐缺少的流水或改正首日前余额后再完成对账。"
        )
    data = data_of(account, first, found)
    row = ReconciledMonth(
        account=account,
        month=first,
        data=data,
        data_hash=ReconciledMonth.hash_of(data),
        made_by=user,
        made_at=clock.now(),
    )
    row.full_clean()
    row.save(force_insert=True)
    return row
