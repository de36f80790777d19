"""Agreements: the list, and the page of one agreement with its buyback sheet."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from documents.models import Paper, TrailEvent
from documents.trail import thread_of
from financing.actions import account_of, issue_notice
from financing.actions.signing import is_signed
from financing.agreement_paper import terms_in_words
from financing.burden import public_funds
from financing.enums import RevisionKind
from financing.flows import BuybackFlow
from financing.forms.steps import debts_of
from financing.gates import panel
from financing.models import Agreement, Instalment, Payment, Rebate
from financing.models.instalment import last_workday_before_today
from financing.sheet import Line, calendar_years_of, drawing, stacks_of
from procurement.models import Project
from registry.access import reach
from registry.columns import Code, Day, Due, Money, State
from registry.enums import Role
from registry.models import Township
from registry.money import ZERO, from_fen
from registry.pages import ListPage
from registry.templatetags.pages import day, money
from workflow.models import Duty
from workflow.story import story_of


class AgreementTable(tables.Table):
    school = tables.Column(
        "学校",
        accessor="project_school__school__name",
        order_by="project_school__school__code",
        linkify=lambda record: record.get_absolute_url(),
    )
    number = Code(verbose_name="协议编号")
    township = tables.Column(
        "乡镇",
        accessor="project_school__school__township__name",
        order_by="project_school__school__township__code",
    )
    signed_on = Day(verbose_name="签订日期")
    principal = Money(verbose_name="本金（元）")
    total = Money(verbose_name="应付合计（元）")
    paid = Money(verbose_name="已付（元）")
    remaining = Money(verbose_name="尚欠（元）")
    next_due = Due(verbose_name="下次应付", done="closed_on")
    state = State(verbose_name="状态", orderable=False, late="late")

    class Meta:
        model = Agreement
        fields = (
            "school",
            "number",
            "township",
            "signed_on",
            "principal",
            "total",
            "paid",
            "remaining",
            "next_due",
            "state",
        )


class AgreementFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label="学校", field_name="project_school__school__name", lookup_expr="icontains"
    )
    project = django_filters.ModelChoiceFilter(
        label="项目",
        field_name="project_school__project",
        queryset=lambda request: Project.objects.visible_to(request.user),
    )
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name="project_school__school__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[
            ("overdue", "逾期"),
            ("running", "回购中"),
            ("paid", "已付清"),
            ("terminated", "已解除"),
        ],
        method="by_state",
    )

    class Meta:
        model = Agreement
        fields = ["q", "project", "township", "state"]

    def by_state(self, rows, name, value):
        return {
            "overdue": rows.overdue,
            "running": rows.running,
            "paid": rows.paid_off,
            "terminated": rows.terminated,
        }[value]()


class Agreements(ListPage):
    """回购协议."""

    title = "回购协议"
    unit = "份协议"
    empty = "学校的设备入账后，系统自动签订回购协议，协议会列在这里。"
    export_name = "回购协议"
    table_class = AgreementTable
    filterset_class = AgreementFilter
    totals = ("principal", "total", "paid", "remaining")

    def get_queryset(self):
        return (
            Agreement.objects.visible_to(self.request.user)
            .with_balance()
            .select_related("project_school__school__township")
            .order_by("project_school__school__township__code", "project_school__school__code")
        )

    def get_actions(self):
        actions = [{"label": "付款记录", "url": reverse("financing:payments")}]
        if not reach(self.request.user).holds(Role.SUPPLIER):
            actions.append({"label": "奖补", "url": reverse("financing:claims")})
        return [*actions, {"label": "试算", "url": reverse("financing:quote")}]


@require_GET
def agreement(request, pk: int):
    """The agreement's page: story, what is asked now, the buyback sheet, instalments, rooms."""
    row = agreement_or_404(request.user, pk)
    process = BuybackFlow.process_of(row)
    instalments = _instalments(row)
    reads_rebates = Rebate.objects.visible_to(request.user).filter(instalment__agreement=row)
    context = {
        "agreement": row,
        "process": process,
        "story": story_of(process),
        "asks": asks_of(request.user, process),
        "facts": _facts(row, instalments),
        "instalments": instalments,
        "sums": _sums(instalments),
        "account": _account(row),
        "shows_rebates": reads_rebates.exists(),
        "rooms": row.live_rooms()
        .select_related("room_pass__plan_line__classroom")
        .order_by("room_pass"),
        **_changes(request.user, row),
        "papers": papers_about(request.user, row),
        "events": _events(request.user, row),
        "may_act": holds(request.user, Role.COUNTY_FINANCE, row),
        "first_unpaid": next((one.pk for one in instalments if one.remaining), None),
        **_sheet(row, instalments),
        **panel(request.user, row),
    }
    return render(request, "financing/agreement.html", context)


def agreement_or_404(user, pk: int) -> Agreement:
    """The door to an agreement: strangers find nothing behind it."""
    rows = (
        Agreement.objects.visible_to(user)
        .with_balance()
        .select_related(
            "project_school__project__dossier__county",
            "project_school__school__township",
            "project_school__school__county",
            "contract__supplier",
        )
    )
    return get_object_or_404(rows, pk=pk)


def holds(user, role: Role, row: Agreement) -> bool:
    return reach(user).holds_at(role, county=row.dossier.county_id)


