"""The county's bank account in the demonstration: past months reconciled and closed, the last one's
statement left as a file for whoever wants to try."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
from django.conf import settings

from accounting.actions.books import make_vouchers
from accounting.actions.closing import close_month, month_to_close
from accounting.actions.matching import confirm_all, explain
from accounting.actions.reconcile import close_month as reconcile_month
from accounting.actions.statements import import_statement, save_account
from accounting.enums import AccountKind
from accounting.forms.bank import USUAL_LEVEL
from accounting.models import BankAccount
from accounting.periods import next_month
from banbantong.demo.walk import MORNING
from financing.models import Payment, PaymentApplication, RebateReceipt
from registry import clock
from registry.dates import add_months
from registry.enums import Role

OPENING = Decimal("3000000.00")
MONTHS = 3  # of statements before the last one
HEADER = [
    "交易日期",
    "借方发生额(支取)",
    "贷方发生额(存入)",
    "账户余额",
    "对方户名",
    "对方账号",
    "摘要",
    "交易流水号",
]


class Bank:
    """Writes the statements of one account, month after month, with a running balance."""

    def __init__(self, stage):
        self.stage, self.balance = stage, OPENING
        self.cashier = stage.cast.of(Role.COUNTY_CASHIER)
        with clock.at(clock.today(), MORNING):
            self.account = save_account(
                account=BankAccount(
                    county=stage.county,
                    name=f"{stage.county}教育局（示例）",
                    bank="示例农村商业银行黎平支行",
                    number="5226310000000012345",
                    kind=AccountKind.BASIC,
                    main=True,
                    opening=OPENING,
                ),
                user=self.cashier,
            )

    def rows(self, month: dt.date) -> list[tuple]:
        """(day, amount, party, its account, summary, serial) of what happened in ``month``."""
        during = (month, next_month(month) - dt.timedelta(days=1))
        found = [
            (row.paid_on, -row.amount, *_payee(row.instalment), row.voucher)
            for row in Payment.objects.filter(paid_on__range=during).select_related(*_payee_needs())
        ]
        receipts = RebateReceipt.objects.filter(received_on__range=during)
        for row in receipts.select_related("claim__rebate"):
            party = f"{row.claim.rebate.get_funder_display()}财政局（示例）"
            summary = f"奖补 {row.claim.claim_document}"
            found.append((row.received_on, row.amount, party, "", summary, row.document))
        fee = Decimal("-8.00")
        return [*sorted(found), (during[1], fee, self.account.bank, "", "账户管理费", "")]

    def orders(self) -> list[tuple]:
        """What was ordered and not registered yet: the bank has paid it two days later."""
        waiting = PaymentApplication.objects.live().filter(passed=True)
        return [
            (row.reviewed_on + dt.timedelta(days=2), -row.amount, *_payee(row.instalment), "")
            for row in waiting.select_related(*_payee_needs())
        ]

    def statement(self, rows: list[tuple], number: str) -> bytes:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("交易明细")
        sheet.append(HEADER)
        for at, (day, amount, party, account, summary, serial) in enumerate(rows, start=1):
            self.balance += amount
            out, income = (f"{-amount:.2f}", "") if amount < 0 else ("", f"{amount:.2f}")
            serial = serial or f"{number}{at:05d}"
            line = [day.isoformat(), out, income, f"{self.balance:.2f}", party, account]
            sheet.append([*line, summary, serial])
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    def take_in(self, month: dt.date) -> None:
        """Import the month's file on the second of the next one, confirm what matches."""
        content = self.statement(self.rows(month), f"{month:%Y%m}")
        with clock.at(next_month(month) + dt.timedelta(days=1), MORNING):
            import_statement(
                account=self.account,
                user=self.cashier,
                name=f"{month:%Y-%m}.xlsx",
                content=content,
            )
            confirm_all(account=self.account, user=self.cashier, level=USUAL_LEVEL)
            for fee in self.account.lines.unsettled().filter(summary="账户管理费"):
                explain(line=fee, user=self.cashier, reason="fee")

    def left_for_trying(self, month: dt.date) -> Path:
        """The last month's file, with what the cashier has not registered yet."""
        rows = [row for row in self.orders() if row[0] < next_month(month)]
        path = settings.DATA / f"示例银行流水-{month:%Y-%m}.xlsx"
        path.write_bytes(self.statement(sorted([*self.rows(month), *rows]), f"{month:%Y%m}"))
        return path


def keep_books(stage, today: dt.date) -> None:
    """Everything up to the month before last is closed."""
    last = add_months(today.replace(day=1), -1)
    recent = [last]
    for _ in range(MONTHS):
        recent.insert(0, add_months(recent[0], -1))
    bank = Bank(stage)
    for month in recent[:-1]:
        bank.take_in(month)
    officer, county = stage.cast.of(Role.COUNTY_FINANCE), stage.county
    closed = 0
    while (month := month_to_close(county)) and month < last:
        with clock.at(next_month(month) + dt.timedelta(days=4), MORNING):
            make_vouchers(county=county, month=month, user=officer)
            if month in recent:
                reconcile_month(account=bank.account, first=month, user=officer)
            close_month(county=county, month=month, user=officer)
        closed += 1
    path = bank.left_for_trying(last)
    stage.say(
        f"账簿：{closed} 个月已对账、结账；{last:%Y-%m} 的银行流水在 {path.name}，可以试着导入"
    )


def _payee_needs() -> tuple[str, ...]:
    return ("instalment__agreement__contract__supplier",)


def _payee(instalment) -> tuple[str, str, str]:
    agreement = instalment.agreement
    return agreement.supplier.name, agreement.supplier.account, f"回购款 {agreement.number}"
