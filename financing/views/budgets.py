"""学校预算: what falls due per school and year, what is approved; one document for many schools."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from financing.actions.gate import approve_budgets
from financing.budget import with_budget
from financing.forms.gates import AMOUNT, CODE, BudgetForm, read_budgets
from financing.models import BudgetApproval
from registry import clock
from registry.access import reach
from registry.columns import Code, Money, State
from registry.enums import Role
from registry.models import County, School, Township
from registry.money import cents
from registry.pages import ListPage
from registry.sheet import Sheet
from workflow.actions import tell

BEFORE, AFTER = 8, 8
ONE_LINE = {"cell": {"class": "code day"}}


def years() -> list[tuple[int, str]]:
    """The years that may be asked for, the present one in the middle."""
    now = clock.today().year
    return [(year, f"{year} 年") for year in range(now - BEFORE, now + AFTER)]


def year_of(request) -> int:
    """The year in the address, or this one."""
    asked = request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and int(asked) in dict(years()) else clock.today().year


class BudgetTable(tables.Table):
    name = tables.Column(
        "学校",
        linkify=lambda record: reverse("financing:budget", args=[record.pk]),
        order_by="code",
    )
    code = Code(verbose_name=CODE, attrs=ONE_LINE)
    township = tables.Column("乡镇", accessor="township__name", order_by="township__code")
    due = Money(verbose_name="当年应付（元）")
    approved = Money(verbose_name="批复（元）")
    document = Code(verbose_name="批复文号", attrs=ONE_LINE)
    missing = Money(verbose_name="待批复（元）")
    used = Money(verbose_name="已申请和支付（元）")
    percent = tables.Column(
        "执行率", empty_values=(), orderable=False, attrs={"cell": {"class": "num day"}}
    )
    state = State(verbose_name="状态", accessor="pk", orderable=False, late="lacking")

    class Meta:
        model = School
        fields = (
            "name",
            "code",
            "township",
            "due",
            "approved",
            "document",
            "missing",
            "used",
            "percent",
            "state",
        )

    def render_percent(self, record):
        return f"{cents(record.used * 100 / record.approved)}%" if record.approved else "—"

    value_percent = render_percent

    def render_state(self, record):
        column = self.columns["state"].column
        return State.render(column, self.value_state(record), record)

    def value_state(self, record):
        if record.approved is None:
            return "未批复" if record.due else "无应付"
        return "批复不足" if record.missing else "已批复"


class BudgetFilter(django_filters.FilterSet):
    year = django_filters.ChoiceFilter(
        label="年度", choices=lambda: years(), empty_label=None, method="keep"
    )
    q = django_filters.CharFilter(label="学校", field_name="name", lookup_expr="icontains")
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("missing", "未批复或不足"), ("approved", "已批复")],
        method="by_state",
    )

    class Meta:
        model = School
        fields = ["year", "q", "township", "state"]

    def __init__(self, data=None, *args, request=None, **kwargs):
        """Without a year in the address it is this one, and no filter is set."""
        asked = {"year": str(year_of(request))} | (data.dict() if data else {})
        super().__init__(asked, *args, request=request, **kwargs)
        self.form.fields["year"].initial = str(clock.today().year)

    def keep(self, rows, name, value):
        """The year is in the rows' own figures already."""
        return rows

    def by_state(self, rows, name, value):
        lacking = rows.filter(missing__gt=0)
        return (
            lacking if value == "missing" else rows.filter(missing__lte=0, approved__isnull=False)
        )


