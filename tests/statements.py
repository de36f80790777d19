"""Bank statements as banks hand them out, made for tests; every name in them is 示例."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

from openpyxl import Workbook

from accounting.actions.matching import explain
from accounting.actions.statements import import_statement
from accounting.models import BankAccount
from registry import clock
from registry.enums import Role

NUMBER = "5226310000000012345"
BANK = "示例农村商业银行"

# Three common ways to write down the same movements.
TWO_COLUMNS = [
    "交易日期",
    "借方发生额(支取)",
    "贷方发生额(存入)",
    "账户余额",
    "对方户名",
    "对方账号",
    "摘要",
    "交易流水号",
]
DIRECTED = [
    "记账日",
    "收支方向",
    "交易金额（元）",
    "对方单位名称",
    "对方账号",
    "用途",
    "流水号",
    "余额",
]
SIGNED = ["日期", "金额", "对方户名", "附言", "余额"]


def make_account(world, **other) -> BankAccount:
    return BankAccount.objects.create(
        **{
            "county": world.county,
            "name": "示例县教育局",
            "bank": BANK,
            "number": NUMBER,
            "kind": "zero",
            "main": True,
        }
        | other
    )


def bank_samples(world) -> dict[str, object]:
    """An account with a statement of two lines, one of them explained: samples of its doors."""
    account, cashier = make_account(world, name="甲县教育局"), world.person(Role.COUNTY_CASHIER)
    day = clock.today().replace(day=1) - dt.timedelta(days=3)
    rows = [
        movement(day.isoformat(), "-5.00", "甲县示例银行", "手续费", "F1"),
        movement(day.isoformat(), "-80.00", "甲县示例商店", "购纸", "F2"),
    ]
    file = import_statement(
        account=account, user=cashier, name="甲县流水.xlsx", content=as_xlsx(two_columns(rows))
    ).file
    fee, other = account.lines.in_order()
    match = explain(line=fee, user=cashier, reason="fee")
    return {
        "bank_account": account.pk,
        "bank_month": (account.pk, f"{day:%Y-%m}"),
        "bank_file": file.pk,
        "bank_line": other.pk,
        "bank_match": match.pk,
    }


def movement(day: str, amount: str, party="", summary="", serial="", account="") -> dict:
    return {
        "day": day,
        "amount": Decimal(amount),
        "party": party,
        "summary": summary,
        "serial": serial,
        "account": account,
    }


def two_columns(movements, opening="100000.00") -> list[list]:
    """借方 and 贷方 as two columns, with balances and serial numbers."""
    rows, balance = [list(TWO_COLUMNS)], Decimal(opening)
    for m in movements:
        balance += m["amount"]
        out, income = (f"{-m['amount']:,}", "") if m["amount"] < 0 else ("", f"{m['amount']:,}")
        rows.append(
            [
                m["day"],
                out,
                income,
                f"{balance:,}",
                m["party"],
                m["account"],
                m["summary"],
                m["serial"],
            ]
        )
    return rows


def directed(movements, opening="100000.00") -> list[list]:
    """One amount and 借 or 贷 beside it."""
    rows, balance = [list(DIRECTED)], Decimal(opening)
    for m in movements:
        balance += m["amount"]
        way = "借" if m["amount"] < 0 else "贷"
        rows.append(
            [
                m["day"],
                way,
                str(abs(m["amount"])),
                m["party"],
                m["account"],
                m["summary"],
                m["serial"],
                str(balance),
            ]
        )
    return rows


def signed(movements, opening="100000.00") -> list[list]:
    """One amount with its sign, no serial numbers."""
    rows, balance = [list(SIGNED)], Decimal(opening)
    for m in movements:
        balance += m["amount"]
        rows.append([m["day"], str(m["amount"]), m["party"], m["summary"], str(balance)])
    return rows


LAYOUTS = {"two_columns": two_columns, "directed": directed, "signed": signed}


def titled(rows: list[list], number: str = NUMBER) -> list[list]:
    """With what banks print above and below."""
    return [
        ["示例农村商业银行账户交易明细"],
        [f"账号：{number}", "", "户名：示例县教育局"],
        ["起止日期：2027年1月1日至2027年1月31日", "", "币种：人民币"],
        [],
        *rows,
        [],
        ["合计", "999", "999"],
        ["打印时间：2027-02-01 09:00:00"],
    ]


def as_xlsx(rows: list[list]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(rows: list[list], encoding: str = "gb18030") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)
