"""Batches of claims: put together, decided on as a whole, the bureau's sheet out and in, the money."""

from __future__ import annotations

import hashlib

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from documents.models import Paper, TrailEvent
from documents.trail import thread_of
from financing.actions import claims as verbs
from financing.actions.claims.rights import may_receive
from financing.claim_lines import ClaimLine, lines_of, lines_of_batch
from financing.claim_sheet import ASKED_FOR, claim_sheet, read_decisions
from financing.enums import ClaimStatus
from financing.forms import claims as forms
from financing.models import ClaimBatch, Rebate
from financing.views.claims import claim_tabs, show
from procurement.models import Project
from registry.access import reach
from registry.columns import Code, Count, Day, Money, State
from registry.enums import Role
from registry.money import ZERO
from registry.pages import ListPage

WORDS = {ClaimStatus.REVIEWED: "审核", ClaimStatus.APPROVED: "批复"}
KEPT = "claim_sheet"
"""Where the session remembers the marked workbook of the last refused sheet."""
SHOWN = 20


class BatchTable(tables.Table):
    document = Code(verbose_name="申领文号", linkify=lambda record: record.get_absolute_url())
    funder = tables.Column("层级")
    project = tables.Column("项目", order_by="project__name")
    claimed_on = Day(verbose_name="申领日期")
    lines = Count(verbose_name="笔数")
    claimed = Money(verbose_name="申领（元）")
    approved = Money(verbose_name="批复（元）")
    state = State(verbose_name="状态", orderable=False)
    claimed_by = tables.Column("申领人")

    class Meta:
        model = ClaimBatch
        fields = (
            "document",
            "funder",
            "project",
            "claimed_on",
            "lines",
            "claimed",
            "approved",
            "state",
            "claimed_by",
        )


class BatchFilter(django_filters.FilterSet):
    document = django_filters.CharFilter(label="申领文号", lookup_expr="icontains")
    project = django_filters.ModelChoiceFilter(
        label="项目", queryset=lambda request: Project.objects.visible_to(request.user)
    )
    funder = django_filters.ChoiceFilter(label="层级", choices=forms.LEVELS)

    class Meta:
        model = ClaimBatch
        fields = ["document", "project", "funder"]


class Batches(ListPage):
    """奖补申领批次."""

    title = "奖补申领批次"
    subheading = "一个批次用一个文号向一个层级申领；审核、批复和到账按批次办理。"
    unit = "批"
    empty = "成批申领以后，每个批次会列在这里。"
    export_name = "奖补申领批次"
    table_class = BatchTable
    filterset_class = BatchFilter
    totals = ("lines", "claimed", "approved")

    def get_queryset(self):
        return (
            ClaimBatch.objects.visible_to(self.request.user)
            .with_totals()
            .select_related("project", "claimed_by")
            .order_by("-claimed_on", "-pk")
        )

    def get_actions(self):
        return [
            {"label": "各级奖补", "url": reverse("financing:claims")},
            *claim_tabs(self.request.user),
        ]


@require_http_methods(["GET", "POST"])
def new(request):
    """成批申领: choose project and level, see the lines, send them out under one document."""
    counties = [p.county_id for p in reach(request.user).posts if p.role == Role.COUNTY_FINANCE]
    if not counties:
        raise PermissionDenied("奖补由县财务审核岗申领。")
    rows = Rebate.objects.claimable().filter(
        instalment__agreement__project_school__project__dossier__county__in=counties
    )
    chosen = forms.ChooseFilter(request.GET, queryset=rows, request=request)
    project, level, lines = _chosen(chosen)
    form = forms.BatchForm(
        request.POST or None, rebates=[line.rebate.pk for line in lines], auto_id="batch_%s"
    )
    if request.method == "POST" and form.is_valid():
        try:
            batch = verbs.claim_batch(
                project=project, funder=level, user=request.user, **form.cleaned_data
            )
        except ValidationError as error:
            show(form, error)
        else:
            messages.success(
                request,
                f"已申领 {len(form.cleaned_data['rebates'])} 笔奖补，文号 {batch.document}。",
            )
            return redirect(batch)
    context = {
        "filters": chosen,
        "lines": lines,
        "ticked": set(request.POST.getlist("rebates"))
        if form.is_bound
        else {str(line.rebate.pk) for line in lines},
        "total": sum((line.amount for line in lines), ZERO),
        "form": form,
        "ready": project is not None and level,
        "offers": _offers(rows) if not lines else [],
    }
    return render(request, "financing/claim_batch_new.html", context)


