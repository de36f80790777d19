"""How each repayment method fills the columns of interest and financed principal, by formulas."""

from __future__ import annotations

from decimal import Decimal
from math import gcd
from typing import TYPE_CHECKING

from financing.quote_book import terms as on
from financing.quote_book.critical import (
    annuity,
    interest_before_rounding,
    level_periods,
    nudge,
)
from financing.quote_book.layout import (
    DERIVED_RATE,
    FINANCED,
    HEAD,
    NUDGE,
    PAYMENT,
    RESIDUAL,
    RESULT,
    RISE,
    TOP,
    WHOLE,
)
from financing.quote_book.page import part_of
from financing.schedules import Method as Way
from financing.schedules import methods as exact
from registry.money import half_up, to_fen

if TYPE_CHECKING:
    from financing.quote_book.plan import PlanSheet

STEPS = 24
"""Newton's steps from rate zero: they never overshoot; ten do for 30 % a year, 18 for 1000 %."""


class Method:
    """A method at work on a sheet: ``fill`` writes interest and principal of one instalment."""

    said = ""
    columns: tuple[str, ...] = ("余额除以分母的余数", "余数×分子")

    def __init__(self, sheet: PlanSheet):
        self.sheet, self.page, self.terms = sheet, sheet.page, sheet.variant.terms
        self.plan = sheet.variant.financed
        self.last = self.terms.instalments

    def rate(self) -> tuple[int, int]:
        rise, whole = exact.period_rate(self.terms)
        common = gcd(rise, whole)
        return rise // common, whole // common

    def prepare(self) -> None:
        self.page.heads(HEAD, self.sheet.extra, list(self.columns), "work_head")

    def fill(self, at: int, number: int, balance: int) -> None:
        self.interest(at, number, balance)
        row, column = TOP + at, self.sheet.col("融资本金（分）")
        self.page.work(row, column, self.principal(at, number), self.plan.principal[number - 1])

    def principal(self, at: int, number: int) -> str:
        """The formula of the financed principal in fen."""
        raise NotImplementedError

    def interest(self, at: int, number: int, balance: int) -> None:
        """balance × numerator ÷ denominator, a half upwards, in products that a float holds.

        The remainder is compared with the denominator instead of dividing once more, so the
        result is right even where a program takes 2.999999999999999 for 3.
        """
        sheet, row = self.sheet, TOP + at
        column, result = sheet.col("利息（分）"), self.plan.interest[number - 1]
        if number == 1 and self.terms.in_advance:
            self.page.work(row, column, "0", 0)
            return
        owed = sheet.fen("期初融资余额（分）", at)
        rise, whole = sheet.given(RISE), sheet.given(WHOLE)
        numerator, denominator = self.rate()
        rest = self.page.at(row, sheet.extra, here=True)
        times = self.page.at(row, sheet.extra + 1, here=True)
        left = balance % denominator
        self.page.work(row, sheet.extra, f"{owed}-INT({owed}/{whole})*{whole}", left)
        self.page.work(row, sheet.extra + 1, f"{rest}*{rise}", left * numerator)
        self.page.work(
            row,
            column,
            f"INT({owed}/{whole})*{rise}+INT({times}/{whole})"
            f"+IF(2*({times}-INT({times}/{whole})*{whole})>={whole},1,0)",
            result,
        )

    def before(self, at: int, column: int) -> str:
        """The same column on the row of the financed instalment before; 0 before the first."""
        rows = self.sheet.rows
        earlier = next((n for n in range(at - 1, -1, -1) if rows[n].number), None)
        return "0" if earlier is None else self.page.at(TOP + earlier, column, here=True)

    def value(self, row: int, label: str, formula: str, result, look: str = "work") -> None:
        """One of the values that are worked out first."""
        self.page.put(row, 0, label, "work_note")
        self.page.work(row, RESULT, formula, result, look)

    def only_as_exported(self, row: int, column: int, amount) -> None:
        """A nudge: it counts while the terms are those of the export."""
        same = self.sheet.terms.same(self.sheet.n)
        formula = f"IF({same},{amount},0)" if amount else "0"
        self.page.work(row, column, formula, amount, "percent")


