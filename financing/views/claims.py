"""Rebates: what may be claimed, was claimed, granted and received; the page of one claim."""

from __future__ import annotations

import datetime as dt

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from financing.actions import claims as verbs
from financing.actions.claims.rights import (
    county_of,
    may_approve,
    may_claim,
    may_receive,
    may_review,
    waiting_for,
)
from financing.enums import ClaimStatus
from financing.forms import claims as forms
from financing.models import Rebate, RebateClaim
from procurement.models import Project
from registry import clock
from registry.access import reach
from registry.columns import Code, Count, Money, State
from registry.enums import Role
from registry.models import Township
from registry.pages import ListPage

# Days since the claim while something may still arrive: (code, from, to, words)
AGES = [
    ("0", 0, 30, "30 天以内"),
    ("30", 31, 60, "31—60 天"),
    ("60", 61, 90, "61—90 天"),
    ("90", 91, 180, "91—180 天"),
    ("180", 181, None, "180 天以上"),
]
STATES = [
    ("open", "待申领"),
    ("year", "待本年付清"),
    ("claimed", "待审核"),
    ("reviewed", "待批复"),
    ("approved", "待到账"),
    ("received", "已了结"),
    ("asked", "已申领（全部）"),
    ("outstanding", "未到账（全部）"),
    ("short", "少到"),
    ("surplus", "多到待核"),
    ("mine", "等我办理"),
    ("planned", "全部计划"),
]
ONE_LINE = {"cell": {"class": "day"}}
SCHOOL = "instalment__agreement__project_school__school"


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
    state = State(verbose_name="状态", accessor="state", orderable=False, linkify=claim_url)
    amount = Money(verbose_name="应奖补（元）")
    claimed = Money(verbose_name="申领（元）", accessor="claim__claimed_amount")
    reviewed = Money(verbose_name="审核（元）", accessor="claim__reviewed_amount")
    approved = Money(verbose_name="批复（元）", accessor="claim__approved_amount")
    received = Money(verbose_name="到账（元）", accessor="received")
    outstanding = Money(verbose_name="待到账（元）", accessor="outstanding")
    age = Count(verbose_name="申领后天数", accessor="age", orderable=False)
    document = Code(
        verbose_name="申领文号",
        accessor="claim__claim_document",
        attrs={"cell": {"class": "code day"}},
    )

    class Meta:
        model = Rebate
        fields = (
            "school",
            "instalment",
            "funder",
            "state",
            "amount",
            "claimed",
            "reviewed",
            "approved",
            "received",
            "outstanding",
            "age",
            "document",
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
    funder = django_filters.ChoiceFilter(label="层级", choices=forms.LEVELS)
    state = django_filters.ChoiceFilter(label="状态", choices=STATES, method="by_state")
    age = django_filters.ChoiceFilter(
        label="申领后未到账",
        choices=[(code, words) for code, _, _, words in AGES],
        method="by_age",
    )

    class Meta:
        model = Rebate
        fields = ["q", "project", "township", "funder", "state", "age"]

    def by_state(self, rows, name, value):
        claimed = rows.filter(claim__isnull=False)
        ended = claimed.filter(claim__status=ClaimStatus.RECEIVED)
        chosen = {
            "open": lambda: rows.filter(claim=None, year_open=False),
            "year": lambda: rows.filter(claim=None, year_open=True),
            "asked": lambda: claimed,
            "outstanding": lambda: claimed.exclude(claim__status=ClaimStatus.RECEIVED),
            "short": lambda: ended.filter(received__lt=F("claim__claimed_amount")),
            "surplus": lambda: claimed.filter(received__gt=F("claim__approved_amount")),
            "mine": lambda: rows.filter(claim__in=_mine(self.request.user)),
            "planned": lambda: rows,
        }
        return chosen.get(value, lambda: claimed.filter(claim__status=value))()

    def by_age(self, rows, name, value):
        _, youngest, oldest, _ = next(age for age in AGES if age[0] == value)
        waiting = rows.filter(claim__isnull=False).exclude(claim__status=ClaimStatus.RECEIVED)
        today = clock.today()
        waiting = waiting.filter(claim__claimed_on__lte=today - dt.timedelta(days=youngest))
        if oldest is not None:
            waiting = waiting.filter(claim__claimed_on__gte=today - dt.timedelta(days=oldest))
        return waiting


def _mine(user):
    return RebateClaim.objects.filter(waiting_for(user)).values("pk")


class Claims(ListPage):
    """各级奖补 of instalments that are paid: claimed or to be claimed."""

    title = "各级奖补"
    subheading = "已付清的期次才能申领；奖补没有到账，不减少学校应付给供应商的款项。"
    unit = "笔"
    empty = "学校付清一期后，这一期应得的各级奖补会列在这里。"
    export_name = "各级奖补"
    table_class = ClaimTable
    filterset_class = ClaimFilter
    totals = ("amount", "claimed", "reviewed", "approved", "received", "outstanding")

    def get_queryset(self):
        rows = Rebate.objects.visible_to(self.request.user)
        all_planned = self.request.GET.get("state") == "planned"
        rows = rows.filter(amount__gt=0) if all_planned else rows.started()
        return (
            rows.with_year_open()
            .with_money()
            .select_related("claim", "instalment__agreement__project_school__school")
            .order_by("instalment__due_on", f"{SCHOOL}__code", "instalment", "pk")
        )

    def get_actions(self):
        return claim_tabs(self.request.user)


def claim_tabs(user) -> list[dict]:
    """The other pages about rebates, as far as the person works with them."""
    own = reach(user)
    tabs = [{"label": "账龄", "url": reverse("financing:claim_ageing")}]
    tabs.append({"label": "各校汇总", "url": reverse("financing:claim_totals")})
    if own.wide:
        tabs.append({"label": "申领批次", "url": reverse("financing:claim_batches")})
    if own.holds(Role.COUNTY_FINANCE):
        new = reverse("financing:claim_batch_new")
        tabs.append({"label": "成批申领", "url": new, "primary": True})
    return tabs


@require_http_methods(["GET", "POST"])
def claim(request, pk: int):
    """One claim; whoever is asked next enters the review, the grant or the money here."""
    rows = RebateClaim.objects.visible_to(request.user).select_related(
        "rebate__instalment__agreement__project_school__project__dossier__county",
        "rebate__instalment__agreement__project_school__school",
        "batch",
        "claimed_by",
        "reviewed_by",
        "approved_by",
        "ended_by",
    )
    row = get_object_or_404(rows.prefetch_related("receipts__received_by"), pk=pk)
    acts = _acts(request.user, row)
    chosen = None
    if request.method == "POST":
        chosen = next((one for one in acts if one.code == request.POST.get("act")), None)
        if chosen is None:
            raise PermissionDenied("这一步不由您办理，或这笔奖补已经办完。")
        form = chosen(request.POST, claim=row)
        if form.is_valid() and (answer := _act(request, row, form)):
            return answer
    shown = [
        form if chosen and one is chosen else one(claim=row)  # what was typed stays
        for one in acts
    ]
    expected = shown[:1] if _expected(row, acts) else []
    context = {
        "claim": row,
        "agreement": row.rebate.instalment.agreement,
        "main": expected[0] if expected else None,
        "more": shown[len(expected) :],
        "batch_url": row.batch.get_absolute_url()
        if row.batch and reach(request.user).reads_county(county_of(row))
        else "",
    }
    return render(request, "financing/claim.html", context)


VERBS = {
    "review": verbs.review_claim,
    "approve": verbs.approve_claim,
    "receive": verbs.receive_claim,
    "take_back": verbs.take_back,
    "withdraw": verbs.withdraw_claim,
    "return": verbs.return_claim,
    "end": verbs.end_claim,
}


def _act(request, row: RebateClaim, form):
    """Do what was sent; None when it was refused, and the form says why."""
    try:
        VERBS[form.code](claim=row, user=request.user, **form.values())
    except ValidationError as error:
        show(form, error)
        return None
    messages.success(request, f"{row.rebate.words}已登记{form.word}。")
    gone = form.code in ("withdraw", "return")
    return redirect("financing:claims") if gone else redirect("financing:claim", row.pk)


def _acts(user, row: RebateClaim) -> list:
    """The forms that this person may use on the claim now, the expected one first."""
    county, granted = county_of(row), row.approved_on is not None
    acts = []
    if row.status == ClaimStatus.CLAIMED and may_review(user, row):
        acts += [forms.ReviewClaimForm, forms.ReturnForm]
    elif row.status == ClaimStatus.REVIEWED and may_approve(user, row):
        acts += [forms.ApproveForm, forms.ReturnForm]
    elif granted and not row.receipts.all() and may_approve(user, row):
        acts.append(forms.ReturnForm)
    if granted and row.approved_amount and may_receive(user, county):
        acts.append(forms.ReceiveForm)
    if may_claim(user, county):
        if not granted:
            acts.append(forms.WithdrawForm)
        if row.status == ClaimStatus.APPROVED:
            acts.append(forms.EndForm)
        if row.received > 0:
            acts.append(forms.TakeBackForm)
    return acts


def _expected(row: RebateClaim, acts: list) -> bool:
    """Whether the first of ``acts`` is what comes next in the claim's story."""
    if not acts:
        return False
    arrives = acts[0] is forms.ReceiveForm and not row.ended
    return arrives or acts[0] in (forms.ReviewClaimForm, forms.ApproveForm)


def show(form, error: ValidationError) -> None:
    """Put what an action refused beside its field, or above the form."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    for name, errors in by_field.items():
        form.add_error(name if name in form.fields else None, ValidationError(errors))
