"""专项资金: the list, one fund with its moves, the forms, and a project's sources of money."""

from __future__ import annotations

from decimal import Decimal

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from financing.actions.fund import correct_use, open_fund, record_allocation, record_use
from financing.forms.funds import AllocationForm, CorrectForm, FundForm, UseForm
from financing.gates import fund_left
from financing.models import Fund, FundUse, Instalment, Payment, Rebate
from financing.models.instalment import nothing
from procurement.enums import Funder
from procurement.models import Project
from registry.access import reach
from registry.columns import Code, Money
from registry.enums import Role
from registry.money import ZERO, cents, split
from registry.pages import ListPage
from registry.templatetags.pages import day, money
from workflow.actions import tell


def share_of(part: Decimal, whole: Decimal) -> str:
    """执行率 in words."""
    return f"{cents(part * 100 / whole)}%" if whole else "—"


class FundTable(tables.Table):
    name = tables.Column("资金名称", linkify=True)
    year = tables.Column("年度")
    source = tables.Column("资金来源")
    document = Code(verbose_name="下达文号")
    purposes = tables.Column("批准用途", orderable=False, accessor="purpose_words")
    budget = Money(verbose_name="预算（元）")
    arrived = Money(verbose_name="到账（元）")
    used = Money(verbose_name="已使用（元）")
    left = Money(verbose_name="结余（元）")
    percent = tables.Column(
        "执行率", empty_values=(), orderable=False, attrs={"cell": {"class": "num day"}}
    )

    class Meta:
        model = Fund
        fields = (
            "name",
            "year",
            "source",
            "document",
            "purposes",
            "budget",
            "arrived",
            "used",
            "left",
            "percent",
        )

    def render_percent(self, record):
        return share_of(record.used, record.budget)

    value_percent = render_percent


class FundFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="资金名称", field_name="name", lookup_expr="icontains")
    year = django_filters.NumberFilter(label="年度")
    left = django_filters.ChoiceFilter(
        label="结余", choices=[("some", "有结余"), ("none", "已用完")], method="by_left"
    )

    class Meta:
        model = Fund
        fields = ["q", "year", "left"]

    def by_left(self, rows, name, value):
        return rows.filter(left__gt=0) if value == "some" else rows.filter(left__lte=0)


class Funds(ListPage):
    """专项资金."""

    title = "专项资金"
    subheading = "专款专用：每笔使用都对应一项批准用途，不能超过到账金额。执行率为已使用占预算。"
    unit = "项"
    empty = "县财务登记的专项资金会列在这里。"
    export_name = "专项资金"
    table_class = FundTable
    filterset_class = FundFilter
    totals = ("budget", "arrived", "used", "left")

    def get_queryset(self):
        return (
            Fund.objects.visible_to(self.request.user)
            .with_moves()
            .prefetch_related("purposes")
            .order_by("-year", "name")
        )

    def get_actions(self):
        if not reach(self.request.user).holds(Role.COUNTY_FINANCE):
            return []
        url = reverse("financing:fund_new")
        return [{"label": "登记专项资金", "url": url, "primary": True}]


