"""Reference data of the books: the chart of accounts and how each event is entered.

Codes and names follow 《政府会计制度——行政事业单位会计科目和报表》（财会〔2017〕25号, in force since
2019-01-01). What the decree does not say outright for a lease bought back, or what was not checked
against its text, asks the county's accountants to check it: each county may set rules of its own.
"""

from __future__ import annotations

import datetime as dt

from accounting.entries import TOTAL
from accounting.enums import Book, EventKind, Side
from accounting.models import BookAccount, EntryRule, RuleSet
from registry import clock

DECREE = "政府会计制度（财会〔2017〕25号）"
CHECK = "请县会计核对"
SINCE = dt.date(2019, 1, 1)
D, C = Side.DEBIT, Side.CREDIT

# (book, code, name, side of its balance)
ACCOUNTS = [
    (Book.FINANCIAL, "1002", "银行存款", D),
    (Book.FINANCIAL, "1011", "零余额账户用款额度", D),
    (Book.FINANCIAL, "1201", "财政应返还额度", D),
    (Book.FINANCIAL, "1214", "预付账款", D),
    (Book.FINANCIAL, "1218", "其他应收款", D),
    (Book.FINANCIAL, "160101", "固定资产—自有", D),
    (Book.FINANCIAL, "160102", "固定资产—融资租入", D),
    (Book.FINANCIAL, "1602", "固定资产累计折旧", C),
    (Book.FINANCIAL, "1613", "在建工程", D),
    (Book.FINANCIAL, "2302", "应付账款", C),
    (Book.FINANCIAL, "2307", "其他应付款", C),
    (Book.FINANCIAL, "2502", "长期应付款", C),
    (Book.FINANCIAL, "3001", "累计盈余", C),
    (Book.FINANCIAL, "3401", "无偿调拨净资产", C),
    (Book.FINANCIAL, "4001", "财政拨款收入", C),
    (Book.FINANCIAL, "4201", "上级补助收入", C),
    (Book.FINANCIAL, "4601", "非同级财政拨款收入", C),
    (Book.FINANCIAL, "4609", "其他收入", C),
    (Book.FINANCIAL, "5001", "业务活动费用", D),
    (Book.FINANCIAL, "5301", "资产处置费用", D),
    (Book.FINANCIAL, "5901", "其他费用", D),
    (Book.BUDGET, "6001", "财政拨款预算收入", C),
    (Book.BUDGET, "6201", "上级补助预算收入", C),
    (Book.BUDGET, "6601", "非同级财政拨款预算收入", C),
    (Book.BUDGET, "6609", "其他预算收入", C),
    (Book.BUDGET, "7201", "事业支出", D),
    (Book.BUDGET, "7901", "其他支出", D),
    (Book.BUDGET, "8001", "资金结存", D),
]

PAYABLE = "2502"
LEASED, OWNED = "160102", "160101"

