"""Payments: the list, and the reversal of one."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from financing.actions import reverse_payment
from financing.forms import ReverseForm
from financing.models import Payment
from financing.views.agreements import holds
from procurement.models import Project
from registry.columns import Code, Day, Money, State
from registry.enums import Role
from registry.models import Township
from registry.pages import ListPage
from registry.widgets import Day as DayInput

ONE_LINE = {"cell": {"class": "day"}}


class PaymentTable(tables.Table):
    voucher = Code(verbose_name="支付凭证号")
    school = tables.Column(
        "学校",
        accessor="instalment__agreement__project_school__school__name",
        order_by="instalment__agreement__project_school__school__code",
        linkify=lambda record: record.instalment.agreement.get_absolute_url(),
    )
    supplier = tables.Column(
        "供应商",
        accessor="instalment__agreement__contract__supplier__name",
        order_by="instalment__agreement__contract__supplier__name",
    )
    instalment = tables.Column("期次", order_by="instalment__number", attrs=ONE_LINE)
    amount = Money(verbose_name="金额（元）")
    paid_on = Day(verbose_name="付款日期")
    paid_by = tables.Column("经办")
    reviewed_by = tables.Column("审核")
    state = State(verbose_name="状态", orderable=False)

    class Meta:
        model = Payment
        fields = (
            "voucher",
            "school",
            "supplier",
            "instalment",
            "amount",
            "paid_on",
            "paid_by",
            "reviewed_by",
            "state",
        )


class PaymentFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label="学校",
        field_name="instalment__agreement__project_school__school__name",
        lookup_expr="icontains",
    )
    voucher = django_filters.CharFilter(label="凭证号", lookup_expr="icontains")
    project = django_filters.ModelChoiceFilter(
        label="项目",
        field_name="instalment__agreement__project_school__project",
        queryset=lambda request: Project.objects.visible_to(request.user),
    )
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name="instalment__agreement__project_school__school__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )
    since = django_filters.DateFilter(
        label="付款日期起", field_name="paid_on", lookup_expr="gte", widget=DayInput
    )
    until = django_filters.DateFilter(
        label="付款日期止", field_name="paid_on", lookup_expr="lte", widget=DayInput
    )

    class Meta:
        model = Payment
        fields = ["q", "voucher", "project", "township", "since", "until"]


class Payments(ListPage):
    """付款记录: reversals are rows of their own, so the total is what really left."""

    title = "付款记录"
    subheading = "冲销以负数另列一行，合计为实际付出。"
    unit = "笔"
    empty = "出纳登记的付款会列在这里。"
    export_name = "付款记录"
    table_class = PaymentTable
    filterset_class = PaymentFilter
    totals = ("amount",)

    def get_queryset(self):
        return (
            Payment.objects.visible_to(self.request.user)
            .select_related(
                "instalment__agreement__project_school__school",
                "instalment__agreement__contract__supplier",
                "paid_by",
                "reviewed_by",
                "reversed_by",
            )
            .order_by("-paid_on", "-pk")
        )


@require_http_methods(["GET", "POST"])
def reverse(request, pk: int):
    """冲销 one payment, by another person of county finance."""
    rows = Payment.objects.visible_to(request.user).select_related(
        "instalment__agreement__project_school__project__dossier__county",
        "instalment__agreement__project_school__school",
        "paid_by",
        "reviewed_by",
    )
    row = get_object_or_404(rows, pk=pk)
    agreement = row.instalment.agreement
    if not holds(request.user, Role.COUNTY_FINANCE, agreement):
        raise PermissionDenied("冲销由县财务审核岗办理。")
    form = ReverseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reverse_payment(payment=row, user=request.user, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            for sentence in error.messages:
                form.add_error(None, sentence)
        else:
            messages.success(
                request, f"已冲销凭证 {row.voucher} 的付款，{row.instalment}须重新申请付款。"
            )
            return redirect(agreement)
    context = {"form": form, "payment": row, "agreement": agreement}
    return render(request, "financing/reverse.html", context)
