"""The sheet 条款: what was agreed, one column a variant. Blue cells may be changed."""

from __future__ import annotations

from decimal import Decimal

from financing.quote_book.page import Page
from financing.schedules import Base, Method
from financing.variant import Variant

METHODS = {
    Method.LEVEL_PAYMENT: "等额本息",
    Method.EQUAL_PRINCIPAL: "等额本金",
    Method.FIXED_PAYMENT: "约定每期付款额",
    Method.CUSTOM_PERCENT: "约定各期比例",
}
BASES = {
    Base.PAYMENT: "按应付合计",
    Base.PRINCIPAL: "按本金",
    Base.REST: "按扣除前序奖补后的余额",
}
OFTEN = {1: "每年一期", 2: "每半年一期", 4: "每季一期", 12: "每月一期"}

TOP = 5
PRICE, DOWN, RETENTION, STARTS, RATE, FIXED, RESIDUAL = range(TOP, TOP + 7)
FUNDERS = TOP + 7
INPUTS = {
    PRICE: ("本金总额（元）", "input_yuan"),
    DOWN: ("首付款（元）", "input_yuan"),
    RETENTION: ("质保金（元）", "input_yuan"),
    STARTS: ("起租日期", "input_day"),
    RATE: ("年利率（%）", "input"),
    FIXED: ("每期付款额（元）", "input_yuan"),
    RESIDUAL: ("期末留购价（元）", "input_yuan"),
}
FIXED_LABELS = [
    "回购方式",
    "付款时点",
    "付款频次",
    "期数",
    "宽限期（期）",
    "质保金返还（起租后几个月）",
]
NOTES = [
    "蓝字为条款，可以改动，各表随之重算；期数、付款频次、方式、时点和宽限期决定表的行数，要改请回系统重新导出。",
    "全部金额用“分”的整数推算，利率化成整数分数，四舍五入用整数除法，所以恰在半分时也向上进位，与系统逐分一致。",
]


class TermsSheet:
    """Where each variant's terms stand. ``at(n, RATE)`` is the address of variant n's rate."""

    def __init__(self, page: Page, variants: list[Variant]):
        self.page, self.variants = page, variants
        self.codes = list(dict.fromkeys(f.code for one in variants for f in one.funders))
        self.same_row = FUNDERS + 2 * len(self.codes) + 7
        self.kept = len(variants) + 2  # first column of the terms as exported

    def at(self, n: int, row: int) -> str:
        return self.page.at(row, 1 + n)

    def funder(self, n: int, code: str) -> str:
        return self.at(n, FUNDERS + 2 * self.codes.index(code))

    def cap(self, n: int, code: str) -> str:
        return self.at(n, FUNDERS + 2 * self.codes.index(code) + 1)

    def same(self, n: int) -> str:
        """The address of TRUE while nobody changed variant n's terms."""
        return self.at(n, self.same_row)

    def write(self, labels: dict[str, str]) -> None:
        page, sheet = self.page, self.page.sheet
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 2 * len(self.variants) + 2, 18)
        page.put(0, 0, "融资试算：条款", "title")
        for n, note in enumerate(NOTES):
            page.put(1 + n, 0, note, "work_note")
        page.heads(TOP - 1, 0, ["条款", *(one.name for one in self.variants)])
        exported = [f"{one.name}（导出时）" for one in self.variants]
        page.heads(TOP - 1, self.kept, exported, "work_head")
        for n, variant in enumerate(self.variants):
            self._variant(n, variant)
        for row, (label, _) in INPUTS.items():
            page.put(row, 0, label)
        for n, code in enumerate(self.codes):
            ruled = [f for one in self.variants for f in one.funders if f.code == code]
            bases = "、".join(dict.fromkeys(BASES[Base(funder.base)] for funder in ruled))
            page.put(FUNDERS + 2 * n, 0, f"{labels[code]}奖补（%，{bases}）")
            if any(funder.cap is not None for funder in ruled):
                page.put(FUNDERS + 2 * n + 1, 0, f"{labels[code]}奖补上限（元）")
        for n, label in enumerate([*FIXED_LABELS, "条款与导出时相同"]):
            page.put(self.same_row - len(FIXED_LABELS) + n, 0, label)
        sheet.freeze_panes(TOP, 1)

    def _variant(self, n: int, variant: Variant) -> None:
        terms = variant.terms
        values = {
            PRICE: variant.price,
            DOWN: variant.down,
            RETENTION: variant.retention,
            STARTS: terms.starts_on,
            RATE: terms.annual_rate,
            FIXED: terms.fixed_payment or Decimal(0),
            RESIDUAL: terms.residual,
        }
        unused = {FIXED} if terms.method != Method.FIXED_PAYMENT else {RATE}
        checks = []
        for row, value in values.items():
            if row in unused:
                continue
            look = INPUTS[row][1]
            checks.append(self._input(n, row, value, look))
        for funder in variant.funders:
            row = FUNDERS + 2 * self.codes.index(funder.code)
            checks.append(self._input(n, row, funder.percent, "input"))
            if funder.cap is not None:
                checks.append(self._input(n, row + 1, funder.cap, "input_yuan"))
        said = [
            METHODS[Method(terms.method)],
            "期初付" if terms.in_advance else "期末付",
            OFTEN[terms.payments_per_year],
            terms.instalments,
            terms.grace,
            variant.retention_months if variant.retention else 0,
        ]
        for k, word in enumerate(said):
            look = "text" if isinstance(word, str) else "count"
            self.page.put(self.same_row - len(said) + k, 1 + n, word, look)
        self.page.work(self.same_row, 1 + n, f"AND({','.join(checks)})", True)

    def _input(self, n: int, row: int, value, look: str) -> str:
        """The cell to change and its twin that keeps what was exported; gives their comparison."""
        self.page.put(row, 1 + n, value, look)
        self.page.put(
            row,
            self.kept + n,
            value,
            {"input_yuan": "yuan", "input_day": "day"}.get(look, "percent"),
        )
        return (
            f"{self.page.at(row, 1 + n, here=True)}={self.page.at(row, self.kept + n, here=True)}"
        )