def _chosen(chosen) -> tuple[Project | None, str, list[ClaimLine]]:
    """The lines, once a project and a level are chosen."""
    if not chosen.is_valid():
        return None, "", []
    asked = chosen.form.cleaned_data
    project, level = asked.get("project"), asked.get("funder")
    if project is None or not level:
        return None, "", []
    return project, level, lines_of(chosen.qs, project)


def _offers(rows) -> list[dict]:
    """What may be claimed now, by project and level: a link to each."""
    found: dict[tuple, dict] = {}
    names = ("funder", "amount", "instalment__agreement__project_school__project")
    for funder, amount, project in rows.values_list(*names):
        offer = found.setdefault((project, funder), {"lines": 0, "amount": ZERO})
        offer["lines"] += 1
        offer["amount"] += amount
    projects = Project.objects.in_bulk({project for project, _ in found})
    return [
        {"project": projects[project], "funder": funder, "level": dict(forms.LEVELS)[funder]}
        | offer
        for (project, funder), offer in sorted(found.items())
    ]


def batch_or_404(user, pk: int) -> ClaimBatch:
    rows = ClaimBatch.objects.visible_to(user).with_totals()
    return get_object_or_404(
        rows.select_related("project__dossier__county", "county", "claimed_by"), pk=pk
    )


def turn_of(user, lines: list[ClaimLine]) -> tuple[ClaimStatus | None, list[ClaimLine]]:
    """What ``user`` may now make of lines of the batch, and of which: the earlier stage first."""
    for stage in (ClaimStatus.REVIEWED, ClaimStatus.APPROVED):
        mine = [line for line in lines if verbs.stage_of(line.claim, user) == stage]
        if mine:
            return stage, mine
    return None, []


@require_http_methods(["GET", "POST"])
def batch(request, pk: int):
    """One batch: its lines; who is asked next decides on all of them, or enters the money."""
    row = batch_or_404(request.user, pk)
    lines = lines_of_batch(row)
    stage, mine = turn_of(request.user, lines)
    decide = receive = None
    if stage:
        decide = forms.BatchDecideForm(
            request.POST if request.POST.get("act") == "decide" else None, lines=mine
        )
    if row.to_receive and may_receive(request.user, row.county):
        data = request.POST if request.POST.get("act") == "receive" else None
        missing = sum((line.claim.outstanding for line in lines if line.claim.approved_on), ZERO)
        receive = forms.BatchReceiveForm(data, initial={"amount": missing}, auto_id="receive_%s")
    if request.method == "POST":
        answer = _post(request, row, stage, decide, receive)
        if answer is not None:
            return answer
    return render(
        request, "financing/claim_batch.html", _context(request, row, lines, stage, decide, receive)
    )


def _post(request, row: ClaimBatch, stage, decide, receive):
    """Where to go after what was sent; None when it was refused."""
    form = next((one for one in (decide, receive) if one is not None and one.is_bound), None)
    if form is None:
        messages.warning(request, "这一步现在不由您办理，或刚被别人办完，没有重复写入。")
        return redirect(row)
    if not form.is_valid():
        return None
    try:
        if form is decide:
            n = _decide(request.user, stage, form)
            messages.success(request, f"已{WORDS[stage]} {n} 笔，退回 {len(form.lines) - n} 笔。")
        else:
            receipts = verbs.receive_batch(batch=row, user=request.user, **form.cleaned_data)
            messages.success(request, f"已登记到账 {len(receipts)} 笔。")
    except ValidationError as error:
        show(form, error)
        return None
    return redirect(row)