def _instalments(row: Agreement) -> list[Instalment]:
    """Instalments with rebates, claims and payments, and their state in ``now``; four queries."""
    payments = Payment.objects.select_related("paid_by", "reversed_by").order_by("pk")
    with_claims = Rebate.objects.select_related("claim").prefetch_related("claim__receipts")
    rows = list(
        row.instalments.with_paid()
        .order_by("number")
        .prefetch_related(
            Prefetch("rebates", with_claims.order_by("pk")),
            Prefetch("payments", payments),
        )
    )
    late_from = last_workday_before_today(row.dossier.county)
    for one in rows:
        one.now = one.state(late_from)
        one.rebated = sum((rebate.amount for rebate in one.rebates.all()), ZERO)
        one.net = one.payment - one.rebated
        one.claims = [rebate for rebate in one.rebates.all() if rebate.claim_or_none]
    return rows


def _sums(rows: list[Instalment]) -> dict:
    names = ("principal", "interest", "payment", "rebated", "net", "paid", "remaining")
    return {name: sum((getattr(row, name) for row in rows), ZERO) for name in names}


def _account(row: Agreement) -> dict:
    """Late interest to today, instalment by instalment, credit, and the waivers asked for."""
    account = account_of(row)
    return {
        "late": from_fen(account.late_interest),
        "credit": from_fen(account.credit),
        "debts": debts_of(account, [one for one in account.standings if account.late(one)]),
        "rate": f"{row.late_rate.normalize():f}",
        "waivers": row.waivers.select_related("proposed_by"),
    }


def _sheet(row: Agreement, instalments: list[Instalment]) -> dict:
    """Years as columns, the school's lines across."""
    rows = ((one.due_on, one.principal, one.interest, one.rebated) for one in instalments)
    years = calendar_years_of(rows)
    funds = public_funds(row.school)
    lines = [
        Line("low", funds.low, f"公用经费 {funds.low_percent.normalize():f}%"),
        Line("high", funds.high, f"公用经费 {funds.high_percent.normalize():f}%"),
    ]
    shares = [
        {
            "year": year,
            "share": funds.share(year.own),
            "late": funds.exceeds(year.own),
            "outlay": funds.share(year.payment),
        }
        for year in years
    ]
    chart = drawing(stacks_of(years), lines if funds.amount else ())
    return {"chart": chart, "years": shares, "funds": funds}


def _changes(user, row: Agreement) -> dict:
    """Changes of the plan, newest first, and the kinds that county finance may propose now."""
    revisions = list(row.revisions.order_by("-number"))
    waits = any(one.passed is None for one in revisions)
    over = row.closed_on or row.terminated_on
    may = holds(user, Role.COUNTY_FINANCE, row) and not waits and not over and is_signed(row)
    return {"revisions": revisions, "kinds": RevisionKind.choices if may else []}


def _facts(row: Agreement, instalments: list[Instalment]) -> list[tuple]:
    school = row.project_school
    ended = [("解除日期", day(row.terminated_on))] if row.terminated_on else []
    return [
        ("学校", str(row.school)),
        ("项目", str(school.project)),
        ("供应商", str(row.supplier)),
        ("合同编号", row.contract.number),
        ("签订日期", day(row.signed_on)),
        *ended,
        ("期数", f"{len(instalments)} 期"),
        *terms_in_words(row),
        ("已付", f"{money(row.paid)} 元"),
        ("尚欠", f"{money(row.remaining)} 元"),
    ]


def asks_of(user, process) -> list[dict]:
    """The open duty: mine with a button, else whom it waits for."""
    duties = Duty.objects.open().filter(process=process) if process else Duty.objects.none()
    mine = set(duties.inbox(user).values_list("pk", flat=True))
    rows = duties.select_related("dossier", "school__township", "supplier", "assignee")
    return [
        {
            "title": duty.title,
            "text": f"退回原因：{duty.reason}"
            if duty.reason
            else ""
            if duty.pk in mine
            else f"等待{duty.who}办理。",
            "due_on": duty.due_on,
            "url": duty.get_absolute_url() if duty.pk in mine else "",
            "waiting": duty.pk not in mine,
            "overdue": duty.overdue,
        }
        for duty in rows
    ]


def papers_about(user, thing) -> list[dict]:
    """Papers in force about an agreement or a change, newest first."""
    papers = (
        Paper.objects.visible_to(user)
        .filter(thread=thread_of(thing), replaced_by=None)
        .prefetch_related("signatures")
        .defer("data")
        .order_by("-created_at", "-pk")
    )
    return [
        {
            "title": paper.title,
            "number": paper.number,
            "signed_by": "、".join(s.name for s in paper.signatures.all()),
            "at": paper.created_at,
            "url": reverse("documents:paper", args=[paper.pk]),
        }
        for paper in papers
    ]


def _events(user, row: Agreement) -> list[dict]:
    events = TrailEvent.objects.visible_to(user).filter(thread=thread_of(row))
    return [
        {"at": event.at, "actor": event.actor_label, "sentence": event.sentence}
        for event in events.order_by("-number")[:60]
    ]


@require_POST
def notice(request, pk: int):
    """发付款通知书 for one instalment, by county finance."""
    instalment = get_object_or_404(
        Instalment.objects.visible_to(request.user).select_related(
            "agreement__project_school__project__dossier"
        ),
        pk=pk,
    )
    if not holds(request.user, Role.COUNTY_FINANCE, instalment.agreement):
        raise PermissionDenied("付款通知由县财务审核岗发出。")
    try:
        paper = issue_notice(instalment=instalment, user=request.user)
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return redirect(instalment.agreement)
    messages.success(request, f"已形成《{paper}》，学校和供应商可以查看、打印。")
    return redirect("documents:paper", paper.pk)
