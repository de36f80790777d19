"""Payments: the list, and the reversal of one."""

from __future__ import annotations

from contextlib import contextmanager

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from financing.actions import account_of, propose_waiver, refund_credit, reverse_payment
from financing.flows import WaiverFlow
from financing.forms import RefundForm, ReverseForm, WaiverForm
from financing.models import Payment
from financing.views.agreements import agreement_or_404, holds
from procurement.models import Project
from registry.columns import Code, Day, Money, State
from registry.enums import Role
from registry.models import Township
from registry.money import from_fen
from registry.pages import ListPage
from registry.templatetags.pages import day, money
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
        with refused_on(form):
            reverse_payment(payment=row, user=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, f"已冲销凭证 {row.voucher} 的付款，须重新申请付款。")
            return redirect(agreement)
    context = {
        "title": "冲销付款",
        "form": form,
        "agreement": agreement,
        "facts": [
            ("期次", row.instalment),
            ("金额", f"{money(row.amount)} 元"),
            ("凭证号", row.voucher),
            ("付款日期", day(row.paid_on)),
            ("经办人", row.paid_by),
            ("审核人", row.reviewed_by),
        ],
        "submit": "冲销这笔付款",
        "confirm": "冲销另记一笔负数，原来的付款保留；它抵充的期次须重新申请、审核、付款。",
    }
    return render(request, "financing/act.html", context)


@require_http_methods(["GET", "POST"])
def waiver(request, pk: int):
    """提请减免逾期利息, by county finance; the supplier finds it in its inbox."""
    agreement, account = _finance_only(request, pk, "逾期利息减免由县财务审核岗提请。")
    late = from_fen(account.late_interest)
    form = WaiverForm(request.POST or None, initial={"amount": late})
    if request.method == "POST" and form.is_valid():
        with refused_on(form), transaction.atomic():
            row = propose_waiver(agreement=agreement, user=request.user, **form.cleaned_data)
            WaiverFlow.start.run(subject=row, user=request.user)
            messages.success(request, f"已提请减免逾期利息 {money(row.amount)} 元，等供应商决定。")
            return redirect(agreement)
    context = {
        "title": "提请减免逾期利息",
        "form": form,
        "agreement": agreement,
        "facts": [
            ("到今天的逾期利息", f"{money(late)} 元"),
            ("逾期日利率", f"{agreement.late_rate.normalize():f}%"),
            ("供应商", agreement.supplier),
        ],
        "submit": "提请减免",
    }
    return render(request, "financing/act.html", context)


@require_http_methods(["GET", "POST"])
def refund(request, pk: int):
    """登记退款 of what was paid beyond all debts, by county finance."""
    agreement, account = _finance_only(request, pk, "退款由县财务审核岗登记。")
    credit = from_fen(account.credit)
    form = RefundForm(request.POST or None, initial={"amount": credit})
    if request.method == "POST" and form.is_valid():
        with refused_on(form):
            row = refund_credit(agreement=agreement, user=request.user, **form.cleaned_data)
            messages.success(request, f"已登记退款 {money(-row.amount)} 元。")
            return redirect(agreement)
    context = {
        "title": "登记退款",
        "form": form,
        "agreement": agreement,
        "facts": [("多付款余额", f"{money(credit)} 元"), ("供应商", agreement.supplier)],
        "submit": "登记退款",
    }
    return render(request, "financing/act.html", context)


def _finance_only(request, pk: int, sentence: str):
    """The agreement with its account, for county finance; strangers find nothing."""
    agreement = agreement_or_404(request.user, pk)
    if not holds(request.user, Role.COUNTY_FINANCE, agreement):
        raise PermissionDenied(sentence)
    return agreement, account_of(agreement)


@contextmanager
def refused_on(form):
    """A refusal of the act becomes an error of the form, beside its field where it names one."""
    try:
        yield
    except ValidationError as error:
        named = getattr(error, "error_dict", {})
        form.add_error(None, error if set(named) <= set(form.fields) else error.messages)
