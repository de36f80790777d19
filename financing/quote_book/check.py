"""The sheet 核对: our amounts as values beside the formulas, cell by cell, and the differences."""

from __future__ import annotations

from financing.quote_book.layout import TOP
from financing.quote_book.page import Page
from financing.quote_book.plan import PlanSheet
from financing.quote_book.shares import SharesSheet

HEAD = 8
NAMES = [
    "方案",
    "期次",
    "应付日期",
    "应付（元）",
    "本金（元）",
    "利息（元）",
    "剩余本金（元）",
    "自担（元）",
]
WORDS = ["日期差（天）", "应付差", "本金差", "利息差", "余额差", "自担差", "奖补差"]


class CheckSheet:
    """One line per instalment: what the system computed, and by how much the formula differs."""

    def __init__(self, page: Page):
        self.page = page

    def write(self, plans: list[PlanSheet], shares: list[SharesSheet]) -> None:
        page = self.page
        page.sheet.set_column(0, 0, 30)
        page.sheet.set_column(1, 30, 15)
        page.put(0, 0, "核对：公式结果与系统结果逐格比较", "title")
        most = max(len(plan.funders) for plan in plans)
        kept = [f"奖补{n + 1}（元）" for n in range(most)]
        page.heads(HEAD, 0, [*NAMES, *kept])
        page.heads(HEAD, len(NAMES) + most, WORDS, "work_head")
        row = HEAD + 1
        for plan in plans:
            for at in range(len(plan.rows)):
                self._line(row, plan, at, len(NAMES) + most)
                row += 1
        self._verdict(plans, shares, row - 1, len(NAMES) + most)
        page.sheet.freeze_panes(HEAD + 1, 2)

    def _line(self, row: int, plan: PlanSheet, at: int, differs: int) -> None:
        page, one = self.page, plan.variant.plan.instalments[at]
        page.put(row, 0, plan.variant.name)
        page.put(row, 1, one.no, "count")
        page.put(row, 2, one.due_on, "day")
        amounts = (one.payment, one.principal, one.interest, one.balance, one.net)
        for n, amount in enumerate(amounts):
            page.put(row, 3 + n, amount, "yuan")
        theirs = [plan.page.at(TOP + at, column) for column in (1, 2, 3, 4, 5, plan.own)]
        for n, cell in enumerate(theirs):
            ours = page.at(row, 2 + n, here=True)
            page.work(row, differs + n, f"ROUND({cell}-{ours},2)", 0, "yuan")
        gaps = []
        for n, funder in enumerate(plan.funders):
            page.put(row, len(NAMES) + n, one.rebates[funder.code], "yuan")
            ours = page.at(row, len(NAMES) + n, here=True)
            gaps.append(f"ABS({plan.page.at(TOP + at, 6 + n)}-{ours})")
        page.work(row, differs + 6, f"ROUND({'+'.join(gaps) or '0'},2)", 0, "yuan")

    def _verdict(self, plans, shares, last: int, differs: int) -> None:
        page = self.page
        first = page.at(HEAD + 1, differs, here=True)
        spans = [f"{first}:{page.at(last, differs + len(WORDS) - 1, here=True)}"]
        spans += [part.differences for part in shares]
        cells = (last - HEAD) * len(WORDS) + sum(part.cells for part in shares)
        same = ",".join(plan.terms.same(plan.n) for plan in plans)
        unequal = "+".join(f'COUNTIF({span},"<>0")' for span in spans)
        largest = ",".join(f"MAX({span}),-MIN({span})" for span in spans)
        page.put(2, 0, "比较的格数")
        page.put(2, 1, cells, "count")
        page.put(3, 0, "不相等的格数")
        page.work(3, 1, unequal, 0)
        page.put(4, 0, "最大差额（元或天）")
        page.work(4, 1, f"MAX({largest})", 0, "yuan")
        page.put(5, 0, "结论")
        agree, differ = "公式结果与系统逐分一致", "公式结果与系统不一致，请联系系统管理员"
        changed = "条款已改动，差额是改动的影响"
        found = page.at(3, 1, here=True)
        formula = f'IF(AND({same}),IF({found}=0,"{agree}","{differ}"),"{changed}")'
        page.work(5, 1, formula, agree, "text")
