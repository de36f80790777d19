"""The rooms of finance and who uses them: what the hub and the tabs lead to."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from accounting.forms.reports import reads_rebates
from accounting.models.bank import bank_counties
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
    wide = reach(user).wide
    groups = [
        ("回购", _buyback(user)),
        ("预算与监管", _gates(user, wide)),
        ("报表", _reports(wide)),
        ("银行与账簿", _books(user)),
    ]
    return [(title, rooms) for title, rooms in groups if rooms]


def _buyback(user) -> list[Room]:
    rooms = [
        _room("file-text", "回购协议", "每校一份，计划、付款和产权", "financing:agreements"),
        _room("file-check", "付款申请", "待审核、待付款", "financing:applications"),
        _room("cash", "付款记录", "付款、冲销和退款", "financing:payments"),
        _room("bell", "到期付款通知", "按月发出、打印", "accounting:notices"),
        _room("calculator", "试算", "方案比较、学校负担", "financing:quote"),
    ]
    if reads_rebates(user):
        rooms.insert(3, _room("coins", "奖补申领", "申领、批复、到账", "financing:claims"))
    return rooms


def _gates(user, wide: bool) -> list[Room]:
    rooms = [
        _room("checklist", "维护考核", "供应商是否按约定维护", "financing:checks"),
        _room("hand-stop", "暂缓付款", "提请、决定、解除", "financing:holds"),
    ]
    if wide:
        rooms.insert(0, _room("pig-money", "专项资金", "到账、使用、结余", "financing:funds"))
    if reads_rebates(user):
        text = "没有当年批复不能申请付款"
        rooms.insert(0, _room("wallet", "年度预算", text, "financing:budgets"))
        rooms.append(_room("alert-triangle", "红线台账", "触及的规则和承担人", "financing:risks"))
    return rooms


def _reports(wide: bool) -> list[Room]:
    rooms = [
        _room("report-money", "回购台账", "应付、已付、逾期、奖补", "accounting:ledger"),
        _room("hourglass", "逾期账龄", "30、60、90、180 天", "accounting:ageing"),
        _room("chart-bar", "现金流预测", "今后各年各月要付多少", "accounting:forecast"),
        _room("scale", "供应商对账单", "按期间逐笔核对", "accounting:supplier_statement"),
    ]
    if wide:
        text = "每年 3 月 31 日前公开"
        rooms.append(_room("speakerphone", "逾期款项公开", text, "accounting:disclosure"))
    return rooms


def _books(user) -> list[Room]:
    if not bank_counties(user):
        return []
    return [
        _room("building-bank", "银行流水与对账", "导入、核对、调节", "accounting:bank_accounts")
    ]


def _room(icon: str, label: str, text: str, name: str) -> Room:
    return Room(icon, label, text, reverse(name))
