"""现金流预测: what must be paid by year or month, what comes back, what the schools bear."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from accounting.forms.reports import ForecastFilter, reads_rebates
from accounting.reports.forecast import LEVELS, Flow, Forecast, forecast
from accounting.reports.table import TEXT, Column, Report, Row
from accounting.views.reports import ReportPage, issuer
from financing.models import Rebate
from financing.sheet import drawing
from registry import clock
from registry.access import reach
from registry.models import County, Parameter
from registry.money import ZERO

MOST_COLUMNS = 36
"""More columns than this are drawn by year: the drawing would be a comb."""


class ForecastPage(ReportPage):
    """现金流预测 over the years to come."""

    title = "现金流预测"
    subheading = "按现行计划和到今天的付款推算；逾期的列在最前面，须马上安排。"
    empty = "没有还要支付的款项。"
    filterset_class = ForecastFilter
    template_name = "accounting/report_forecast.html"
    paginate_by = 60

    def build(self, rows, asked):
        user = self.request.user
        rebates = None
        if reads_rebates(user):
            rebates = Rebate.objects.visible_to(user).filter(
                instalment__in=rows.order_by().values("pk")
            )
        self.delay = int(asked["delay"]) if asked.get("delay") is not None else delay_of(user)
        self.monthly = asked.get("step") == "month"
        self.found = forecast(rows, rebates, on=clock.today(), delay=self.delay)
        self.flows = (
            [self.found.months[start] for start in sorted(self.found.months)]
            if self.monthly
            else self.found.years()
        )
        self.levels = [
            level for level in LEVELS if any(flow.rebates.get(level) for flow in self.flows)
        ]
        return self._report(rebates is not None)

    def _report(self, reads: bool) -> Report:
        notes = ["假定各期在应付月付清，逾期的在本月付清；本金和利息按现行计划。"]
        columns = [
            Column("period", "月份" if self.monthly else "年度", TEXT),
            Column("principal", "应付本金"),
            Column("interest", "应付利息"),
            Column("payment", "合计应付"),
        ]
        if reads:
            columns += [Column(level.value, f"{level.label}奖补") for level in self.levels]
            columns.append(Column("own", "学校自担"))
            notes.append(
                f"假定奖补在付款后 {self.delay} 个月到账，已批复的按批复金额；"
                "某期间到账的奖补多于应付时，自担为负数。"
            )
        report = Report(
            "现金流预测",
            columns,
            [self._row(flow) for flow in self._lines()],
            issuer=issuer(self.request.user),
            about=self.about(),
            notes=notes,
        )
        return report

    def _lines(self) -> list[Flow]:
        overdue = self.found.overdue
        return [overdue, *self.flows] if overdue.payment else self.flows

    def _row(self, flow: Flow) -> Row:
        late = flow is self.found.overdue
        values = {
            "period": "逾期未付" if late else label_of(flow.start, self.monthly),
            "principal": flow.principal,
            "interest": flow.interest,
            "payment": flow.payment,
            "own": flow.own,
        } | {level.value: flow.rebates.get(level, ZERO) for level in self.levels}
        asked = {"state": "overdue"} if late else {"age": "0", **self._period(flow.start)}
        links = {"payment": self.link("accounting:instalments", **asked)} if flow.payment else {}
        return Row(values, links, ["period", "payment"] if late else ())

    def _period(self, start: dt.date) -> dict:
        return {"month": f"{start:%Y-%m}"} if self.monthly else {"year": start.year}

    def context(self, report):
        return super().context(report) | {
            "chart": drawing(stacks(self.found, self.flows, self.monthly, bool(self.levels))),
            "shows_rebates": bool(self.levels),
        }


def label_of(start: dt.date, monthly: bool) -> str:
    return f"{start:%Y-%m}" if monthly else str(start.year)


def delay_of(user) -> int:
    """The county's own assumption, for those who work in one county."""
    ids = reach(user).county_ids
    county = County(pk=min(ids)) if len(ids) == 1 else None
    return Parameter.objects.days("accounting.rebate_delay", county=county)


def stacks(found: Forecast, flows: list[Flow], monthly: bool, rebates: bool) -> list:
    """Columns for the drawing: what is due, and beside it who bears it."""
    if monthly and len(flows) > MOST_COLUMNS:
        flows, monthly = found.years(), False
    lines = [(label_of(flow.start, monthly), flow) for flow in flows]
    if found.overdue.payment:
        lines.insert(0, ("逾期", found.overdue))
    return [(label, _columns(flow, rebates)) for label, flow in lines]


def _columns(flow: Flow, rebates: bool) -> list[list[tuple[str, Decimal, str]]]:
    due = [("principal", flow.principal, "本金"), ("interest", flow.interest, "利息")]
    if not rebates:
        return [due]
    borne = [
        ("own", max(flow.own, ZERO), "学校自担"),
        ("rebate", flow.rebated, "预计奖补到账"),
    ]
    return [due, borne]
