"""Rebates: what may be claimed, was claimed, granted and received; claiming many at once."""

from __future__ import annotations

import datetime as dt

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from financing.actions import approve_claim, receive_claim
from financing.actions.claim import may_approve, may_receive
from financing.enums import ClaimStatus
from financing.flows import BuybackFlow
from financing.forms import ApproveForm, BulkClaimForm, ClaimForm, ReceiveForm
from financing.models import Agreement, Rebate, RebateClaim
from financing.models.instalment import nothing, yuan
from procurement.enums import Funder
from procurement.models import Project
from registry import clock
from registry.access import reach
from registry.columns import Code, Count, Day, Money, State
from registry.enums import Role
from registry.models import Township
from registry.pages import ListPage
from workflow.actions import AlreadyDone, carry_out
from workflow.models import Duty

AGES = (30, 60, 90, 180)
LEVELS = [(level.value, level.label) for level in Funder if level is not Funder.SCHOOL]
STATES = [("open", "待申领"), *ClaimStatus.choices, ("outstanding", "未到账（全部）")]
ONE_LINE = {"cell": {"class": "day"}}
SCHOOL = "instalment__agreement__project_school__school"


class Tick(tables.Column):
    """A box that belongs to the form ``bulk``; only on rows that may be claimed."""

    def render(self, value, record):
        if record.claim_or_none is not None:
            return ""
        return format_html(
            '<input type="checkbox" class="form-check-input" name="rebates" value="{}" form="bulk"'
            ' aria-label="选择{}{}">',
            value,
            record.instalment.agreement.school,
            record.words,
        )


def claim_url(record) -> str | None:
    """The page of the row's claim, once there is one."""
    claim = record.claim_or_none
    return reverse("financing:claim", args=[claim.pk]) if claim else None


class ClaimTable(tables.Table):
    school = tables.Column(
        "学校",
        accessor="instalment__agreement__project_school__school__name",
        order_by=f"{SCHOOL}__code",
        linkify=lambda record: record.instalment.agreement.get_absolute_url(),
    )
    instalment = tables.Column("期次", order_by="instalment__number", attrs=ONE_LINE)
    funder = tables.Column("层级", attrs=ONE_LINE)
    amount = Money(verbose_name="应奖补（元）")
    state = State(verbose_name="状态", accessor="state", orderable=False, linkify=claim_url)
    document = Code(verbose_name="申领文号", accessor="claim__claim_document")
    claimed_on = Day(verbose_name="申领日期", accessor="claim__claimed_on")
    approved = Money(verbose_name="批复（元）", accessor="claim__approved_amount")
    received = Money(verbose_name="到账（元）", accessor="claim__received_amount")
    outstanding = Money(verbose_name="未到账（元）")
    age = Count(verbose_name="申领后天数", accessor="age", orderable=False)
    tick = Tick("申领", accessor="pk", orderable=False, exclude_from_export=True)

    class Meta:
        model = Rebate
        fields = (
            "school",
            "instalment",
            "funder",
            "amount",
            "state",
            "document",
            "claimed_on",
            "approved",
            "received",
            "outstanding",
            "age",
            "tick",
        )


class ClaimFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label="学校", field_name=f"{SCHOOL}__name", lookup_expr="icontains"
    )
    project = django_filters.ModelChoiceFilter(
        label="项目",
        field_name="instalment__agreement__project_school__project",
        queryset=lambda request: Project.objects.visible_to(request.user),
    )
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name=f"{SCHOOL}__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )
    funder = django_filters.ChoiceFilter(label="层级", choices=LEVELS)
    state = django_filters.ChoiceFilter(label="状态", choices=STATES, method="by_state")
    age = django_filters.ChoiceFilter(
        label="申领后未到账",
        choices=[(days, f"超过 {days} 天") for days in AGES],
        method="by_age",
    )

    class Meta:
        model = Rebate
        fields = ["q", "project", "township", "funder", "state", "age"]

    def by_state(self, rows, name, value):
        if value == "open":
            return rows.filter(claim=None)
        if value == "outstanding":
            return rows.exclude(claim__status=ClaimStatus.RECEIVED)
        return rows.filter(claim__status=value)

    def by_age(self, rows, name, value):
        before = clock.today() - dt.timedelta(days=int(value))
        waiting = rows.filter(claim__isnull=False).exclude(claim__status=ClaimStatus.RECEIVED)
        return waiting.filter(claim__claimed_on__lt=before)