# kind: (basis, [(side, account code, part, note)])
RULES: dict[EventKind, tuple[str, list[tuple[Side, str, str, str]]]] = {
    EventKind.AGREEMENT: (
        f"{DECREE}：融资租入固定资产按租赁付款额记入长期应付款，不单列未确认融资费用",
        [
            (D, LEASED, TOTAL, "成本等于租赁付款额（本金加利息）"),
            (C, PAYABLE, "principal", ""),
            (C, PAYABLE, "interest", ""),
            (C, PAYABLE, "retention", f"质保期不超过一年的应记其他应付款，{CHECK}"),
        ],
    ),
    EventKind.REVISION: (
        f"{DECREE}：租赁付款额增减，同时调整成本；{CHECK}",
        [
            (D, LEASED, TOTAL, "减少为红字"),
            (C, PAYABLE, "principal", ""),
            (C, PAYABLE, "interest", ""),
        ],
    ),
    EventKind.TERMINATION: (
        f"退还设备：冲减不再支付的应付款，其余成本转入资产处置费用；{CHECK}",
        [
            (D, PAYABLE, "payable", ""),
            (D, "5301", "kept", f"已提折旧由固定资产账冲减，{CHECK}"),
            (C, LEASED, TOTAL, ""),
        ],
    ),
    EventKind.PAYMENT: (
        f"{DECREE}：支付租金冲减长期应付款，平行记入事业支出",
        [
            (D, PAYABLE, "principal", ""),
            (D, PAYABLE, "interest", ""),
            (D, "5901", "late_interest", f"逾期利息不属于租赁付款额，{CHECK}"),
            (D, "1214", "credit", "多付的部分等待抵充或退回"),
            (C, "4001", TOTAL, "授权支付记零余额账户用款额度，实有资金支付记银行存款"),
            (D, "7201", "principal", ""),
            (D, "7201", "interest", ""),
            (D, "7901", "late_interest", CHECK),
            (D, "7201", "credit", ""),
            (C, "6001", TOTAL, "授权支付、实有资金支付记资金结存"),
        ],
    ),
    EventKind.REFUND: (
        f"{DECREE}：退回的预付款；{CHECK}",
        [
            (D, "1002", "credit", "当年直接支付的款项退回国库的，应冲减财政拨款收入"),
            (C, "1214", "credit", ""),
            (D, "8001", "credit", ""),
            (C, "7201", "credit", "退回以前年度支出的，应调整结转结余"),
        ],
    ),
    EventKind.WAIVER: (
        f"债权人豁免：如实列示发生和减免的逾期利息；{CHECK}",
        [(D, "5901", "late_interest", ""), (C, "4609", "late_interest", "")],
    ),
    EventKind.REBATE: (
        f"{DECREE}：收到各级奖补；由上级财政直接拨入的记非同级财政拨款收入，{CHECK}",
        [
            (D, "1002", TOTAL, ""),
            (C, "4001", "county", ""),
            (C, "4001", "prefecture", CHECK),
            (C, "4001", "province", CHECK),
            (D, "8001", TOTAL, ""),
            (C, "6001", "county", ""),
            (C, "6001", "prefecture", CHECK),
            (C, "6001", "province", CHECK),
        ],
    ),
    EventKind.TITLE: (
        f"付清后产权归学校，明细科目之间结转；{CHECK}",
        [(D, OWNED, "cost", ""), (C, LEASED, "cost", "")],
    ),
    EventKind.ALLOCATION: (
        f"{DECREE}：收到专项资金；{CHECK}",
        [
            (D, "1002", "allocated", ""),
            (C, "4001", "allocated", ""),
            (D, "8001", "allocated", ""),
            (C, "6001", "allocated", ""),
        ],
    ),
    EventKind.FUND_USE: (
        f"{DECREE}：使用专项资金（随回购付款使用的已在付款凭证里）；{CHECK}",
        [
            (D, "1214", "buyback", "没有对应付款的回购支出先记预付账款"),
            (D, OWNED, "purchase", ""),
            (D, "5001", "maintenance", ""),
            (D, "5001", "station", ""),
            (D, "5001", "network", ""),
            (D, "5001", "training", ""),
            (C, "1002", TOTAL, ""),
            (D, "7201", TOTAL, ""),
            (C, "8001", TOTAL, ""),
        ],
    ),
}


def load() -> None:
    """Add common accounts and rule sets that are not there yet; what people set stays."""
    known = set(BookAccount.objects.filter(county=None).values_list("code", flat=True))
    BookAccount.objects.bulk_create(
        BookAccount(book=book, code=code, name=name, side=side)
        for book, code, name, side in ACCOUNTS
        if code not in known
    )
    accounts = {row.code: row for row in BookAccount.objects.filter(county=None)}
    ruled = set(RuleSet.objects.filter(county=None).values_list("kind", flat=True))
    for kind, (basis, lines) in RULES.items():
        if kind not in ruled:
            row = RuleSet.objects.create(
                kind=kind, valid_from=SINCE, basis=basis, set_at=clock.now()
            )
            EntryRule.objects.bulk_create(
                EntryRule(
                    rule_set=row,
                    line=at,
                    side=side,
                    account=accounts[code],
                    part=part,
                    note=note,
                )
                for at, (side, code, part, note) in enumerate(lines, 1)
            )
