"""维护考核 and 暂缓付款: recorded by the station, proposed, decided by county finance, lifted."""

from __future__ import annotations

import datetime as dt

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from financing.actions.gate import lift_hold, propose_hold, record_check
from financing.flows import HoldFlow
from financing.forms.gates import CheckForm, HoldForm, LiftForm, half_year_before
from financing.gates import may_propose
from financing.models import Agreement, Instalment, MaintenanceCheck, PaymentHold
from financing.risks import watched
from procurement.models import Project
from registry import clock
from registry.access import reach
from registry.columns import Count, Day, State
from registry.enums import Role
from registry.models import Parameter
from registry.pages import ListPage
from registry.templatetags.pages import day, money
from workflow.actions import tell

SCHOOL = "agreement__project_school__school"
HOLD_SCHOOL = f"instalment__{SCHOOL}"
STATES = [
    ("pending", "待决定"),
    ("standing", "暂缓中"),
    ("lifted", "已解除"),
    ("refused", "不同意"),
]


def projects_seen(request):
    return Project.objects.visible_to(request.user)


# --- checks -----------------------------------------------------------------------------------
class CheckTable(tables.Table):
    school = tables.Column(
        "学校",
        accessor=f"{SCHOOL}__name",
        order_by=f"{SCHOOL}__code",
        linkify=lambda record: record.agreement.get_absolute_url(),
    )
    supplier = tables.Column("供应商", accessor="agreement__contract__supplier__name")
    since = Day(verbose_name="考核期起")
    until = Day(verbose_name="考核期止")
    passed = State(verbose_name="结果", late="failed")
    open_faults = Count(verbose_name="未修复（件）")
    remark = tables.Column("说明")
    checked_by = tables.Column("考核人")
    checked_on = Day(verbose_name="考核日期")

    class Meta:
        model = MaintenanceCheck
        fields = (
            "school",
            "supplier",
            "since",
            "until",
            "passed",
            "open_faults",
            "remark",
            "checked_by",
            "checked_on",
        )

    def render_passed(self, record):
        column = self.columns["passed"].column
        return State.render(column, self.value_passed(record), record)

    def value_passed(self, record):
        return "合格" if record.passed else "不合格"


class CheckFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label="学校", field_name=f"{SCHOOL}__name", lookup_expr="icontains"
    )
    project = django_filters.ModelChoiceFilter(
        label="项目", field_name="agreement__project_school__project", queryset=projects_seen
    )
    passed = django_filters.ChoiceFilter(
        label="结果", choices=[("True", "合格"), ("False", "不合格")]
    )

    class Meta:
        model = MaintenanceCheck
        fields = ["q", "project", "passed"]


class Checks(ListPage):
    """维护考核."""

    title = "维护考核"
    subheading = "每期付款前由装备站考核供应商的维护义务；不合格不会自动停付，可以提请暂缓。"
    unit = "次"
    empty = "装备站登记的维护考核会列在这里。"
    export_name = "维护考核"
    table_class = CheckTable
    filterset_class = CheckFilter

    def get_queryset(self):
        return (
            MaintenanceCheck.objects.visible_to(self.request.user)
            .select_related(SCHOOL, "agreement__contract__supplier", "checked_by")
            .order_by("-until", "-pk")
        )

    def get_actions(self):
        actions = [{"label": "暂缓付款", "url": reverse("financing:holds")}]
        if reach(self.request.user).holds(Role.STATION):
            url = reverse("financing:check_enter")
            actions.append({"label": "登记维护考核", "url": url, "primary": True})
        return actions


@require_http_methods(["GET", "POST"])
def check_enter(request):
    """登记维护考核 of one period for many schools; ``?agreement=`` asks for one."""
    agreements = _checked_agreements(request)
    since = half_year_before(clock.today())
    form = CheckForm(request.POST or None, agreements=agreements, initial={"since": since})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                for values in form.results():
                    record_check(user=request.user, **values)
        except ValidationError as error:
            tell(form, error)
        else:
            messages.success(request, f"已登记 {len(form.results())} 所学校的维护考核。")
            return redirect("financing:checks")
    return render(request, "financing/gate_checks.html", {"form": form})


def _checked_agreements(request):
    """Running agreements of the counties whose station the person is."""
    counties = [post.county_id for post in reach(request.user).posts if post.role == Role.STATION]
    if not counties:
        raise PermissionDenied("维护考核由装备站登记。")
    rows = (
        Agreement.objects.running()
        .filter(project_school__project__dossier__county__in=counties)
        .select_related("project_school__school__township", "contract__supplier")
        .order_by("project_school__school__township__code", "project_school__school__code", "pk")
    )
    asked = request.GET.get("agreement", "")
    return rows.filter(pk=asked) if asked.isdecimal() else rows