class LevelPayment(Method):
    said = (
        "每期应付＝（融资本金－留购价×末期折现系数）÷各期折现系数之和，四舍五入到分；利息＝期初余额×期利率；"
        "末期本金付清余额。“半分修正”只在每期应付恰近半分时不为 0，由系统用精确分数判定进位方向。"
    )
    columns = (*Method.columns, "折现系数")

    def prepare(self) -> None:
        super().prepare()
        sheet = self.sheet
        factors = sheet.span(sheet.extra + 2)
        final = max(n for n, row in enumerate(sheet.rows) if row.number == self.last)
        last = self.page.at(TOP + final, sheet.extra + 2, here=True)
        due = annuity(self.terms)
        self.only_as_exported(NUDGE, RESULT, nudge(due))
        self.page.put(NUDGE, 0, "半分修正（分）", "work_note")
        self.value(
            PAYMENT,
            "每期应付（分）",
            f"ROUND(({sheet.given(FINANCED)}-{sheet.given(RESIDUAL)}*{last})/SUM({factors})"
            f"+{sheet.given(NUDGE)},0)",
            int(due + nudge(due) + Decimal("0.5")),
        )

    def fill(self, at: int, number: int, balance: int) -> None:
        super().fill(at, number, balance)
        paying = number - self.terms.grace
        if paying > 0:
            rise, whole = self.sheet.given(RISE), self.sheet.given(WHOLE)
            away = level_periods(self.terms)[paying - 1]
            numerator, denominator = self.rate()
            factor = (denominator / (denominator + numerator)) ** away
            formula = f"({whole}/({whole}+{rise}))^{away}"
            self.page.work(TOP + at, self.sheet.extra + 2, formula, factor, "work_long")

    def principal(self, at: int, number: int) -> str:
        owed = self.sheet.fen("期初融资余额（分）", at)
        if number == self.last:
            return owed
        if number <= self.terms.grace:
            return "0"
        return f"MIN({owed},{self.sheet.given(PAYMENT)}-{self.sheet.fen('利息（分）', at)})"


class EqualPrincipal(Method):
    said = (
        "本金按期数均分：第 k 期累计＝（融资本金－留购价）×k÷期数，四舍五入到分，各期为累计之差；留购价随末期付；"
        "利息＝期初余额×期利率。"
    )
    columns = (*Method.columns, "累计应还本金（分）")

    def principal(self, at: int, number: int) -> str:
        sheet, column = self.sheet, self.sheet.extra + 2
        paying, count = number - self.terms.grace, self.last - self.terms.grace
        if paying <= 0:
            self.page.work(TOP + at, column, "0", 0)
            return "0"
        shared = f"({sheet.given(FINANCED)}-{sheet.given(RESIDUAL)})"
        whole = to_fen(self.terms.principal) - to_fen(self.terms.residual)
        result = half_up(whole * paying, count)
        self.page.work(TOP + at, column, part_of(shared, str(paying), str(count)), result)
        upto = self.page.at(TOP + at, column, here=True)
        last = f"+{sheet.given(RESIDUAL)}" if number == self.last else ""
        return f"{upto}-{self.before(at, column)}{last}"


class CustomPercent(Method):
    said = "第 k 期累计本金＝融资本金×前 k 期比例之和，四舍五入到分，各期为累计之差；利息＝期初余额×期利率。比例合计须为 100。"
    columns = (*Method.columns, "累计应还本金（分）", "累计比例×10000", "比例（%）")

    def principal(self, at: int, number: int) -> str:
        sheet, row, first = self.sheet, TOP + at, self.sheet.extra + 2
        percents = self.terms.percents
        self.page.put(row, first + 2, percents[number - 1], "input")
        given = self.page.at(row, first + 2, here=True)
        seen = int(sum(percents[:number]) * 10_000)
        earlier = self.before(at, first + 1)
        self.page.work(row, first + 1, f"{earlier}+ROUND({given}*10000,0)", seen)
        share = self.page.at(row, first + 1, here=True)
        result = half_up(to_fen(self.terms.principal) * seen, 1_000_000)
        self.page.work(row, first, part_of(sheet.given(FINANCED), share, "1000000"), result)
        return f"{self.page.at(row, first, here=True)}-{self.before(at, first)}"


