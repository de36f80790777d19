"""学校 and 各校: who bears what part of each variant, split by cumulative rounding in formulas."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

from financing.quote_book.layout import TOP
from financing.quote_book.page import Page, rounded
from financing.quote_book.plan import PlanSheet
from financing.schedules import shared
from registry.money import from_fen


@dataclass(frozen=True)
class BookSchool:
    """A school of the project: its rooms are its weight; funds in yuan a year."""

    code: str
    name: str
    rooms: int
    pupils: int
    standard: Decimal


HEAD = [
    "学校标识码",
    "学校",
    "班数",
    "累计班数",
    "在校生数",
    "标准（元/生·年）",
    "公用经费（元/年）",
]
FIRST = 3
ROOMS, SEEN, PUPILS, STANDARD, FUNDS = range(2, 7)
LOW, HIGH = (0, 6), (1, 6)


class SchoolsSheet:
    """学校: weights, public funds, and the heaviest year of each variant beside the two lines."""

    def __init__(self, page: Page, schools: list[BookSchool], lines: tuple[Decimal, Decimal]):
        self.page, self.schools, self.lines = page, schools, lines

    @cached_property
    def whole(self) -> str:
        return self.page.at(FIRST + len(self.schools) - 1, SEEN)

    def rooms(self, n: int) -> str:
        return self.page.at(FIRST + n, ROOMS)

    def seen(self, n: int) -> str:
        """Rooms of the schools up to the n-th."""
        return self.page.at(FIRST + n, SEEN)

    def write(self, parts: list[SharesSheet]) -> None:
        page = self.page
        page.sheet.set_column(0, 1, 24)
        page.sheet.set_column(2, FUNDS + 3 * len(parts), 15)
        page.put(0, 0, "各校按班数分摊；班数、在校生数和标准可以改动", "work_note")
        for (row, column), word, line in zip(
            (LOW, HIGH), ("公用经费下线（%）", "公用经费上线（%）"), self.lines, strict=True
        ):
            page.put(row, column - 1, word, "work_note")
            page.put(row, column, line, "input")
        words = [w for part in parts for w in part.words]
        page.heads(FIRST - 1, 0, [*HEAD, *words])
        seen = accumulate(school.rooms for school in self.schools)
        for n, (school, upto) in enumerate(zip(self.schools, seen, strict=True)):
            self._school(FIRST + n, school, upto)
            for k, part in enumerate(parts):
                part.judge(n, FUNDS + 1 + 3 * k)
        page.sheet.freeze_panes(FIRST, 2)

    def _school(self, row: int, school: BookSchool, upto: int) -> None:
        page = self.page
        page.put(row, 0, school.code)
        page.put(row, 1, school.name)
        page.put(row, ROOMS, school.rooms, "input")
        before = page.at(row - 1, SEEN, here=True) if row > FIRST else "0"
        page.work(row, SEEN, f"{before}+{page.at(row, ROOMS, here=True)}", upto)
        page.put(row, PUPILS, school.pupils, "input")
        page.put(row, STANDARD, school.standard, "input_yuan")
        funds = f"ROUND({page.at(row, PUPILS, here=True)}*{page.at(row, STANDARD, here=True)}*100,0)/100"
        page.work(row, FUNDS, funds, school.pupils * school.standard, "yuan")


class SharesSheet:
    """各校: every school's part of every instalment of one variant, and whether it is ours."""

    def __init__(self, page: Page, plan: PlanSheet, schools: SchoolsSheet):
        self.page, self.plan, self.schools = page, plan, schools
        self.parts = list(
            shared(plan.variant.plan, {one.code: one.rooms for one in schools.schools}).values()
        )
        self.count = len(plan.rows)
        self.check = 7 + len(plan.funders) + 1
        self.last = len(self.parts) * self.count  # row of the last line

    @property
    def words(self) -> list[str]:
        name = self.plan.variant.name
        return [f"{name}最重一年自担（元）", f"{name}占公用经费（%）", f"{name}判断"]

    @property
    def cells(self) -> int:
        """How many amounts are compared: principal, interest, rebates and what is left."""
        return self.last * (3 + len(self.plan.funders))

    @property
    def differences(self) -> str:
        column = self.check + 3 + len(self.plan.funders)
        first, last = (self.page.at(row, column, here=True) for row in (1, self.last))
        return f"'{self.page.name}'!{first}:{last}"

    def write(self, labels: dict[str, str]) -> None:
        page, funders = self.page, self.plan.funders
        rebates = [f"{labels[one.code]}奖补（元）" for one in funders]
        head = ["学校", "期次", "应付日期", "应付（元）", "本金（元）", "利息（元）", *rebates]
        page.heads(0, 0, [*head, "自担（元）"])
        kept = ["系统：本金", "系统：利息", *(f"系统：{word}" for word in rebates), "系统：自担"]
        page.heads(0, self.check, [*kept, "差额合计"], "work_head")
        page.sheet.set_column(0, 0, 24)
        page.sheet.set_column(1, self.check + len(kept), 14)
        page.sheet.freeze_panes(1, 2)
        self.split_heads(labels)
        for n, part in enumerate(self.parts):
            for at in range(self.count):
                self._line(n, at, part)

    # --- what every school's share of an amount needs, worked out once per instalment ------------
    def split_heads(self, labels: dict[str, str]) -> None:
        """Beside the plan: each amount's multiple of all rooms, and what is left over."""
        plan = self.plan
        words = ["本金", "利息", *(f"{labels[one.code]}奖补" for one in plan.funders)]
        heads = [f"{word}（分）{what}" for word in words for what in ("÷总班数", "的余数")]
        plan.page.heads(TOP - 1, self._split(0), heads, "work_head")
        whole = sum(school.rooms for school in self.schools.schools)
        columns = [plan.variant.plan.principal, plan.variant.plan.interest]
        columns += [plan.variant.plan.rebates[one.code] for one in plan.funders]
        for at in range(self.count):
            for n, amounts in enumerate(columns):
                cell, column, w = self._amount(n, at), self._split(n), self.schools.whole
                multiple, left = divmod(abs(amounts[at]), whole)
                plan.page.work(TOP + at, column, f"INT(ABS({cell})/{w})", multiple)
                found = plan.page.at(TOP + at, column, here=True)
                plan.page.work(TOP + at, column + 1, f"ABS({cell})-{found}*{w}", left)

    def _split(self, n: int) -> int:
        return self.plan.extra + 7 + 2 * n

    def _amount(self, n: int, at: int, *, here: bool = True) -> str:
        """The n-th amount that is split: principal, interest, then the rebates."""
        if n < 2:
            return self.plan.fen(("本金（分）", "利息（分）")[n], at, here=here)
        return self.plan.rebated(self.plan.funders[n - 2].code, at, here=here)

    def _share(self, n: int, at: int, school: int) -> str:
        """School's share: what the rounded running total grows by when its rooms are added."""
        sheet, whole = self.plan.page, self.schools.whole
        multiple = sheet.at(TOP + at, self._split(n))
        left = sheet.at(TOP + at, self._split(n) + 1)
        grown = f"{multiple}*{self.schools.rooms(school)}"
        grown += f"+{rounded(f'{left}*{self.schools.seen(school)}', whole)}"
        if school:
            grown += f"-{rounded(f'{left}*{self.schools.seen(school - 1)}', whole)}"
        return f"SIGN({self._amount(n, at, here=False)})*({grown})/100"

    def _line(self, n: int, at: int, part) -> None:
        page, row, funders = self.page, 1 + n * self.count + at, self.plan.funders
        page.put(row, 0, self.schools.schools[n].name)
        page.put(row, 1, at + 1, "count")
        day = self.plan.page.at(TOP + at, 1)
        page.work(row, 2, day, part.due_on[at], "day")
        amounts = [part.principal[at], part.interest[at]]
        amounts += [part.rebates[one.code][at] for one in funders]
        for k, amount in enumerate(amounts):
            page.work(row, 4 + k, self._share(k, at, n), from_fen(amount), "yuan")
        cells = [page.at(row, 4 + k, here=True) for k in range(len(amounts))]
        paid = f"ROUND({cells[0]}+{cells[1]},2)"
        page.work(row, 3, paid, from_fen(part.payment[at]), "yuan")
        own = f"ROUND({'-'.join([page.at(row, 3, here=True), *cells[2:]])},2)"
        page.work(row, 4 + len(amounts), own, from_fen(part.net[at]), "yuan")
        cells.append(page.at(row, 4 + len(amounts), here=True))
        differences = []
        for k, (amount, cell) in enumerate(zip([*amounts, part.net[at]], cells, strict=True)):
            page.put(row, self.check + k, from_fen(amount), "yuan")
            differences.append(f"ABS({cell}-{page.at(row, self.check + k, here=True)})")
        column = self.check + len(differences)
        page.work(row, column, f"ROUND({'+'.join(differences)},2)", 0, "yuan")

    def judge(self, n: int, column: int) -> None:
        """The school's heaviest year, its share of the public funds, and the line it passes."""
        to, variant = self.schools.page, self.plan.variant
        own = 4 + 2 + len(self.plan.funders)
        years: dict[int, list[str]] = {}
        for at, year in enumerate(variant.year_of):
            years.setdefault(year, []).append(self.page.at(1 + n * self.count + at, own))
        sums = [f"{y[0]}:{y[-1].partition('!')[2]}" for y in years.values()]
        heaviest = max(variant.own_by_year(self.parts[n]))
        row = FIRST + n
        formula = f"ROUND(MAX({','.join(f'SUM({one})' for one in sums)}),2)"
        to.work(row, column, formula, from_fen(heaviest), "yuan")
        school = self.schools.schools[n]
        funds = to.at(row, FUNDS, here=True)
        borne = to.at(row, column, here=True)
        amount = school.pupils * school.standard
        percent = from_fen(heaviest) * 100 / amount if amount else ""
        to.work(row, column + 1, f'IF({funds}=0,"",{borne}/{funds}*100)', percent, "percent")
        low, high = (to.at(*place, here=True) for place in (LOW, HIGH))
        judged = (
            f'IF({funds}=0,"无公用经费数",IF({borne}>ROUND({funds}*{high},0)/100,"超上线",'
            f'IF({borne}>ROUND({funds}*{low},0)/100,"超下线","未超")))'
        )
        to.work(row, column + 2, judged, self._judged(from_fen(heaviest), amount), "text")

    def _judged(self, borne: Decimal, funds: Decimal) -> str:
        if not funds:
            return "无公用经费数"
        low, high = ((funds * line / 100).quantize(Decimal("0.01")) for line in self.schools.lines)
        return "超上线" if borne > high else "超下线" if borne > low else "未超"
