"""Say what the lines of a statement are: propose, confirm one or many, explain, take back."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounting.actions.candidates import candidates, pay, receive
from accounting.actions.statements import must_work
from accounting.enums import MatchKind, Reason
from accounting.matching import Movement, Proposal, propose
from accounting.models import BankAccount, Match, ReconciledMonth, StatementLine
from accounting.periods import next_month
from financing.models import Payment, PaymentApplication, RebateClaim, RebateReceipt
from registry import clock
from registry.access import reach
from registry.enums import Role

logger = logging.getLogger(__name__)
BY_HAND = "人工指定"
COUNTY = "instalment__agreement__project_school__project__dossier__county"


@dataclass(frozen=True)
class Verdict:
    """What became of one line of a bulk confirmation, in a sentence."""

    line: StatementLine
    done: bool
    sentence: str


def proposals(account: BankAccount) -> dict[int, Proposal]:
    """What the account's untouched lines probably are, by the line's number; reads only."""
    lines = untouched(account)
    found = propose([_movement(line) for line in lines], candidates(account.county))
    return {proposal.movement.pk: proposal for proposal in found}


def untouched(account: BankAccount) -> QuerySet[StatementLine]:
    """Lines of which no part is matched."""
    return account.lines.with_matched().filter(matched=0).in_order()


def _movement(line: StatementLine) -> Movement:
    text = f"{line.summary} {line.serial}"
    return Movement(line.pk, line.day, line.amount, line.party, line.party_account, text)


@transaction.atomic
def confirm(
    *, line: StatementLine, keys: Sequence[str], user, confidence: int = 0, because: str = BY_HAND
) -> list[Match]:
    """This line is these things (``payment:12``, ``application:5``, ``explained:fee`` …).

    What only waited is carried out by its own step, as ``user``: a passed application is paid, an
    approved claim received. Everything or nothing. Raises ``ValidationError`` or
    ``PermissionDenied`` in a sentence.
    """
    line = _locked(line, user)
    if not keys:
        raise ValidationError("没有指明这笔流水对应哪一笔。")
    found, many = [], len(set(keys)) > 1
    # What is explained takes what the others leave.
    for number, key in enumerate(sorted(set(keys), key=lambda k: (k[:3] == "exp", k)), 1):
        kind, _, name = key.partition(":")
        voucher = f"{_voucher(line, 36)}-{number}" if many else _voucher(line)
        match = _match(line, kind, name, user, voucher)
        match.confidence, match.because = confidence, because[:200]
        _keep(match, line, user)
        found.append(match)
    return found


def _locked(line: StatementLine, user) -> StatementLine:
    """The line under a lock, with what is left of it; somebody may have been quicker."""
    row = (
        StatementLine.objects.select_for_update(of=("self",))
        .select_related("account__county")
        .get(pk=line.pk)
    )
    must_work(user, row.county_id)
    row.left = StatementLine.objects.with_matched().get(pk=row.pk).remaining
    if row.left <= 0:
        raise ValidationError(f"{row} 已经核对过，这次没有重复写入。")
    return row


def _voucher(line: StatementLine, most: int = 40) -> str:
    """The bank's own number for the payment, or one that names the line."""
    return line.serial[:most] or f"银{line.day:%Y%m%d}-{line.pk}"


def _match(line: StatementLine, kind: str, name: str, user, voucher: str) -> Match:
    """The unsaved match of ``line`` with what ``kind:name`` names, done first if it only waited."""
    if kind == MatchKind.EXPLAINED:
        if name not in Reason.values:
            raise ValidationError("事由不认识，请从列表中选。")
        return Match(line=line, kind=kind, reason=name, amount=line.left)
    if not name.isdigit():
        raise ValidationError("所选的款项不对，请刷新页面后重选。")
    match kind:
        case "payment":
            return _of_payment(line, _find(Payment, COUNTY, name, line))
        case "application":
            row = _find(PaymentApplication, COUNTY, name, line)
            _not_more(line, -row.amount)
            return _of_payment(line, pay(application=row, user=user, line=line, voucher=voucher))
        case "receipt":
            return _of_receipt(line, _find(RebateReceipt, f"claim__rebate__{COUNTY}", name, line))
        case "claim":
            # Receipts of one transfer share its number; payments may not.
            voucher = _voucher(line)
            row = _find(RebateClaim, f"rebate__{COUNTY}", name, line)
            rest = row.approved_amount - sum((r.amount for r in row.receipts.all()), Decimal(0))
            amount = min(line.left, rest)
            _not_more(line, amount)
            return _of_receipt(
                line, receive(claim=row, user=user, line=line, amount=amount, voucher=voucher)
            )
    raise ValidationError("所选的款项不对，请刷新页面后重选。")


def _find(model, path: str, name: str, line: StatementLine):
    """The row, if it is of the line's own county.

    What is matched is locked; what only waits is locked by its own step, after its process.
    """
    rows = model.objects.filter(pk=int(name), **{path: line.county_id})
    if model in (Payment, RebateReceipt):
        rows = rows.select_for_update(of=("self",))
    row = rows.first()
    if row is None:
        raise ValidationError("所选的款项不存在或不属于本县，请刷新页面后重选。")
    return row


