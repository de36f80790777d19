"""付款申请: what schools asked for, what waits for review, what is ordered and not paid yet."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, CharField, Exists, OuterRef, Value, When
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST

from financing.actions import pass_applications
from financing.models import Payment, PaymentApplication
from procurement.models import Project
from registry.access import reach
from registry.columns import Code, Day, Money, State
from registry.enums import Role
from registry.models import Township
from registry.pages import ListPage

AGREEMENT = "instalment__agreement"
SCHOOL = f"{AGREEMENT}__project_school__school"
SUPPLIER = f"{AGREEMENT}__contract__supplier"
STAGES = {
    "review": "待审核",
    "pay": "待付款",
    "paid": "已付款",
    "returned": "已退回",
}


def staged(rows):
    """``rows`` with ``stage``, a key of ``STAGES``."""
    paid = Payment.objects.filter(application=OuterRef("pk"))
    return rows.annotate(
        stage=Case(
            When(passed=None, then=Value("review")),
            When(passed=False, then=Value("returned")),
            When(Exists(paid), then=Value("paid")),
            default=Value("pay"),
            output_field=CharField(),
        )
    )


class ApplicationTable(tables.Table):
    tick = tables.TemplateColumn(
        template_code='{% if record.stage == "review" %}<input class="form-check-input" type="checkbox" '
        'name="applications" value="{{ record.pk }}" form="bulk" aria-label="选择">{% endif %}',
        verbose_name="",
        orderable=False,
        exclude_from_export=True,
    )
    school = tables.Column(
        "学校",
        accessor=f"{SCHOOL}__name",
        order_by=f"{SCHOOL}__code",
        linkify=lambda record: record.instalment.agreement.get_absolute_url(),
    )
    instalment = tables.Column("期次", order_by="instalment__number")
    due_on = Day(verbose_name="应付日期", accessor="instalment__due_on")
    amount = Money(verbose_name="申请金额（元）")
    budget_note = tables.Column("经费来源")
    applied_on = Day(verbose_name="申请日期")
    reviewed_on = Day(verbose_name="审核日期")
    payee = tables.Column("收款单位", accessor=f"{SUPPLIER}__name")
    bank = tables.Column("开户银行", accessor=f"{SUPPLIER}__bank")
    account = Code(verbose_name="银行账号", accessor=f"{SUPPLIER}__account")
    state = State(verbose_name="状态", accessor="stage", orderable=False)

    class Meta:
        model = PaymentApplication
        fields = (
            "tick",
            "school",
            "instalment",
            "due_on",
            "amount",
            "budget_note",
            "applied_on",
            "reviewed_on",
            "payee",
            "bank",
            "account",
            "state",
        )

    def render_state(self, value):
        return STAGES[value]

    value_state = render_state


class ApplicationFilter(django_filters.FilterSet):
    stage = django_filters.ChoiceFilter(label="状态", choices=list(STAGES.items()))
    q = django_filters.CharFilter(
        label="学校", field_name=f"{SCHOOL}__name", lookup_expr="icontains"
    )
    project = django_filters.ModelChoiceFilter(
        label="项目",
        field_name=f"{AGREEMENT}__project_school__project",
        queryset=lambda request: Project.objects.visible_to(request.user),
    )
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name=f"{SCHOOL}__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )

    class Meta:
        model = PaymentApplication
        fields = ["stage", "q", "project", "township"]


class Applications(ListPage):
    """付款申请; “待付款”的导出就是交银行的付款清单."""

    title = "付款申请"
    subheading = "筛选“待付款”后导出，就是交银行的付款清单；付款由出纳在待办或对账台登记。"
    unit = "笔"
    empty = "学校提交的付款申请会列在这里。"
    export_name = "付款清单"
    table_class = ApplicationTable
    filterset_class = ApplicationFilter
    totals = ("amount",)
    template_name = "financing/applications.html"

    def get_queryset(self):
        rows = PaymentApplication.objects.visible_to(self.request.user)
        return (
            staged(rows)
            .select_related(
                f"{AGREEMENT}__project_school__school", SUPPLIER, "instalment", "reviewed_by"
            )
            .order_by("-applied_on", "-pk")
        )

    def get_context(self):
        return {"may_review": self._may_review}

    @cached_property
    def _may_review(self) -> bool:
        waiting = PaymentApplication.objects.visible_to(self.request.user).filter(passed=None)
        return reach(self.request.user).holds(Role.COUNTY_FINANCE) and waiting.exists()

    def _table(self, rows):
        """On the page without the bank's columns, which the exported list is for."""
        table = super()._table(rows)
        exported = "export" in self.request.GET
        table.exclude = () if exported else ("applied_on", "bank", "account")
        if not self._may_review:
            table.exclude += ("tick",)
        return table


@require_POST
def review_many(request):
    """同意付款 for the ticked applications, one after the other; each refusal is said with its school."""
    if not reach(request.user).holds(Role.COUNTY_FINANCE):
        raise PermissionDenied("付款申请由县财务审核岗审核。")
    ticked = [pk for pk in request.POST.getlist("applications") if pk.isdecimal()]
    rows = (
        PaymentApplication.objects.visible_to(request.user)
        .filter(pk__in=[int(pk) for pk in ticked if len(pk) < 16])
        .select_related(f"{AGREEMENT}__project_school__school", "instalment")
        .order_by("pk")
    )
    if not rows:
        messages.warning(request, "请先勾选要同意付款的申请。")
        return redirect("financing:applications")
    passed, refused = pass_applications(applications=rows, user=request.user)
    if passed:
        total = sum(row.amount for row in passed)
        messages.success(
            request, f"已同意 {len(passed)} 笔付款，合计 {total:,.2f} 元，待出纳付款。"
        )
    for sentence in refused:
        messages.warning(request, sentence)
    return redirect("financing:applications")
