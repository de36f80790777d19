"""The lists behind the reports: instalments and rebates, with the reports' own filters."""

from __future__ import annotations

from decimal import Decimal

import django_tables2 as tables
from django.db.models import F
from django.urls import reverse

from accounting.forms.reports import InstalmentFilter, RebateFilter
from accounting.reports.late import late_interest
from accounting.reports.plan import COUNTY
from accounting.reports.workdays import Calendars
from financing.models import Instalment, Rebate
from registry import clock
from registry.columns import Code, Count, Day, Money, State
from registry.money import ZERO
from registry.pages import ListPage

SCHOOL = "agreement__project_school__school"
SHEET_ONLY = ("supplier", "principal", "interest")
ONE_LINE = {"cell": {"class": "day"}}


class InstalmentTable(tables.Table):
    school = tables.Column(
        "学校",
        accessor=f"{SCHOOL}__name",
        order_by=f"{SCHOOL}__code",
        linkify=lambda record: record.agreement.get_absolute_url(),
    )
    supplier = tables.Column("供应商", accessor="agreement__contract__supplier__name")
    number = Count(verbose_name="期次")
    due_on = Day(verbose_name="应付日")
    principal = Money(verbose_name="本金（元）")
    interest = Money(verbose_name="利息（元）")
    payment = Money(verbose_name="应付（元）")
    paid = Money(verbose_name="已付（元）")
    remaining = Money(verbose_name="尚欠（元）")
    days = Count(verbose_name="逾期天数", empty_values=(), orderable=False)
    late = Money(verbose_name="逾期利息（元）", empty_values=(), orderable=False)

    class Meta:
        model = Instalment
        fields = (
            "school",
            "supplier",
            "number",
            "due_on",
            "principal",
            "interest",
            "payment",
            "paid",
            "remaining",
            "days",
            "late",
        )

    late_by_row: dict[int, Decimal] = {}

    def value_days(self, record) -> int:
        """Calendar days since the due day, moved to a working day; 0 for what is not late."""
        moved = self.calendars.moved(record.due_on, record.county)
        return max(0, (clock.today() - moved).days) if record.remaining > 0 else 0

    def render_days(self, record) -> str:
        return f"{self.value_days(record) or ''}"

    def value_late(self, record) -> Decimal:
        return self.late_by_row.get(record.pk, ZERO)

    def render_late(self, record) -> str:
        amount = self.value_late(record)
        return f"{amount:,.2f}" if amount else ""


class Instalments(ListPage):
    """回购分期 of the plans in force."""

    title = "回购分期"
    subheading = "现行计划的各期；应付日遇节假日顺延到下一个工作日，顺延后才算逾期。"
    unit = "期"
    empty = "学校签订回购协议后，各期应付会列在这里。"
    export_name = "回购分期"
    table_class = InstalmentTable
    filterset_class = InstalmentFilter
    totals = ("principal", "interest", "payment", "paid", "remaining")

    def get_queryset(self):
        return (
            Instalment.objects.visible_to(self.request.user)
            .with_paid()
            .annotate(county=F(COUNTY))
            .select_related(f"{SCHOOL}__township", "agreement__contract__supplier")
            .order_by("due_on", f"{SCHOOL}__code", "number")
        )

    def get_actions(self):
        return [{"label": "回购台账", "url": reverse("accounting:ledger")}]

    def _table(self, rows):
        table = super()._table(rows)
        table.exclude = self._hidden()
        table.calendars = Calendars()
        if "late" not in table.exclude:
            found = late_interest(rows, on=clock.today(), calendars=table.calendars)
            table.late_by_row, self.late = found, sum(found.values(), ZERO)
        return table

    def _hidden(self) -> tuple[str, ...]:
        """The page has less room than the sheet; late interest is counted where it is asked for."""
        asked = self.request.GET
        if asked.get("export"):
            return ()
        late = asked.get("state") in ("late", "overdue") or asked.get("age")
        return SHEET_ONLY if late else (*SHEET_ONLY, "late")

    def _sums(self, rows):
        sums, hidden = super()._sums(rows), self._hidden()
        if "late" not in hidden:
            sums["late"] = self.late
        return {name: value for name, value in sums.items() if name not in hidden}


class RebateTable(tables.Table):
    school = tables.Column(
        "学校",
        accessor=f"instalment__{SCHOOL}__name",
        order_by=f"instalment__{SCHOOL}__code",
        linkify=lambda record: record.instalment.agreement.get_absolute_url(),
    )
    number = Count(verbose_name="期次", accessor="instalment__number")
    due_on = Day(verbose_name="应付日", accessor="instalment__due_on")
    funder = tables.Column("层级", attrs=ONE_LINE)
    amount = Money(verbose_name="应得（元）")
    state = State(verbose_name="状态", accessor="state", orderable=False)
    document = Code(verbose_name="申领文号", accessor="claim__claim_document")
    claimed = Money(verbose_name="申领（元）", accessor="claim__claimed_amount")
    approved = Money(verbose_name="批复（元）", accessor="claim__approved_amount")
    received = Money(verbose_name="到账（元）", accessor="received")
    outstanding = Money(verbose_name="未到账（元）")

    class Meta:
        model = Rebate
        fields = (
            "school",
            "number",
            "due_on",
            "funder",
            "amount",
            "state",
            "document",
            "claimed",
            "approved",
            "received",
            "outstanding",
        )


class Rebates(ListPage):
    """奖补计划 of the plans in force, claimed or not."""

    title = "奖补明细"
    subheading = (
        "现行计划各期应得的奖补；付清的期次才能申领，没有到账不减少学校应付给供应商的款项。"
    )
    unit = "笔"
    empty = "学校签订回购协议后，各期应得的奖补会列在这里。"
    export_name = "奖补明细"
    table_class = RebateTable
    filterset_class = RebateFilter
    totals = ("amount", "claimed", "approved", "received", "outstanding")

    def get_queryset(self):
        return (
            Rebate.objects.visible_to(self.request.user)
            .select_related("claim", f"instalment__{SCHOOL}")
            .with_money()
            .with_year_open()
            .order_by("instalment__due_on", f"instalment__{SCHOOL}__code", "instalment", "pk")
        )

    def get_actions(self):
        return [
            {"label": "奖补申领", "url": reverse("financing:claims")},
            {"label": "回购台账", "url": reverse("accounting:ledger")},
        ]