def _decide(user, stage: ClaimStatus, form: forms.BatchDecideForm) -> int:
    data, verdicts = form.cleaned_data, {}
    for line in form.lines:
        key = line.claim.pk
        verdicts[key] = verbs.Verdict(
            data[f"amount_{key}"], data[f"remark_{key}"].strip(), data[f"returned_{key}"]
        )
    return verbs.decide_claims(
        claims=list(verdicts),
        stage=stage,
        user=user,
        document=data["document"],
        decided_on=data["decided_on"],
        verdicts=verdicts,
    )


def _context(request, row: ClaimBatch, lines, stage, decide, receive) -> dict:
    papers = Paper.objects.visible_to(request.user).filter(thread=thread_of(row), replaced_by=None)
    events = TrailEvent.objects.visible_to(request.user).filter(thread=thread_of(row))
    claims = [line.claim for line in lines]
    return {
        "batch": row,
        "lines": lines,
        "stage": WORDS.get(stage, ""),
        "form": decide,
        "receive": receive,
        "received": sum((claim.received for claim in claims), ZERO),
        "outstanding": sum((claim.outstanding for claim in claims), ZERO),
        "returns": row.returns.select_related(
            "rebate__instalment__agreement__project_school__school", "returned_by"
        ),
        "papers": [
            {
                "title": paper.title,
                "number": paper.number,
                "at": paper.created_at,
                "url": reverse("documents:paper", args=[paper.pk]),
            }
            for paper in papers.defer("data")
        ],
        "events": [
            {"at": event.at, "actor": event.actor_label, "sentence": event.sentence}
            for event in events.order_by("-number")[:30]
        ],
    }


@require_GET
def sheet(request, pk: int):
    """The bureau's workbook."""
    row = batch_or_404(request.user, pk)
    name = f"{row.get_funder_display()}奖补申领汇总表 {row.document}.xlsx".replace("/", "／")
    return FileResponse(claim_sheet(row, lines_of_batch(row)), as_attachment=True, filename=name)


@require_http_methods(["GET", "POST"])
def upload(request, pk: int):
    """The bureau's workbook back, with its amounts; a sheet with a bad row changes nothing."""
    row = batch_or_404(request.user, pk)
    stage, mine = turn_of(request.user, lines_of_batch(row))
    if stage is None:
        raise PermissionDenied("这一批现在没有等您审核或批复的奖补。")
    form = forms.BatchSheetForm(request.POST or None, request.FILES or None)
    problems: list[dict] = []
    if request.method == "POST" and form.is_valid():
        try:
            problems = _take_sheet(request, row, stage, mine, form.cleaned_data)
        except ValidationError as error:
            show(form, error)
        else:
            if not problems:
                return redirect(row)
    context = {
        "batch": row,
        "form": form,
        "stage": WORDS[stage],
        "column": ASKED_FOR[stage],
        "problems": problems,
    }
    return render(request, "financing/claim_batch_upload.html", context)


def _take_sheet(request, row: ClaimBatch, stage, mine: list[ClaimLine], data: dict) -> list[dict]:
    """Carry the sheet out; or what is wrong in it, and its marked copy is kept."""
    found = read_decisions(
        name=data["file"].name, content=data["file"].read(), lines=mine, stage=stage
    )
    if found.problems:
        _keep(request, found.workbook)
        return [
            {"row": number, "text": text}
            for number, cells in sorted(found.problems.items())[:SHOWN]
            for texts in cells.values()
            for text in texts
        ]
    n = verbs.decide_claims(
        claims=list(found.verdicts),
        stage=stage,
        user=request.user,
        document=data["document"],
        decided_on=data["decided_on"],
        verdicts=found.verdicts,
    )
    messages.success(request, f"已按汇总表{WORDS[stage]} {n} 笔，退回 {len(mine) - n} 笔。")
    return []


def _keep(request, workbook: bytes) -> None:
    name = f"imports/{hashlib.sha256(workbook).hexdigest()}.xlsx"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(workbook))
    request.session[KEPT] = name


@require_GET
def marked_sheet(request):
    """The refused sheet with its reasons, for the session that sent it."""
    name = request.session.get(KEPT, "")
    if not name or not default_storage.exists(name):
        raise Http404
    return FileResponse(
        default_storage.open(name), as_attachment=True, filename="奖补申领汇总表 问题标注.xlsx"
    )
