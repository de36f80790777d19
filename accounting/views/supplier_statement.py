"""供应商对账单 for a period: for county finance, and for the supplier itself."""

from __future__ import annotations

import datetime as dt

from accounting.forms.reports import StatementFilter
from accounting.reports.statement import COLUMNS, Statement, statement
from accounting.reports.table import Report
from accounting.views.reports import ReportPage, issuer
from registry import clock
from registry.access import reach
from registry.models import Supplier
from registry.templatetags.pages import wan


class SupplierStatement(ReportPage):
    """From this year's first day to today, unless asked otherwise."""

    title = "供应商对账单"
    subheading = "期初余额、每一期应付、每一笔付款和冲销、逾期利息、期末余额。"
    filterset_class = StatementFilter
    template_name = "accounting/report_statement.html"
    paginate_by = 200

    def build(self, rows, asked):
        self.found, self.empty = None, "请选择供应商。"
        today = clock.today()
        until = asked.get("until") or today
        since = asked.get("since") or dt.date(until.year, 1, 1)
        supplier = asked.get("supplier") or self._own()
        if not self.filters.is_valid() or supplier is None:
            return self._nothing()
        if since > until:
            self.empty = "期初不能晚于期末，请改正日期。"
            return self._nothing()
        self.found = statement(
            rows.filter(agreement__contract__supplier=supplier), since=since, until=until
        )
        return self.found.report(supplier, issuer(self.request.user))

    def _own(self) -> Supplier | None:
        """The supplier for whom the person works, or the only one that there is."""
        reached = reach(self.request.user)
        if reached.supplier_ids and not reached.wide:
            return Supplier.objects.filter(pk__in=reached.supplier_ids).first()
        choices = self.filters.form.fields["supplier"].queryset[:2]
        return choices[0] if len(choices) == 1 else None

    def _nothing(self) -> Report:
        return Report("供应商对账单", COLUMNS, [])

    def context(self, report):
        empty = self.empty
        context = super().context(report)
        if self.found is None:
            return context | {"empty": empty, "lines": []}
        return context | {"tiles": tiles(self.found)}


def tiles(found: Statement) -> list[dict]:
    named = [
        ("期初余额", found.opening),
        ("本期应付到期", found.due),
        ("本期逾期利息", found.late_interest - found.waived),
        ("本期付款", found.paid),
        ("期末余额", found.closing),
    ]
    return [
        {"label": label, "value": wan(amount), "unit": "万元", "note": f"{amount:,.2f} 元"}
        for label, amount in named
    ]
