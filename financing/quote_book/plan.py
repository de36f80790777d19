"""One sheet per variant: its instalments by formulas, in yuan to read and in fen to compute."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from xlsxwriter.utility import xl_col_to_name

from financing.quote_book import terms as on
from financing.quote_book.layout import FINANCED, HEAD, RESIDUAL, RESULT, RISE, TOP, WHOLE
from financing.quote_book.methods import METHODS, Method
from financing.quote_book.page import Page, part_of
from financing.quote_book.terms import TermsSheet
from financing.schedules import Base, Funder
from financing.schedules import Method as Way
from financing.variant import Variant
from registry.money import half_up, to_fen

READ = ["期次", "应付日期", "应付（元）", "本金（元）", "利息（元）", "剩余本金（元）"]
WORK = [
    "融资期次",
    "期初融资余额（分）",
    "融资本金（分）",
    "利息（分）",
    "首付、质保金（分）",
    "本金（分）",
    "应付（分）",
    "累计应付（分）",
    "余额（分）",
]
REBATE = ["奖补基数累计", "累计应奖补", "奖补"]
GIVEN = len(REBATE)


def plain(funder: Funder) -> bool:
    return funder.base == Base.PAYMENT and funder.cap is None


@dataclass(frozen=True)
class Row:
    """One row of the merged plan: its financed instalment (from 1, else 0) and the sums beside it."""

    number: int
    lumps: tuple[str, ...]


def rows_of(variant: Variant) -> list[Row]:
    financed = {day: n for n, day in enumerate(variant.financed.due_on, 1)}
    lumps = variant.lumps
    return [
        Row(financed.get(day, 0), tuple(one.label for one in lumps if one.due_on == day))
        for day in variant.plan.due_on
    ]


class PlanSheet:
    """Addresses on a variant's sheet; the amounts that other sheets need are whole fen."""

    def __init__(self, page: Page, terms: TermsSheet, n: int, variant: Variant):
        self.page, self.terms, self.n, self.variant = page, terms, n, variant
        self.rows = rows_of(variant)
        self.funders = list(variant.funders)
        self.own = len(READ) + len(self.funders)  # the column 自担
        self.work = self.own + 3
        self.rebate = self.work + len(WORK)  # cumulative, then per instalment
        self.extra = self.rebate + GIVEN * len(self.funders) + 1  # the method's columns
        self.last = TOP + len(self.rows) - 1

    # --- addresses --------------------------------------------------------------------------
    def col(self, word: str) -> int:
        return self.work + WORK.index(word)

    def fen(self, word: str, at: int, *, here: bool = True) -> str:
        """The cell of a working column in row ``at`` of the plan."""
        return self.page.at(TOP + at, self.col(word), here=here)

    def rebated(self, code: str, at: int, *, here: bool = True) -> str:
        n = [funder.code for funder in self.funders].index(code)
        return self.page.at(TOP + at, self.rebate + GIVEN * n + 2, here=here)

    def given(self, row: int) -> str:
        """One of the values that are worked out first."""
        return self.page.at(row, RESULT, here=True)

    def span(self, column: int) -> str:
        name = xl_col_to_name(column)
        return f"${name}${TOP + 1}:${name}${self.last + 1}"

    # --- writing ----------------------------------------------------------------------------
    def write(self, labels: dict[str, str]) -> None:
        page, variant = self.page, self.variant
        method: Method = METHODS[variant.terms.method](self)
        page.sheet.set_column(0, 0, 8)
        page.sheet.set_column(1, self.own, 15)
        page.sheet.set_column(self.own + 1, self.own + 2, 3)
        page.sheet.set_column(self.work, self.extra + 6, 15)
        page.put(0, 0, f"{variant.name}：{on.METHODS[variant.terms.method]}", "title")
        page.put(1, 0, method.said, "work_note")
        rebates = [f"{labels[funder.code]}奖补（元）" for funder in self.funders]
        page.heads(HEAD, 0, [*READ, *rebates, "自担（元）"])
        page.heads(HEAD, self.work, WORK, "work_head")
        for n, funder in enumerate(self.funders):
            words = [f"{labels[funder.code]}{what}（分）" for what in REBATE]
            page.heads(HEAD, self.rebate + GIVEN * n, words, "work_head")
        self._first(method)
        method.prepare()
        balances = self._balances()
        paid = list(accumulate(variant.plan.payment))
        for at, row in enumerate(self.rows):
            self._dates(at, row)
            self._amounts(at, row, method, balances[at], paid[at])
            self._rebates(at)
            self._shown(at)
        self._sums()
        page.sheet.freeze_panes(TOP, 2)

    def _first(self, method: Method) -> None:
        page, terms, n = self.page, self.variant.terms, self.n
        price, down, kept = (self.terms.at(n, row) for row in (on.PRICE, on.DOWN, on.RETENTION))
        scaled = f"ROUND({self.terms.at(n, on.RATE)}*10000,0)"
        full = 1_000_000 * terms.payments_per_year
        rows = {
            FINANCED: (
                "融资本金（分）",
                f"ROUND({price}*100,0)-ROUND({down}*100,0)-ROUND({kept}*100,0)",
                to_fen(terms.principal),
            ),
            RESIDUAL: (
                "期末留购价（分）",
                f"ROUND({self.terms.at(n, on.RESIDUAL)}*100,0)",
                to_fen(terms.residual),
            ),
        }
        if terms.method != Way.FIXED_PAYMENT:
            rise, whole = method.rate()
            rows[RISE] = ("期利率分子", f"{scaled}/GCD({scaled},{full})", rise)
            rows[WHOLE] = ("期利率分母", f"{full}/GCD({scaled},{full})", whole)
        for row, (label, formula, result) in rows.items():
            page.put(row, 0, label, "work_note")
            page.work(row, RESULT, formula, result)

    def _balances(self) -> list[int]:
        """What of the financed part is owed before each row."""
        left, found = to_fen(self.variant.terms.principal), []
        for row in self.rows:
            found.append(left)
            if row.number:
                left -= self.variant.financed.principal[row.number - 1]
        return found

    def _dates(self, at: int, row: Row) -> None:
        starts, variant = self.terms.at(self.n, on.STARTS), self.variant
        if row.number:
            skip = 1 if variant.terms.in_advance else 0
            months = (row.number - skip) * (12 // variant.terms.payments_per_year)
        else:
            months = variant.retention_months if "质保金" in row.lumps else 0
        self.page.put(TOP + at, 0, at + 1, "count")
        self.page.work(TOP + at, 1, f"EDATE({starts},{months})", variant.plan.due_on[at], "day")

    def _amounts(self, at: int, row: Row, method: Method, balance: int, paid: int) -> None:
        variant, work = self.variant, self.page.work
        r, k = TOP + at, row.number - 1
        self.page.put(r, self.col("融资期次"), row.number, "work")
        before = self.fen("期初融资余额（分）", at - 1) + "-" + self.fen("融资本金（分）", at - 1)
        work(r, self.col("期初融资余额（分）"), before if at else self.given(FINANCED), balance)
        principal = variant.financed.principal[k] if row.number else 0
        interest = variant.financed.interest[k] if row.number else 0
        if row.number:
            method.fill(at, row.number, balance)
        else:
            work(r, self.col("融资本金（分）"), "0", 0)
            work(r, self.col("利息（分）"), "0", 0)
        cells = {"首付款": on.DOWN, "质保金": on.RETENTION}
        sums = [f"ROUND({self.terms.at(self.n, cells[one])}*100,0)" for one in row.lumps]
        beside = variant.plan.principal[at] - principal
        work(r, self.col("首付、质保金（分）"), "+".join(sums) or "0", beside)
        whole = f"{self.fen('融资本金（分）', at)}+{self.fen('首付、质保金（分）', at)}"
        work(r, self.col("本金（分）"), whole, principal + beside)
        due = f"{self.fen('本金（分）', at)}+{self.fen('利息（分）', at)}"
        work(r, self.col("应付（分）"), due, principal + beside + interest)
        upto = self.fen("应付（分）", at)
        if at:
            upto = f"{self.fen('累计应付（分）', at - 1)}+{upto}"
        work(r, self.col("累计应付（分）"), upto, paid)
        owed = self.fen("余额（分）", at - 1) if at else self._price()
        left = f"{owed}-{self.fen('本金（分）', at)}"
        work(r, self.col("余额（分）"), left, variant.plan.balance[at])

    def _price(self) -> str:
        return f"ROUND({self.terms.at(self.n, on.PRICE)}*100,0)"

    def _rebates(self, at: int) -> None:
        """Cumulative rounding: what is due up to here, less what was given before.

        A level with a base of its own or a cap gives nothing below 0 and no more than its row's
        payment has left (``financing.schedules.rebated``).
        """
        plan = self.variant.plan
        left = self.fen("应付（分）", at)
        for n, funder in enumerate(self.funders):
            r, base = TOP + at, self.rebate + GIVEN * n
            seen = self._base(funder, base, at, left)
            column, given = base + 2, plan.rebates[funder.code]
            upto = [sum(self._bases(funder)[: at + 1]), sum(given[:at])]
            share = f"ROUND({self.terms.funder(self.n, funder.code)}*100,0)"
            least = upto[0] if funder.base == Base.REST else max(0, upto[0])
            self.page.work(r, base, seen, least)
            cell = f"MAX(0,{self.page.at(r, base, here=True)})"
            due = half_up(max(0, upto[0]) * int(funder.percent * 100), 10_000)
            self.page.work(r, base + 1, part_of(cell, share, "10000"), due)
            due = self.page.at(r, base + 1, here=True)
            above = self.page.at(TOP, column, here=True), self.page.at(r - 1, column, here=True)
            before = f"SUM({above[0]}:{above[1]})" if at else "0"
            if not plain(funder):
                if funder.cap is not None:
                    due = f"MIN({due},ROUND({self.terms.cap(self.n, funder.code)}*100,0))"
                due, before = f"MAX(0,MIN({due}-{before},{left}))", "0"
            self.page.work(r, column, f"{due}-{before}", given[at])
            left = f"({left}-{self.page.at(r, column, here=True)})"

    def _base(self, funder: Funder, column: int, at: int, left: str) -> str:
        """The formula of what the percentage is taken of, summed up to here."""
        if funder.base == Base.PAYMENT:
            return self.fen("累计应付（分）", at)
        if funder.base == Base.PRINCIPAL:
            return f"MAX(0,{self._price()}-{self.fen('余额（分）', at)})"
        before = self.page.at(TOP + at - 1, column, here=True) if at else "0"
        return f"{before}+{left}"

    def _bases(self, funder: Funder) -> tuple[int, ...]:
        plan = self.variant.plan
        if funder.base == Base.PRINCIPAL:
            return plan.principal
        if funder.base == Base.PAYMENT:
            return plan.payment
        earlier = [plan.rebates[one.code] for one in self.funders[: self.funders.index(funder)]]
        return tuple(paid - sum(some) for paid, *some in zip(plan.payment, *earlier, strict=True))

    def _shown(self, at: int) -> None:
        r, one = TOP + at, self.variant.plan.instalments[at]
        words = ("应付（分）", "本金（分）", "利息（分）", "余额（分）")
        results = (one.payment, one.principal, one.interest, one.balance)
        for n, (word, result) in enumerate(zip(words, results, strict=True)):
            self.page.work(r, 2 + n, f"{self.fen(word, at)}/100", result, "yuan")
        cells = [self.rebated(funder.code, at) for funder in self.funders]
        for n, (funder, cell) in enumerate(zip(self.funders, cells, strict=True)):
            self.page.work(r, len(READ) + n, f"{cell}/100", one.rebates[funder.code], "yuan")
        own = "-".join([self.fen("应付（分）", at), *cells])
        self.page.work(r, self.own, f"({own})/100", one.net, "yuan")

    def _sums(self) -> None:
        """Totals are sums of fen: a sum of yuan would carry the error of every addend."""
        totals, r = self.variant.plan.totals, self.last + 1
        self.page.put(r, 0, "合计", "text")
        spans = {2: ("应付（分）", totals.payment), 3: ("本金（分）", totals.principal)}
        spans[4] = ("利息（分）", totals.interest)
        for column, (word, result) in spans.items():
            self.page.work(r, column, f"SUM({self.span(self.col(word))})/100", result, "sum")
        own = [f"SUM({self.span(self.col('应付（分）'))})"]
        for n, funder in enumerate(self.funders):
            given = f"SUM({self.span(self.rebate + GIVEN * n + 2)})"
            own.append(given)
            result = totals.rebates[funder.code]
            self.page.work(r, len(READ) + n, f"{given}/100", result, "sum")
        self.page.work(r, self.own, f"({'-'.join(own)})/100", totals.net, "sum")
