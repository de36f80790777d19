"""The rooms of finance and who uses them: what the hub and the tabs lead to."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from accounting.forms.reports import reads_rebates
from accounting.models.bank import bank_counties
from accounting.models.books import book_schools
from registry.access import reach


@dataclass(frozen=True)
class Room:
    """One link: its icon, its label, what it answers, and its address."""

    icon: str
    label: str
    text: str
    url: str


def rooms_of(user) -> list[tuple[str, list[Room]]]:
    """Groups of links that this person can use."""
    groups = [
        ("回购", _buyback(user)),
        ("奖补与资金", _money_in(user)),
        ("报表", _reports(user)),
        ("银行与账簿", _books(user)),
    ]
    return [(title, rooms) for title, rooms in groups if rooms]


def _buyback(user) -> list[Room]:
    rooms = [
        _room("file-text", "回购协议", "每校一份，计划、付款和产权", "financing:agreements"),
        _room("file-check", "付款申请", "待审核、待付款", "financing:applications"),
        _room("cash", "付款记录", "付款、冲销和退款", "financing:payments"),
        _room("bell", "到期付款通知", "按月发出、打印", "accounting:notices"),
    ]
    if reads_rebates(user):
        rooms += [
            _room("clipboard-check", "维护考核", "付款前的考核", "financing:checks"),
            _room("player-pause", "暂缓付款", "提请、决定和解除", "financing:holds"),
            _room("alert-triangle", "红线台账", "触及的红线和承担情况", "financing:risks"),
        ]
    return [*rooms, _room("calculator", "试算", "方案比较、学校负担", "financing:quote")]


def _money_in(user) -> list[Room]:
    if not reads_rebates(user):
        return []
    rooms = [
        _room("coins", "奖补申领", "待申领、已申领", "financing:claims"),
        _room("stack-2", "申领批次", "一个文号一批", "financing:claim_batches"),
        _room("hourglass-high", "未到账奖补", "按申领后天数", "financing:claim_ageing"),
        _room("sum", "各校奖补", "应得、申领、到账", "financing:claim_totals"),
        _room("receipt", "学校预算", "各年回购预算批复", "financing:budgets"),
    ]
    if reach(user).wide:
        rooms.append(_room("pig-money", "专项资金", "专款专用", "financing:funds"))
    return rooms


def _reports(user) -> list[Room]:
    rooms = [
        _room("report-money", "回购台账", "应付、已付、逾期、奖补", "accounting:ledger"),
        _room("hourglass", "逾期账龄", "30、60、90、180 天", "accounting:ageing"),
        _room("chart-bar", "现金流预测", "今后各年各月要付多少", "accounting:forecast"),
        _room("scale", "供应商对账单", "按期间逐笔核对", "accounting:supplier_statement"),
    ]
    if not reads_rebates(user):
        rooms[0] = _room("report-money", "回购台账", "应付、已付、逾期", "accounting:ledger")
    if reach(user).wide:
        text = "每年 3 月 31 日前公开"
        rooms.append(_room("speakerphone", "逾期款项公开", text, "accounting:disclosure"))
    return rooms


def _books(user) -> list[Room]:
    rooms = []
    if bank_counties(user):
        rooms += [
            _room(
                "building-bank", "银行流水与对账", "导入、核对、调节", "accounting:bank_accounts"
            ),
            _room("book-2", "账簿与结账", "按月结账", "accounting:books"),
        ]
    if bank_counties(user) or book_schools(user):
        rooms += [
            _room("file-invoice", "记账凭证", "按月生成、导出", "accounting:vouchers"),
            _room("list-numbers", "明细账", "按科目和学校", "accounting:entries"),
            _room("table", "余额表", "科目余额、应付对账", "accounting:balances"),
        ]
    return rooms


def _room(icon: str, label: str, text: str, name: str) -> Room:
    return Room(icon, label, text, reverse(name))
