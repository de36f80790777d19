"""供应商对账单: what fell due, what was paid, what late interest ran up, between two days.

The balance is what had fallen due and late interest, less what was paid and waived; a balance
below zero was paid in advance. Late interest is computed from the whole history as it is known
now, so a payment that is reversed later takes its effect on late interest back as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F, Q, QuerySet

from accounting.reports.late import ever_late
from accounting.reports.plan import SCHOOL, summed
from accounting.reports.table import CODE, DAY, TEXT, Column, Report, Row
from accounting.reports.workdays import Calendars
from financing.actions.ledger import accounts_of
from financing.models import Agreement, Payment, Posting
from registry.dates import ONE_DAY
from registry.money import ZERO, from_fen

COLUMNS = [
    Column("day", "日期", DAY),
    Column("school", "学校", TEXT),
    Column("what", "事项", TEXT),
    Column("voucher", "凭证号", CODE),
    Column("charge", "应收"),
    Column("payment", "已收"),
    Column("balance", "余额", summed=False),
]


@dataclass
class Statement:
    """Amounts in yuan: opening + due + late interest − waived − paid = closing."""

    since: dt.date
    until: dt.date
    opening: Decimal = ZERO
    lines: list[Row] = field(default_factory=list)
    due: Decimal = ZERO
    late_interest: Decimal = ZERO
    waived: Decimal = ZERO
    paid: Decimal = ZERO
    to_come: Decimal = ZERO
    """Due after ``until``, by the plans in force."""

    @property
    def closing(self) -> Decimal:
        return self.opening + self.due + self.late_interest - self.waived - self.paid

    def report(self, supplier, issuer: str) -> Report:
        """The statement as a table between its two balances."""
        opening = Row({"day": self.since, "what": "期初余额", "balance": self.opening}, strong=True)
        closing = Row(
            {
                "day": self.until,
                "what": "本期合计、期末余额",
                "charge": self.due + self.late_interest - self.waived,
                "payment": self.paid,
                "balance": self.closing,
            },
            strong=True,
        )
        return Report(
            "供应商对账单",
            COLUMNS,
            [opening, *self.lines, closing],
            issuer=issuer,
            about=[("供应商", str(supplier)), ("期间", f"{self.since} 至 {self.until}")],
            notes=[
                "余额为已到期应付和逾期利息减去已付和减免；负数为预付。",
                f"{self.until} 以后按现行计划还将到期 {self.to_come:,.2f} 元，不在余额内。",
                "逾期利息按协议日利率、按现有全部收付记录计算到期末日。",
            ],
            signing=["县教育局（盖章）：", "供应商（盖章）："],
            asks="请核对后盖章确认。数据无误的请盖章；不符的请写明差异和原因，盖章后退回。",
            room="差异说明：",
            has_totals=False,
            sealed=True,
        )


def statement(rows: QuerySet, *, since: dt.date, until: dt.date) -> Statement:
    """From the instalments ``rows`` of one supplier; a constant number of queries.

    ``since`` and ``until`` belong to the period.
    """
    agreements = Agreement.objects.filter(pk__in=rows.order_by().values("agreement"))
    made = Statement(since, until)
    before = rows.order_by().aggregate(
        opening=summed("payment", Q(due_on__lt=since)),
        due=summed("payment", Q(due_on__gte=since, due_on__lte=until)),
        to_come=summed("payment", Q(due_on__gt=until)),
    )
    payments = Payment.objects.filter(instalment__agreement__in=agreements.values("pk"))
    paid = payments.order_by().aggregate(
        opening=summed("amount", Q(paid_on__lt=since)),
        paid=summed("amount", Q(paid_on__gte=since, paid_on__lte=until)),
    )
    waivers = _waivers(agreements)
    interest = _interest(rows, since, until)
    made.due, made.to_come, made.paid = before["due"], before["to_come"], paid["paid"]
    made.late_interest = sum((amount for _, _, amount in interest), ZERO)
    made.waived = sum((one["amount"] for one in waivers if since <= one["day"] <= until), ZERO)
    made.opening = (
        before["opening"]
        + sum((amount for _, amount, _ in interest), ZERO)
        - sum((one["amount"] for one in waivers if one["day"] < since), ZERO)
        - paid["opening"]
    )
    entries = [
        *_dues(rows, since, until),
        *_payments(payments, since, until),
        *(_waived(one) for one in waivers if since <= one["day"] <= until),
        *(_accrued(school, amount, until) for school, _, amount in interest if amount),
    ]
    made.lines = list(_running(entries, made.opening))
    return made


def _running(entries: list[dict], balance: Decimal) -> Iterator[Row]:
    """The entries in order of their days, each with the balance after it."""
    for values in sorted(entries, key=lambda one: (one["day"], one["order"])):
        balance += values.get("charge", ZERO) - values.get("payment", ZERO)
        values["balance"] = balance
        yield Row(values)


def _dues(rows: QuerySet, since: dt.date, until: dt.date) -> Iterator[dict]:
    found = rows.filter(due_on__gte=since, due_on__lte=until).order_by("due_on", f"{SCHOOL}__code")
    names = ("due_on", f"{SCHOOL}__name", "number", "payment", "agreement__number")
    for day, school, number, amount, agreement in found.values_list(*names):
        yield {
            "day": day,
            "order": 0,
            "school": school,
            "what": f"第 {number} 期应付",
            "voucher": agreement,
            "charge": amount,
        }


def _payments(payments: QuerySet, since: dt.date, until: dt.date) -> Iterator[dict]:
    found = payments.filter(paid_on__gte=since, paid_on__lte=until).order_by("paid_on", "pk")
    school = f"instalment__{SCHOOL}__name"
    for row in found.annotate(school=F(school)).select_related("instalment"):
        yield {
            "day": row.paid_on,
            "order": 1,
            "school": row.school,
            "what": f"{row.get_kind_display()}（{row.instalment}）",
            "voucher": row.voucher,
            "payment": row.amount,
        }


def _waivers(agreements: QuerySet) -> list[dict]:
    """What waivers really settled, by the day on which they were granted."""
    found = (
        Posting.objects.filter(waiver__agreement__in=agreements.values("pk"))
        .order_by()
        .values(
            "waiver",
            day=F("waiver__decided_on"),
            school=F("waiver__agreement__project_school__school__name"),
        )
        .annotate(amount=summed("amount"))
    )
    return [one for one in found.order_by("day", "waiver") if one["amount"]]


def _waived(one: dict) -> dict:
    return {
        "day": one["day"],
        "order": 2,
        "school": one["school"],
        "what": "减免逾期利息",
        "charge": -one["amount"],
    }


def _interest(rows: QuerySet, since: dt.date, until: dt.date) -> list[tuple[str, Decimal, Decimal]]:
    """(school, late interest that ran up before ``since``, and from then to ``until``)."""
    late = list(
        ever_late(rows, on=until, calendars=Calendars())
        .annotate(school_name=F("project_school__school__name"))
        .order_by("project_school__school__code", "pk")
    )
    before, after = accounts_of(late, since - ONE_DAY), accounts_of(late, until)
    found = []
    for agreement in late:
        old, new = _ran_up(before[agreement.pk]), _ran_up(after[agreement.pk])
        found.append((agreement.school_name, old, new - old))
    return found


def _ran_up(account) -> Decimal:
    """All late interest to the day of the account, settled or not."""
    return from_fen(sum(account.late(one) + one.late_paid for one in account.standings))


def _accrued(school: str, amount: Decimal, until: dt.date) -> dict:
    return {"day": until, "order": 3, "school": school, "what": "本期逾期利息", "charge": amount}