class FixedPayment(Method):
    said = (
        "每期应付由合同约定。期利率由付款额反推：从 0 起用牛顿法逐步逼近（表右“利率逼近”列），各期付款的现值之和等于融资本金；"
        "利息＝应付－本金，末期利息吸收尾差。“半分修正”只在利息恰近半分时不为 0，由系统用 60 位利率判定进位方向。"
    )
    columns = ("折现期数", "付款（分）", "半分修正（分）", "按期利率的利息（分）", "利率逼近")

    def prepare(self) -> None:
        super().prepare()
        sheet, terms = self.sheet, self.terms
        paid = f"ROUND({sheet.terms.at(sheet.n, on.FIXED)}*100,0)"
        self.value(PAYMENT, "每期付款额（分）", paid, to_fen(terms.fixed_payment))
        column, away, flows = sheet.extra + 4, sheet.span(sheet.extra), sheet.span(sheet.extra + 1)
        owed, steps = sheet.given(FINANCED), self._steps()
        self.page.work(TOP, column, "0", 0, "work_long")
        for n, result in enumerate(steps, 1):
            r = self.page.at(TOP + n - 1, column, here=True)
            worth = f"SUMPRODUCT({flows}*(1+{r})^(-{away}))"
            fall = f"SUMPRODUCT({flows}*{away}*(1+{r})^(-{away}-1))"
            step = f"{r}+IF({fall}=0,0,MAX(0,{worth}-{owed})/{fall})"
            self.page.work(TOP + n, column, step, result, "work_long")
        found = self.page.at(TOP + STEPS, column, here=True)
        self.value(DERIVED_RATE, "推算的期利率", found, steps[-1], "work_long")
        self.exact = interest_before_rounding(terms, self.plan)

    def _steps(self) -> list[float]:
        """What the column shows before a spreadsheet computes it: for display alone, in floats."""
        terms, rate, found = self.terms, 0.0, []
        first = 0 if terms.in_advance else 1
        flows = [to_fen(terms.fixed_payment)] * terms.instalments
        flows[-1] += to_fen(terms.residual)
        dated = list(enumerate(flows, first))
        for _ in range(STEPS):
            worth = sum(flow * (1 + rate) ** -t for t, flow in dated)
            fall = sum(flow * t * (1 + rate) ** (-t - 1) for t, flow in dated)
            rate += max(0.0, worth - to_fen(terms.principal)) / fall if fall else 0.0
            found.append(rate)
        return found

    def interest(self, at: int, number: int, balance: int) -> None:
        sheet, row, extra = self.sheet, TOP + at, self.sheet.extra
        away = number - 1 if self.terms.in_advance else number
        self.page.put(row, extra, away, "work")
        residual = f"+{sheet.given(RESIDUAL)}" if number == self.last else ""
        paid = to_fen(self.terms.fixed_payment)
        paid += to_fen(self.terms.residual) if residual else 0
        self.page.work(row, extra + 1, f"{sheet.given(PAYMENT)}{residual}", paid)
        before = self.exact[number - 1]
        self.only_as_exported(row, extra + 2, nudge(before))
        owed = sheet.fen("期初融资余额（分）", at)
        correction = self.page.at(row, extra + 2, here=True)
        by_rate = f"ROUND({owed}*{sheet.given(DERIVED_RATE)}+{correction},0)" if away else "0"
        result = half_up(*before.as_integer_ratio())
        self.page.work(row, extra + 3, by_rate, result)
        taken = f"{self.page.at(row, extra + 1, here=True)}-{sheet.fen('融资本金（分）', at)}"
        self.page.work(row, sheet.col("利息（分）"), taken, self.plan.interest[number - 1])

    def principal(self, at: int, number: int) -> str:
        owed = self.sheet.fen("期初融资余额（分）", at)
        if number == self.last:
            return owed
        by_rate = self.page.at(TOP + at, self.sheet.extra + 3, here=True)
        return f"MIN({owed},{self.sheet.given(PAYMENT)}-{by_rate})"


METHODS: dict[str, type[Method]] = {
    Way.LEVEL_PAYMENT: LevelPayment,
    Way.EQUAL_PRINCIPAL: EqualPrincipal,
    Way.CUSTOM_PERCENT: CustomPercent,
    Way.FIXED_PAYMENT: FixedPayment,
}