class Claims(ListPage):
    """各级奖补 of instalments that are paid: claimed or to be claimed."""

    title = "各级奖补"
    subheading = "已付清的期次才能申领；奖补没有到账，不减少学校应付给供应商的款项。"
    unit = "笔"
    empty = "学校付清一期后，这一期应得的各级奖补会列在这里。"
    export_name = "各级奖补"
    table_class = ClaimTable
    filterset_class = ClaimFilter
    totals = ("amount", "approved", "received", "outstanding")
    template_name = "financing/claims.html"

    def get_queryset(self):
        return (
            Rebate.objects.visible_to(self.request.user)
            .started()
            .select_related("claim", "instalment__agreement__project_school__school")
            .annotate(
                outstanding=yuan(F("amount") - Coalesce(F("claim__received_amount"), nothing()))
            )
            .order_by("instalment__due_on", f"{SCHOOL}__code", "instalment", "pk")
        )

    def get_context(self):
        return {"may_claim": reach(self.request.user).holds(Role.COUNTY_FINANCE)}

    def _table(self, rows):
        table = super()._table(rows)
        if not reach(self.request.user).holds(Role.COUNTY_FINANCE):
            table.exclude = ("tick",)
        return table


@require_POST
def bulk(request):
    """申领 the ticked rebates of one level under one document; each school's step is carried out.

    A school whose step cannot be done is named with its reason and does not stop the others.
    """
    counties = [
        post.county_id for post in reach(request.user).posts if post.role == Role.COUNTY_FINANCE
    ]
    if not counties:
        raise PermissionDenied("奖补由县财务审核岗申领。")
    allowed = Rebate.objects.claimable().filter(
        instalment__agreement__project_school__project__dossier__county__in=counties
    )
    form = BulkClaimForm(request.POST, allowed=allowed)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.warning(request, errors[0])
        return redirect("financing:claims")
    rebates = list(form.cleaned_data["rebates"].select_related("instalment__agreement"))
    if len({rebate.funder for rebate in rebates}) > 1:
        messages.warning(
            request, "一个文号只申领同一层级的奖补，请按层级筛选后再勾选。没有写入任何内容。"
        )
        return redirect("financing:claims")
    done, failed = _claim_all(rebates, form.cleaned_data["document"], request.user)
    if done:
        messages.success(request, f"已申领 {done} 笔奖补，文号 {form.cleaned_data['document']}。")
    for sentence in failed:
        messages.warning(request, sentence)
    return redirect("financing:claims")


def _claim_all(rebates: list[Rebate], document: str, user) -> tuple[int, list[str]]:
    """How many were claimed, and why the others were not."""
    by_agreement: dict[Agreement, list[Rebate]] = {}
    for rebate in rebates:
        by_agreement.setdefault(rebate.instalment.agreement, []).append(rebate)
    done, failed = 0, []
    for agreement, mine in by_agreement.items():
        reason = _claim_step(agreement, mine, document, user)
        if reason:
            failed.append(f"{agreement}：{reason}")
        else:
            done += len(mine)
    return done, failed


def _claim_step(agreement: Agreement, mine: list[Rebate], document: str, user) -> str:
    """Fill in the agreement's claim step, and finish it when nothing is left; "" or the reason."""
    duty = (
        Duty.objects.open()
        .filter(step="claim", process__in=BuybackFlow.processes(agreement))
        .first()
    )
    if duty is None:
        return "现在没有“奖补申领”的待办，可能刚被办结，请刷新页面。"
    data = {ClaimForm.name_of(rebate): document for rebate in mine}
    left = agreement.claimable().exclude(pk__in=[rebate.pk for rebate in mine]).exists()
    try:
        form = carry_out(duty=duty, user=user, data=data, finish=not left)
    except (AlreadyDone, PermissionDenied) as refusal:
        return str(refusal)
    return "；".join(error for errors in form.errors.values() for error in errors)


@require_http_methods(["GET", "POST"])
def claim(request, pk: int):
    """One claim; whoever is asked next enters the grant or the receipt here."""
    rows = RebateClaim.objects.visible_to(request.user).select_related(
        "rebate__instalment__agreement__project_school__project__dossier__county",
        "rebate__instalment__agreement__project_school__school",
        "claimed_by",
        "approved_by",
        "received_by",
    )
    row = get_object_or_404(rows, pk=pk)
    act, form = _next_act(request, row)
    if request.method == "POST":
        if form is None:
            raise PermissionDenied("这一步不由您办理，或这笔奖补已经办完。")
        if form.is_valid():
            try:
                act(claim=row, user=request.user, **form.cleaned_data)
            except ValidationError as error:
                _show(form, error)
            else:
                messages.success(request, f"{row.rebate.words}已登记{form.word}。")
                return redirect("financing:claim", row.pk)
    context = {"claim": row, "agreement": row.rebate.instalment.agreement, "form": form}
    return render(request, "financing/claim.html", context)


def _next_act(request, row: RebateClaim):
    """The verb and the form that this person may use on the claim now, or (None, None)."""
    data = request.POST or None
    if row.status == ClaimStatus.CLAIMED and may_approve(request.user, row):
        return approve_claim, ApproveForm(data, claim=row)
    if row.status == ClaimStatus.APPROVED and may_receive(request.user, row):
        return receive_claim, ReceiveForm(data, claim=row)
    return None, None


def _show(form, error: ValidationError) -> None:
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    for name, errors in by_field.items():
        form.add_error(name if name in form.fields else None, ValidationError(errors))
