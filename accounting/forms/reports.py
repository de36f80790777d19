"""Filters of the reports and of the lists behind them: the same names, so an address fits both."""

from __future__ import annotations

import datetime as dt

import django_filters
from django import forms
from django.db.models import Q

from accounting.actions.notices import awaiting_notice
from accounting.reports.ageing import AGES, classes
from accounting.reports.dimension import DIMENSIONS
from accounting.reports.late import late_interest
from accounting.reports.plan import COUNTY, SCHOOL, SUPPLIER
from accounting.reports.workdays import Calendars
from financing.models import Instalment, Rebate
from procurement.enums import Funder
from procurement.models import Project
from registry import clock
from registry.access import NOTHING, reach
from registry.models import County, Supplier, Township
from registry.widgets import Day

LEVELS = [(level.value, level.label) for level in Funder if level is not Funder.SCHOOL]
SHARED = ("county", "project", "township", "school", "supplier", "year")
"""Filters that the lists take over from a report."""


class MonthInput(forms.DateInput):
    """年月, as browsers ask for it."""

    input_type = "month"


def month_of(words: str) -> dt.date | None:
    """The first day of ``2026-10``; None for anything else."""
    try:
        return dt.date.fromisoformat(f"{words}-01")
    except ValueError:
        return None


class PlanFilter(django_filters.FilterSet):
    """Instalments by where they belong and when they are due."""

    before = ""
    """Path from the listed rows to the instalment."""

    county = django_filters.ModelChoiceFilter(
        label="县", queryset=lambda request: County.objects.visible_to(request.user), method="where"
    )
    project = django_filters.ModelChoiceFilter(
        label="项目",
        queryset=lambda request: Project.objects.visible_to(request.user),
        method="where",
    )
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        queryset=lambda request: Township.objects.visible_to(request.user),
        method="where",
    )
    school = django_filters.CharFilter(label="学校（名称或标识码）", method="by_school")
    supplier = django_filters.ModelChoiceFilter(
        label="供应商",
        queryset=lambda request: (
            Supplier.objects.visible_to(request.user)
            .filter(contracts__agreements__isnull=False)
            .distinct()
        ),
        method="where",
    )
    year = django_filters.NumberFilter(
        label="应付年度", method="by_year", min_value=2000, max_value=2099
    )

    PATHS = {
        "county": COUNTY,
        "project": "agreement__project_school__project",
        "township": f"{SCHOOL}__township",
        "supplier": SUPPLIER,
    }

    class Meta:
        model = Instalment
        fields: list[str] = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        reached = reach(self.request.user)
        if not (reached.everything or reached.regions or reached.supplier_ids):
            del self.filters["county"]
        if not (reached.wide or reached.supplier_ids):
            del self.filters["township"]
        if reached.supplier_ids and not reached.wide:
            del self.filters["supplier"]

    def where(self, rows, name, value):
        return rows.filter(**{self.before + self.PATHS[name]: value})

    def by_school(self, rows, name, value):
        school = self.before + SCHOOL
        return rows.filter(
            Q(**{f"{school}__code": value}) | Q(**{f"{school}__name__icontains": value})
        )

    def by_year(self, rows, name, value):
        return rows.filter(**{f"{self.before}due_on__year": int(value)})


class LedgerFilter(PlanFilter):
    by = django_filters.ChoiceFilter(
        label="汇总方式",
        choices=[(one.code, f"按{one.title}") for one in DIMENSIONS.values()]
        + [("funder", "按奖补层级")],
        empty_label=None,
        method="as_is",
    )
    show = django_filters.ChoiceFilter(
        label="内容",
        choices=[("debt", "回购款"), ("rebates", "奖补")],
        empty_label=None,
        method="as_is",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not reads_rebates(self.request.user):
            del self.filters["show"]
            self.filters["by"].extra["choices"] = self.filters["by"].extra["choices"][:-1]

    def as_is(self, rows, name, value):
        return rows


class AgeingFilter(PlanFilter):
    by = django_filters.ChoiceFilter(
        label="汇总方式",
        choices=[(one.code, f"按{one.title}") for one in DIMENSIONS.values()],
        empty_label=None,
        method="as_is",
    )

    def as_is(self, rows, name, value):
        return rows


class InstalmentFilter(PlanFilter):
    month = django_filters.CharFilter(label="应付月份", method="by_month", widget=MonthInput)
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[
            ("fallen", "已到期"),
            ("paid", "有付款"),
            ("overdue", "逾期未付"),
            ("late", "有逾期利息"),
            ("remaining", "尚欠"),
            ("due", "全部应付"),
        ],
        method="by_state",
    )
    age = django_filters.ChoiceFilter(label="逾期天数", choices=AGES, method="by_age")

    def by_month(self, rows, name, value):
        month = month_of(value)
        if month is None:
            return rows.none()
        return rows.filter(due_on__year=month.year, due_on__month=month.month)

    def by_state(self, rows, name, value):
        today, calendars = clock.today(), Calendars()
        if value == "fallen":
            return rows.filter(calendars.late(today, 0, county=COUNTY))
        if value == "paid":
            return rows.filter(paid__gt=0)
        if value == "overdue":
            return rows.filter(calendars.late(today, 1, county=COUNTY), remaining__gt=0)
        if value == "late":
            return rows.filter(pk__in=list(late_interest(rows, on=today, calendars=calendars)))
        return rows.filter(remaining__gt=0) if value == "remaining" else rows

    def by_age(self, rows, name, value):
        return rows.filter(classes(clock.today(), Calendars())[value], remaining__gt=0)


