"""结账: what must hold before a month closes, and the closing itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Min
from django.urls import reverse

from accounting.actions.books import (
    locked_series,
    make_vouchers,
    may_keep_books,
    pending_events,
)
from accounting.balances import Payable, TrialBalance, payables, trial_balance
from accounting.events import Event
from accounting.models import BankAccount, ReconciledMonth, Voucher
from accounting.periods import first_open, is_closed, last_day, month_of
from financing.models import Agreement, FundAllocation, FundUse, PeriodClose
from registry import clock
from registry.models import County

AT_ONCE = 12
"""Months that one press of the button closes, so that an answer comes within a minute."""


@dataclass(frozen=True)
class Check:
    """One line of the checklist. ``passed`` None: noted, but no obstacle."""

    title: str
    passed: bool | None
    words: str
    url: str = ""
    button: str = ""
    details: list[str] = field(default_factory=list)


def month_to_close(county: County) -> dt.date | None:
    """The month whose turn it is: after the last closed one, else that of the first event.

    Every other event follows the signing of an agreement, or is one of an earmarked fund.
    """
    following = first_open(county)
    if following is not None:
        return following
    signed = Agreement.objects.filter(project_school__project__dossier__county=county)
    days = [
        signed.aggregate(day=Min("signed_on"))["day"],
        FundAllocation.objects.filter(fund__county=county).aggregate(day=Min("allocated_on"))[
            "day"
        ],
        FundUse.objects.filter(purpose__fund__county=county).aggregate(day=Min("used_on"))["day"],
    ]
    return month_of(min(filter(None, days))) if any(days) else None


def checklist(county: County, month: dt.date, pending: list[Event] | None = None) -> list[Check]:
    """Everything that must hold before ``month`` closes, in the order in which it is put right.

    ``pending``: its ``pending_events``, for who has read them already.
    """
    if pending is None:
        pending = pending_events(county, month)
    return [
        _over(month),
        _vouchers(county, month, pending),
        *map(_balances, trial_balance(county, month)),
        _payable(county, month),
        *_banks(county, month),
    ]


def _over(month: dt.date) -> Check:
    over = clock.today() > last_day(month)
    words = f"{last_day(month)} 已过" if over else f"本月到 {last_day(month)} 为止，过后才能结账"
    return Check("本月已结束", over, words)


def _vouchers(county: County, month: dt.date, pending: list[Event]) -> Check:
    url = f"{reverse('accounting:vouchers')}?month={month:%Y-%m}&county={county.pk}"
    if not pending:
        count = Voucher.objects.filter(county=county, month=month).count()
        return Check("全部事项已有凭证", True, f"共 {count} 张凭证", url, "看凭证")
    details = [f"{event.day} {event.sentence}" for event in pending[:5]]
    return Check(
        "全部事项已有凭证",
        False,
        f"还有 {len(pending)} 个事项没有凭证",
        url,
        "去生成凭证",
        details,
    )


def _balances(found: TrialBalance) -> Check:
    if found.off or found.debit != found.credit:
        return Check(f"{found.book.label}试算平衡", False, f"借贷相差 {found.off:,.2f} 元")
    words = f"本期借方、贷方各 {found.debit:,.2f} 元"
    return Check(f"{found.book.label}试算平衡", True, words)


def _payable(county: County, month: dt.date) -> Check:
    rows = payables(county, month)
    wrong = [row for row in rows if row.difference]
    url = f"{reverse('accounting:payables')}?month={month:%Y-%m}&county={county.pk}"
    title = "长期应付款等于各协议尚欠"
    if not wrong:
        return Check(title, True, f"{len(rows)} 份协议，一分不差", url, "看核对")
    # What finance itself put into other accounts is no mistake, but it is said.
    passed = None if all(row.explained for row in wrong) else False
    words = f"{len(wrong)} 份协议有差额" + ("，都由科目对应造成" if passed is None else "")
    return Check(title, passed, words, url, "看差额", [_difference(row) for row in wrong[:5]])


def _difference(row: Payable) -> str:
    return f"{row.agreement.project_school.school.name}相差 {row.difference:,.2f} 元"


def _banks(county: County, month: dt.date) -> list[Check]:
    """Each of the county's accounts is reconciled for the month."""
    accounts = BankAccount.objects.filter(county=county).annotate(since=Min("lines__day"))
    done = set(ReconciledMonth.objects.filter(month=month).values_list("account", flat=True))
    if not accounts:
        return [Check("银行对账", None, "本县还没有登记银行账户，没有对账单可核对")]
    return [_bank(account, month, account.pk in done) for account in accounts]


def _bank(account: BankAccount, month: dt.date, done: bool) -> Check:
    title, url = f"{account}已对账", account.get_absolute_url()
    if done:
        return Check(title, True, "已完成对账", url, "看账户")
    if account.since and account.since > last_day(month):
        return Check(title, None, f"流水从 {account.since} 开始，本月不用对账", url, "看账户")
    if account.since is None:
        # Only through the main account is anything paid that these books know.
        passed = False if account.main else None
        return Check(title, passed, "还没有导入过流水", url, "去导入")
    url = reverse("accounting:reconciliation", args=[account.pk, f"{month:%Y-%m}"])
    return Check(title, False, "本月还没有完成对账", url, "去对账")


@transaction.atomic
def close_month(*, county: County, month: dt.date, user) -> PeriodClose:
    """结账 of the month whose turn it is; nothing is booked into it any more, and none is reopened.

    Raises ``ValidationError`` for the wrong person, a month out of turn, one that is not over, and
    while anything on the checklist fails.
    """
    if not may_keep_books(user, county):
        raise ValidationError("结账由县财务审核岗办理。")
    locked_series(county, month)
    if is_closed(county, month):
        raise ValidationError(f"{month:%Y 年 %m 月}已经结账，不能重复办理。")
    turn = month_to_close(county)
    if turn is None:
        raise ValidationError("还没有任何要入账的事项，不用结账。")
    if month != turn:
        raise ValidationError(f"结账按月份顺序办理，现在轮到 {turn:%Y 年 %m 月}。")
    failed = [check for check in checklist(county, month) if check.passed is False]
    if failed:
        words = "；".join(f"{check.title}：{check.words}" for check in failed)
        raise ValidationError(f"{month:%Y 年 %m 月}还不能结账。{words}。")
    row = PeriodClose(county=county, month=month, closed_by=user, closed_at=clock.now())
    row.full_clean()
    row.save(force_insert=True)
    return row


@dataclass
class CaughtUp:
    """What ``catch_up`` did, and the sentence that stopped it, if any."""

    vouchers: int = 0
    closed: list[PeriodClose] = field(default_factory=list)
    stopped: str = ""


def months_waiting(county: County) -> int:
    """How many months are over and not closed."""
    turn, today = month_to_close(county), clock.today()
    return max((today.year - turn.year) * 12 + today.month - turn.month, 0) if turn else 0


def catch_up(*, county: County, user) -> CaughtUp:
    """逐月补做: vouchers and closing of up to twelve months that wait, in turn, until one refuses.

    Each month is a transaction of its own: what was done stays when the next one stops.
    """
    done = CaughtUp()
    for _ in range(min(months_waiting(county), AT_ONCE)):
        month = month_to_close(county)
        try:
            done.vouchers += len(make_vouchers(county=county, month=month, user=user))
            done.closed.append(close_month(county=county, month=month, user=user))
        except ValidationError as error:
            done.stopped = error.messages[0]
            break
    return done