# --- holds ------------------------------------------------------------------------------------
class HoldTable(tables.Table):
    school = tables.Column(
        "学校", accessor=f"{HOLD_SCHOOL}__name", order_by=f"{HOLD_SCHOOL}__code", linkify=True
    )
    instalment = tables.Column("期次", order_by="instalment__number")
    due_on = Day(verbose_name="应付日期", accessor="instalment__due_on")
    reason = tables.Column("原因")
    proposed_by = tables.Column("提请人")
    proposed_on = Day(verbose_name="提请日期")
    state = State(verbose_name="状态", orderable=False, late="stands")
    decided_on = Day(verbose_name="决定日期")
    lifted_on = Day(verbose_name="解除日期")

    class Meta:
        model = PaymentHold
        fields = (
            "school",
            "instalment",
            "due_on",
            "reason",
            "proposed_by",
            "proposed_on",
            "state",
            "decided_on",
            "lifted_on",
        )


class HoldFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label="学校", field_name=f"{HOLD_SCHOOL}__name", lookup_expr="icontains"
    )
    project = django_filters.ModelChoiceFilter(
        label="项目",
        field_name="instalment__agreement__project_school__project",
        queryset=projects_seen,
    )
    state = django_filters.ChoiceFilter(label="状态", choices=STATES, method="by_state")

    class Meta:
        model = PaymentHold
        fields = ["q", "project", "state"]

    def by_state(self, rows, name, value):
        return {
            "pending": rows.filter(passed=None),
            "standing": rows.in_force(),
            "lifted": rows.filter(lifted_on__isnull=False),
            "refused": rows.filter(passed=False),
        }[value]


class Holds(ListPage):
    """暂缓付款, and what the system suggests to look at."""

    title = "暂缓付款"
    subheading = "由装备站或学校提请，县财务决定；系统只提示，不自动暂缓。"
    unit = "项"
    empty = "提请的暂缓付款会列在这里。"
    export_name = "暂缓付款"
    table_class = HoldTable
    filterset_class = HoldFilter
    template_name = "financing/gate_holds.html"

    def get_queryset(self):
        return (
            PaymentHold.objects.visible_to(self.request.user)
            .select_related(f"{HOLD_SCHOOL}__township", "proposed_by")
            .order_by("-pk")
        )

    def get_actions(self):
        return [{"label": "维护考核", "url": reverse("financing:checks")}]

    def get_context(self):
        return {"suggestions": suggestions(self.request.user)}


def suggestions(user) -> list:
    """For who may propose a hold: due soon, the last check failed or missing, no hold yet."""
    own = reach(user)
    if not own.holds(Role.STATION, Role.HEAD, Role.SCHOOL_FINANCE, Role.TECHNICIAN):
        return []
    held = PaymentHold.objects.filter(lifted_on=None).exclude(passed=False)
    agreements = (
        Agreement.objects.visible_to(user)
        .running()
        .exclude(pk__in=held.values("instalment__agreement"))
    )
    ahead = Parameter.objects.days("financing.check_ahead")
    until = clock.today() + dt.timedelta(days=ahead)
    return watched(agreements.values_list("pk", flat=True), until)


@require_http_methods(["GET", "POST"])
def propose(request, pk: int):
    """提请暂缓付款 of one instalment; county finance finds it in its inbox."""
    instalment = get_object_or_404(
        Instalment.objects.visible_to(request.user)
        .with_paid()
        .select_related(
            "agreement__project_school__school",
            "agreement__project_school__project__dossier__county",
            "agreement__contract__supplier",
        ),
        pk=pk,
    )
    agreement = instalment.agreement
    if not may_propose(request.user, agreement):
        raise PermissionDenied("暂缓付款由装备站或学校提请。")
    form = HoldForm(request.POST or None, initial={"reason": request.GET.get("reason", "")[:300]})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                row = propose_hold(
                    instalment=instalment, user=request.user, reason=form.cleaned_data["reason"]
                )
                HoldFlow.start.run(subject=row, user=request.user)
        except ValidationError as error:
            tell(form, error)
        else:
            messages.success(request, "已提请暂缓付款，等县财务决定；决定前不影响付款。")
            return redirect(row)
    facts = [
        ("期次", f"{instalment}，{day(instalment.due_on)} 应付"),
        ("本期尚欠", f"{money(instalment.remaining)} 元"),
        ("供应商", agreement.supplier),
    ]
    context = {"title": "提请暂缓付款", "form": form, "agreement": agreement, "facts": facts}
    return render(request, "financing/act.html", context | {"submit": "提请暂缓"})


@require_http_methods(["GET", "POST"])
def hold(request, pk: int):
    """One hold: who proposed it and why, what was decided; county finance lifts it here."""
    rows = PaymentHold.objects.visible_to(request.user).select_related(
        "instalment__agreement__project_school__school",
        "instalment__agreement__project_school__project__dossier__county",
        "instalment__agreement__contract__supplier",
        "proposed_by",
        "decided_by",
        "lifted_by",
    )
    row = get_object_or_404(rows, pk=pk)
    county = row.dossier.county_id
    may_lift = row.stands and reach(request.user).holds_at(Role.COUNTY_FINANCE, county=county)
    form = LiftForm(request.POST or None) if may_lift else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied("暂缓付款由县财务审核岗解除。")
        if form.is_valid():
            try:
                lift_hold(hold=row, user=request.user, reason=form.cleaned_data["reason"])
            except ValidationError as error:
                tell(form, error)
            else:
                messages.success(request, f"{row.instalment}已解除暂缓，可以办理付款。")
                return redirect(row)
    return render(request, "financing/gate_hold.html", {"hold": row, "form": form})