class Budgets(ListPage):
    """学校预算."""

    unit = "所学校"
    empty = "学校签订回购协议后，各年应付和预算批复会列在这里。"
    export_name = "学校预算"
    table_class = BudgetTable
    filterset_class = BudgetFilter
    totals = ("due", "approved", "missing", "used")
    subheading = "没有当年预算批复不能申请付款（预算法第十三条）；同一年度有多份批复时，以最后一份的金额为准。"

    @property
    def title(self):
        return f"{year_of(self.request)} 年学校预算"

    def get_queryset(self):
        rows = School.objects.filter(
            reach(self.request.user).rows(county="county", township="township", school="pk")
        )
        return (
            with_budget(rows, year_of(self.request))
            .annotate(lacking=F("missing"))
            .select_related("township")
            .order_by("township__code", "code")
        )

    def _table(self, rows):
        table = super()._table(rows)
        if "export" not in self.request.GET:  # the filter knows it; the page has no room for it
            table.exclude = ("township",)
        return table

    def get_actions(self):
        if not reach(self.request.user).holds(Role.COUNTY_FINANCE):
            return []
        url = f"{reverse('financing:budget_enter')}?year={year_of(self.request)}"
        return [{"label": "登记预算批复", "url": url, "primary": True}]


def finance_county(user) -> County:
    """The county whose money the person reviews; ``PermissionDenied`` for everybody else."""
    for post in reach(user).posts:
        if post.role == Role.COUNTY_FINANCE:
            return post.county
    raise PermissionDenied("预算批复由县财务审核岗登记。")


def _schools(county: County, year: int):
    rows = School.objects.filter(county=county)
    return with_budget(rows, year).select_related("township").order_by("township__code", "code")


@require_http_methods(["GET", "POST"])
def enter(request):
    """登记预算批复: amounts by hand or read from a sheet, then kept all at once."""
    county, year = finance_county(request.user), year_of(request)
    schools = list(_schools(county, year))
    form = BudgetForm(request.POST or None, schools=schools)
    if request.FILES.get("upload"):
        form = _read(request, schools)
    elif request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            rows = approve_budgets(
                county=county,
                year=year,
                document=data["document"],
                approved_on=data["approved_on"],
                amounts=form.amounts(),
                user=request.user,
            )
        except ValidationError as error:
            tell(form, error)
        else:
            messages.success(request, f"已登记 {len(rows)} 所学校的 {year} 年预算批复。")
            return redirect(f"{reverse('financing:budgets')}?year={year}")
    return render(
        request, "financing/budget_form.html", {"form": form, "year": year, "years": years()}
    )


def _read(request, schools) -> BudgetForm:
    """The form with the amounts of the uploaded sheet filled in; nothing is kept yet."""
    first = {name: request.POST.get(name) for name in ("document", "approved_on")}
    try:
        amounts = read_budgets(request.FILES["upload"], schools)
    except ValidationError as error:
        form = BudgetForm(request.POST, schools=schools)
        form.add_error("upload", error)
        return form
    messages.info(request, f"已读入 {len(amounts)} 所学校的金额，核对后请点“登记批复”。")
    form = BudgetForm(schools=schools, initial=first)
    for school in schools:
        name = BudgetForm.name_of(school)
        form.fields[name].initial = amounts.get(name)
    return form


@require_GET
def template(request):
    """The sheet to fill in: a row per school, what is due as the proposed amount."""
    county, year = finance_county(request.user), year_of(request)
    sheet = Sheet("预算批复")
    sheet.header([CODE, "学校", "当年应付（元）", "已批复（元）", AMOUNT])
    for row in _schools(county, year):
        asked = row.due if row.approved is None and row.due else None
        sheet.row([row.code, row.name, row.due, row.approved, asked])
    name = f"{year}年预算批复填写表.xlsx"
    return FileResponse(sheet.finish(), as_attachment=True, filename=name)


@require_GET
def school(request, pk: int):
    """Every approval of one school, the newest first within a year."""
    rows = School.objects.filter(
        reach(request.user).rows(county="county", township="township", school="pk")
    )
    row = get_object_or_404(rows, pk=pk)
    approvals = (
        BudgetApproval.objects.visible_to(request.user)
        .filter(school=row)
        .select_related("entered_by")
        .order_by("-year", "-pk")
    )
    found = list(approvals)
    latest: dict[int, int] = {}
    for one in found:
        latest.setdefault(one.year, one.pk)
    for one in found:
        one.counts = latest[one.year] == one.pk
    return render(request, "financing/budget.html", {"school": row, "approvals": found})