def fund_or_404(user, pk: int) -> Fund:
    rows = Fund.objects.visible_to(user).with_moves().select_related("county", "opened_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
def fund(request, pk: int):
    """One fund: what it may serve, what arrived and what was used, purpose by purpose."""
    row = fund_or_404(request.user, pk)
    own = reach(request.user)
    context = {
        "fund": row,
        "left": fund_left(row),
        "percent": share_of(row.used, row.budget),
        "purposes": row.purposes.annotate(spent=Sum("uses__amount", default=0)),
        "allocations": row.allocations.select_related("project", "recorded_by"),
        "uses": FundUse.objects.filter(purpose__fund=row).select_related(
            "purpose__fund", "project", "recorded_by", "reversed_by"
        ),
        "may_allocate": own.holds_at(Role.COUNTY_FINANCE, county=row.county_id),
        "may_use": own.holds_at(Role.COUNTY_CASHIER, county=row.county_id),
    }
    return render(request, "financing/fund.html", context)


def _act(request, *, form, title: str, submit: str, act, back: str, said: str, facts=()):
    """One form: do ``act(form)``, say so and go ``back``; what is refused stands on the form."""
    if request.method == "POST" and form.is_valid():
        try:
            done = act(form)
        except ValidationError as error:
            tell(form, error)
        else:
            messages.success(request, said)
            return redirect(done if isinstance(done, Fund) else back)
    context = {"form": form, "title": title, "submit": submit, "back": back, "facts": facts}
    return render(request, "financing/fund_form.html", context)


@require_http_methods(["GET", "POST"])
def new(request):
    """登记专项资金, by county finance."""
    county = next(
        (p.county for p in reach(request.user).posts if p.role == Role.COUNTY_FINANCE), None
    )
    if county is None:
        raise PermissionDenied("专项资金由县财务审核岗登记。")
    return _act(
        request,
        form=FundForm(request.POST or None),
        title="登记专项资金",
        submit="登记",
        act=lambda form: open_fund(county=county, user=request.user, **form.cleaned_data),
        back=reverse("financing:funds"),
        said="已登记专项资金，到账后请登记拨入。",
    )


def _facts(row: Fund) -> list[tuple]:
    allowed = "、".join(one.get_purpose_display() for one in row.purposes.all())
    return [
        ("批准用途", allowed),
        ("预算", f"{money(row.budget)} 元"),
        ("已到账", f"{money(row.arrived)} 元"),
        ("可使用", f"{money(fund_left(row))} 元"),
    ]


@require_http_methods(["GET", "POST"])
def allocate(request, pk: int):
    """登记拨入, by county finance."""
    row = fund_or_404(request.user, pk)
    _must_hold(request, Role.COUNTY_FINANCE, row, "资金拨入由县财务审核岗登记。")
    return _act(
        request,
        form=AllocationForm(request.POST or None, fund=row),
        title=f"{row}：登记拨入",
        submit="登记拨入",
        act=lambda form: record_allocation(fund=row, user=request.user, **form.cleaned_data),
        back=row.get_absolute_url(),
        said="已登记拨入。",
        facts=_facts(row),
    )


@require_http_methods(["GET", "POST"])
def use(request, pk: int):
    """登记使用, by the cashier; another purpose than the fund's is refused with a sentence."""
    row = fund_or_404(request.user, pk)
    _must_hold(request, Role.COUNTY_CASHIER, row, "资金使用由县财务出纳登记。")
    return _act(
        request,
        form=UseForm(request.POST or None, fund=row),
        title=f"{row}：登记使用",
        submit="登记使用",
        act=lambda form: record_use(fund=row, user=request.user, **form.cleaned_data),
        back=row.get_absolute_url(),
        said="已登记使用。",
        facts=_facts(row),
    )


@require_http_methods(["GET", "POST"])
def correct(request, pk: int):
    """冲销一笔使用, by county finance."""
    rows = FundUse.objects.filter(purpose__fund__in=Fund.objects.visible_to(request.user))
    row = get_object_or_404(rows.select_related("purpose__fund__county", "recorded_by"), pk=pk)
    owner = row.purpose.fund
    _must_hold(request, Role.COUNTY_FINANCE, owner, "冲销由县财务审核岗办理。")
    return _act(
        request,
        form=CorrectForm(request.POST or None),
        title="冲销资金使用",
        submit="冲销这笔使用",
        act=lambda form: correct_use(use=row, user=request.user, **form.cleaned_data),
        back=owner.get_absolute_url(),
        said="已冲销，另记一笔负数。",
        facts=[
            ("专项资金", owner),
            ("用途", row.purpose.get_purpose_display()),
            ("事项", row.what),
            ("金额", f"{money(row.amount)} 元"),
            ("登记", f"{row.recorded_by}，{day(row.used_on)}，{row.document}"),
        ],
    )


def _must_hold(request, role: Role, row: Fund, sentence: str) -> None:
    if not reach(request.user).holds_at(role, county=row.county_id):
        raise PermissionDenied(sentence)


# --- a project's sources ------------------------------------------------------------------------
@require_GET
def sources(request, pk: int):
    """资金来源 of a project: what each level bears by the plan, and the earmarked money beside it."""
    projects = Project.objects.filter(reach(request.user).rows(county="dossier__county"))
    project = get_object_or_404(projects.select_related("dossier"), pk=pk)
    levels = _levels(project)
    funds = list(
        Fund.objects.visible_to(request.user)
        .filter(Q(allocations__project=project) | Q(purposes__uses__project=project))
        .distinct()
        .prefetch_related("purposes", "allocations", "purposes__uses")
    )
    for one in funds:
        one.given = _of(project, one.allocations.all())
        one.spent = sum((_of(project, row.uses.all()) for row in one.purposes.all()), ZERO)
        one.share = share_of(one.spent, one.given)
    names = ("budget", "planned")
    context = {
        "project": project,
        "levels": levels,
        "sums": {name: sum((one[name] for one in levels), ZERO) for name in names},
        "funds": funds,
        "given": sum((one.given for one in funds), ZERO),
        "spent": sum((one.spent for one in funds), ZERO),
        "paid": _paid(project),
    }
    return render(request, "financing/fund_sources.html", context)


def _of(project: Project, rows) -> Decimal:
    return sum((row.amount for row in rows if row.project_id == project.pk), ZERO)


def _levels(project: Project) -> list[dict]:
    """Per level: percent, its part of the project's budget, its part of all instalments."""
    funding = list(project.funding.order_by("pk"))
    if not funding:
        return []
    budget = split(project.budget, [row.percent for row in funding])
    mine = "agreement__project_school__project"
    due = Instalment.objects.filter(**{mine: project}).aggregate(s=Sum("payment", default=0))["s"]
    rebates = dict(
        Rebate.objects.filter(**{f"instalment__{mine}": project})
        .order_by()
        .values_list("funder")
        .annotate(s=Sum("amount"))
    )
    given = {level: cents(amount) for level, amount in rebates.items()}
    rest = cents(due) - sum(given.values(), ZERO)
    return [
        {
            "level": Funder(row.funder).label,
            "percent": row.percent,
            "budget": part,
            "planned": rest if row.funder == Funder.SCHOOL else given.get(row.funder, ZERO),
        }
        for row, part in zip(funding, budget, strict=True)
    ]


def _paid(project: Project) -> Decimal:
    rows = Payment.objects.filter(instalment__agreement__project_school__project=project)
    return cents(rows.aggregate(s=Sum("amount", default=nothing()))["s"])