def _of_payment(line: StatementLine, row: Payment) -> Match:
    _not_more(line, -row.amount)
    if Match.objects.standing().filter(payment=row).exists():
        raise ValidationError(f"付款 {row.voucher} 已经和另一笔流水核对。")
    return Match(line=line, kind=MatchKind.PAYMENT, payment=row, amount=abs(row.amount))


def _of_receipt(line: StatementLine, row: RebateReceipt) -> Match:
    _not_more(line, row.amount)
    if Match.objects.standing().filter(receipt=row).exists():
        raise ValidationError(f"到账 {row.document} 已经和另一笔流水核对。")
    return Match(line=line, kind=MatchKind.RECEIPT, receipt=row, amount=abs(row.amount))


def _not_more(line: StatementLine, amount: Decimal) -> None:
    """``amount`` is signed as the bank shows it: what left is negative."""
    if (amount > 0) is not (line.amount > 0):
        raise ValidationError("收入的流水不能核对付款，支出的流水不能核对到账。")
    if abs(amount) > line.left:
        raise ValidationError(
            f"这笔款项 {abs(amount):,.2f} 元，大于流水尚未核对的 {line.left:,.2f} 元。"
        )


def _keep(match: Match, line: StatementLine, user) -> None:
    if match.amount > line.left:
        raise ValidationError(f"所选各笔合计大于流水金额 {abs(line.amount):,.2f} 元。")
    line.left -= match.amount
    match.booked_on = max(line.day, first_open_day(line.account))
    match.matched_by, match.matched_at = user, clock.now()
    match.full_clean()
    match.save()


def first_open_day(account: BankAccount) -> dt.date:
    """The first day after the last reconciled month."""
    last = ReconciledMonth.objects.filter(account=account).order_by("-month").first()
    if last is None:
        return dt.date.min
    return next_month(last.month)


@transaction.atomic
def explain(
    *, line: StatementLine, user, reason: str, remark: str = "", amount: Decimal | None = None
) -> Match:
    """What is left of the line, or ``amount`` of it, has no record of its own: say why."""
    line = _locked(line, user)
    if reason == Reason.OTHER and not remark.strip():
        raise ValidationError({"remark": "选“其他”时请写明是什么。"})
    match = _match(line, MatchKind.EXPLAINED, reason, user, "")
    match.amount = line.left if amount is None else amount
    match.remark, match.confidence, match.because = remark.strip(), 100, BY_HAND
    _keep(match, line, user)
    return match


@transaction.atomic
def take_back(*, match: Match, user, reason: str) -> Match:
    """撤销核对: the line is open again; what was paid or received stays as it is.

    Refused once the month was reconciled in which the match counts.
    """
    match = (
        Match.objects.select_for_update(of=("self",))
        .select_related("line__account")
        .get(pk=match.pk)
    )
    must_work(user, match.line.county_id)
    if match.undone_at:
        raise ValidationError("这次核对已经撤销过。")
    if match.booked_on < first_open_day(match.line.account):
        raise ValidationError(f"{match.booked_on:%Y-%m} 已完成对账，不能再撤销这次核对。")
    match.undone_by, match.undone_at = user, clock.now()
    match.undone_reason = reason.strip()
    match.full_clean()
    match.save(update_fields=["undone_by", "undone_at", "undone_reason"])
    return match


def confirm_all(*, account: BankAccount, user, level: int) -> list[Verdict]:
    """Confirm every proposal of at least ``level``, each line in a transaction of its own.

    Safe to repeat and to break off: a line is confirmed whole or not at all, and what is confirmed
    is proposed no more.
    """
    must_work(user, account.county_id)
    found = {pk: p for pk, p in proposals(account).items() if p.confidence >= level}
    lines = account.lines.in_bulk(list(found))
    return [_verdict(lines[pk], proposal, user) for pk, proposal in found.items()]


def _verdict(line: StatementLine, proposal: Proposal, user) -> Verdict:
    try:
        confirm(
            line=line,
            keys=[candidate.key for candidate in proposal.candidates],
            user=user,
            confidence=proposal.confidence,
            because=proposal.because,
        )
    except (ValidationError, PermissionDenied) as refusal:
        return Verdict(line, False, told(refusal))
    except IntegrityError:
        logger.warning("line %s met a constraint", line.pk, exc_info=True)
        return Verdict(line, False, "与刚刚写入的记录冲突，没有写入任何内容，请刷新后再核对。")
    return Verdict(line, True, _what_was_done(proposal))


def _what_was_done(proposal: Proposal) -> str:
    """Whose money it was, and whether it was entered just now."""
    named = "；".join(one.label for one in proposal.candidates[:3])
    if len(proposal.candidates) > 3:
        named += f"等 {len(proposal.candidates)} 笔"
    entered = any(one.waits for one in proposal.candidates)
    return f"{'现已登记' if entered else '已核对'}：{named}。{proposal.because}"


def told(refusal: Exception) -> str:
    """What an action refused, in one sentence."""
    if isinstance(refusal, ValidationError):
        return "；".join(refusal.messages)
    return str(refusal)


def may_pay(user, account: BankAccount) -> bool:
    """Whether ``user`` may confirm what only waits: that is the cashier's step."""
    return reach(user).holds_at(Role.COUNTY_CASHIER, county=account.county_id)