class RebateFilter(PlanFilter):
    before = "instalment__"
    funder = django_filters.ChoiceFilter(label="层级", choices=LEVELS)
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[
            ("claimable", "可申领"),
            ("claimed", "已申领"),
            ("approved", "已批复"),
            ("received", "已到账"),
            ("outstanding", "申领未到账"),
            ("planned", "全部应得"),
        ],
        method="by_state",
    )

    class Meta:
        model = Rebate
        fields = ["funder"]

    def by_state(self, rows, name, value):
        if value == "claimable":
            return rows.claimable()
        if value == "claimed":
            return rows.filter(claim__isnull=False)
        if value == "approved":
            return rows.filter(claim__approved_amount__isnull=False)
        if value == "received":
            return rows.filter(claim__receipts__isnull=False).distinct()
        if value == "outstanding":
            return rows.filter(outstanding__gt=0)
        return rows


class ForecastFilter(PlanFilter):
    step = django_filters.ChoiceFilter(
        label="按",
        choices=[("year", "年"), ("month", "月")],
        empty_label=None,
        method="as_is",
    )
    delay = django_filters.NumberFilter(
        label="奖补滞后（月）", min_value=0, max_value=60, method="as_is"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.filters["year"]
        if not reads_rebates(self.request.user):
            del self.filters["delay"]

    def as_is(self, rows, name, value):
        return rows


class StatementFilter(PlanFilter):
    since = django_filters.DateFilter(label="期初", widget=Day, method="as_is")
    until = django_filters.DateFilter(label="期末", widget=Day, method="as_is")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.filters["year"]

    def as_is(self, rows, name, value):
        return rows


class DisclosureFilter(django_filters.FilterSet):
    county = django_filters.ModelChoiceFilter(
        label="县",
        queryset=lambda request: counties_read(request.user),
        empty_label=None,
        method="as_is",
    )
    year = django_filters.NumberFilter(label="年度", min_value=2000, max_value=2099, method="as_is")

    class Meta:
        model = Instalment
        fields: list[str] = []

    def as_is(self, rows, name, value):
        return rows


class NoticeFilter(InstalmentFilter):
    """One month's instalments: which have their notice, which not."""

    sent = django_filters.ChoiceFilter(
        label="通知书",
        choices=[("no", "未发出"), ("yes", "已发出"), ("waiting", "到时未发（各月）")],
        method="by_sent",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("year", "state", "age"):
            del self.filters[name]

    def by_sent(self, rows, name, value):
        if value == "waiting":
            return rows.filter(pk__in=awaiting_notice().order_by().values("pk"))
        return rows.filter(due_notice__isnull=value == "no")


class PublishForm(forms.Form):
    """登记公开: where and when it was published."""

    published_on = forms.DateField(label="公开日期", widget=Day)
    place = forms.CharField(
        label="公开途径", max_length=200, help_text="网站网址，或报刊名称、期号。"
    )


def counties_read(user):
    """Counties that the person reads as a whole."""
    reached = reach(user)
    return County.objects.filter(reached.counties() if reached.wide else NOTHING).distinct()


def reads_rebates(user) -> bool:
    """Rebates are between schools and the levels of government: not a supplier's business."""
    reached = reach(user)
    return reached.wide or bool(reached.school_ids or reached.township_ids)
