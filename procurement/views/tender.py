"""Pages of the tender: the list, one tender with its timeline."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib.contenttypes.models import ContentType
from django.db.models import OuterRef, Q, Subquery
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from documents.models import Paper, TrailEvent
from documents.trail import thread_of
from procurement import rules
from procurement.enums import TenderOutcome
from procurement.findings import law_of, of_tender
from procurement.flows import TenderFlow
from procurement.models import Tender
from procurement.timeline import timeline_of
from registry import clock
from registry.access import reach
from registry.columns import Code, Day, Due, Money, State
from registry.columns import Count as Number
from registry.pages import ListPage
from registry.sheet import Sheet
from workflow.models import Duty
from workflow.story import story_of

NEWEST_EVENTS = 30


class TenderTable(tables.Table):
    project = tables.Column(
        "项目", accessor="project__name", linkify=lambda record: record.get_absolute_url()
    )
    number = Code(verbose_name="采购项目编号")
    stage = State(verbose_name="状态", orderable=False, late="has_failed")
    announced_on = Day(verbose_name="公告日期")
    bids_due_on = Day(verbose_name="投标截止")
    sets = Number(verbose_name="套数")
    budget = Money(verbose_name="预算（元）")
    supplier = tables.Column("中标人", accessor="winner__supplier__name")
    price = Money(verbose_name="中标价（元）", accessor="winner__price")
    due_on = Due(verbose_name="本步应办")

    class Meta:
        model = Tender
        fields = (
            "project",
            "number",
            "stage",
            "announced_on",
            "bids_due_on",
            "sets",
            "budget",
            "supplier",
            "price",
            "due_on",
        )


class TenderFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="项目或编号", method="by_words")
    stage = django_filters.ChoiceFilter(
        label="状态",
        method="by_stage",
        choices=[
            ("prepare", "编制招标文件"),
            ("running", "招标中"),
            ("decide", "待定标"),
            ("contract", "待签合同"),
            ("signed", "已签合同"),
            ("failed", "废标"),
        ],
    )
    year = django_filters.NumberFilter(label="年度", field_name="project__year")

    class Meta:
        model = Tender
        fields = ["q", "stage", "year"]

    def by_words(self, rows, name, value):
        return rows.filter(Q(project__name__icontains=value) | Q(number__icontains=value))

    def by_stage(self, rows, name, value):
        return rows.filter(
            {
                "prepare": Q(announced_on=None),
                "running": Q(announced_on__isnull=False, evaluated_on=None, outcome=""),
                "decide": Q(evaluated_on__isnull=False, outcome=""),
                "contract": Q(outcome=TenderOutcome.AWARDED, contract__signed_on=None),
                "signed": Q(contract__signed_on__isnull=False),
                "failed": Q(outcome=TenderOutcome.FAILED),
            }[value]
        )


class Tenders(ListPage):
    """采购."""

    title = "采购"
    empty = "领导小组批准建设方案后，项目的招标会列在这里。"
    unit = "次招标"
    export_name = "采购"
    table_class = TenderTable
    filterset_class = TenderFilter
    totals = ("sets", "budget", "price")

    def get_queryset(self):
        now = Duty.objects.open().filter(
            process__artifact_object_id=OuterRef("pk"),
            process__artifact_content_type=ContentType.objects.get_for_model(Tender),
        )
        # Asked by number, so that a supplier with several bids of one project counts each tender once.
        rows = Tender.objects.filter(
            pk__in=Tender.objects.visible_to(self.request.user).values("pk")
        )
        return (
            rows.select_related("project", "winner__supplier", "contract")
            .annotate(due_on=Subquery(now.order_by("due_on").values("due_on")[:1]))
            .order_by("-pk")
        )


@require_GET
def tender(request, pk: int):
    """One tender: story, what is asked, the law's periods, bids, what the rules say."""
    rows = Tender.objects.visible_to(request.user).select_related(
        "project__dossier__county", "winner__supplier", "contract", "decided_by", "prepared_by"
    )
    row = get_object_or_404(rows, pk=pk)
    whole = reach(request.user).reads_county(row.project.county)
    bids = list(row.bids.select_related("supplier"))
    if not whole:
        bids = [bid for bid in bids if bid.supplier_id in reach(request.user).supplier_ids]
    if request.GET.get("export") == "bids":
        return _bid_sheet(row, bids)
    law = law_of(row.project.county, row.announced_on)
    found = of_tender(row, bids, law) if whole else []
    context = {
        "tender": row,
        "joined": whole or _is_winner(row, request.user),
        "bids": bids,
        "timeline": timeline_of(row, law, clock.today()),
        "findings": found,
        "broken": [one for one in found if not one.ok],
        "facts": _tender_facts(row),
    }
    return render(request, "procurement/tender.html", context | frame(request, row, [row]))


def _is_winner(row: Tender, user) -> bool:
    return row.winner is not None and row.winner.supplier_id in reach(user).supplier_ids


def _tender_facts(row: Tender) -> list[tuple]:
    return [
        ("项目", row.project.name),
        ("采购方式", f"{row.get_method_display()}，最低评标价法"),
        ("采购项目编号", row.number),
        ("采购组织", row.agency or "自行组织"),
        ("采购套数", f"{row.sets} 套" if row.sets else None),
        ("预算金额", rules.yuan(row.budget)),
        ("最高限价", rules.yuan(row.ceiling) if row.ceiling is not None else "未设"),
        ("投标保证金", rules.yuan(row.bid_bond) if row.bid_bond else "不收取"),
        ("预留中小企业份额", f"{rules.plain(row.reserved_percent)}%"),
        ("采购经办人", row.prepared_by),
        *([("定标人", row.decided_by)] if row.decided_by else []),
        *([("定标理由", row.award_reason)] if row.award_reason else []),
        *(
            [
                ("废标情形", row.get_failure_ground_display()),
                ("废标理由", row.failure_reason),
                ("投标人数", row.bidders),
            ]
            if row.outcome == TenderOutcome.FAILED
            else []
        ),
    ]


def frame(request, row: Tender, things: list) -> dict:
    """Story, asks, papers and history of the tender or its contract, as this person may see them."""
    process = TenderFlow.process_of(row)
    threads = [thread_of(thing) for thing in things]
    events = TrailEvent.objects.visible_to(request.user).filter(thread__in=threads)
    papers = (
        Paper.objects.visible_to(request.user)
        .filter(thread__in=threads, replaced_by=None)
        .prefetch_related("signatures")
        .defer("data")
    )
    return {
        "process": process,
        "story": story_of(process),
        "asks": _asks(request.user, process),
        "events": [
            {"at": event.at, "actor": event.actor_label, "sentence": event.sentence}
            for event in events.order_by("-at", "-pk")[:NEWEST_EVENTS]
        ],
        "papers": [_paper(paper) for paper in papers],
    }


def _asks(user, process) -> list[dict]:
    if process is None:
        return []
    duties = Duty.objects.open().filter(process=process)
    return [
        _ask(user, duty)
        for duty in duties.select_related("dossier", "school", "supplier", "assignee", "task")
    ]


def _ask(user, duty: Duty) -> dict:
    mine = duty.task.flow_task.may_be_done_by(user, duty)
    words = f"退回原因：{duty.reason}" if duty.reason else ""
    return {
        "title": duty.title,
        "text": words if mine else f"等待{duty.who}办理。{words}",
        "due_on": duty.due_on,
        "url": duty.get_absolute_url(),
        "waiting": not mine,
        "overdue": duty.overdue,
    }


def _paper(paper: Paper) -> dict:
    return {
        "title": paper.title,
        "number": paper.number,
        "signed_by": "、".join(signature.party for signature in paper.signatures.all()),
        "at": paper.created_at,
        "url": reverse("documents:paper", args=[paper.pk]),
    }


# --- sheets -----------------------------------------------------------------------------------
def file_of(sheet: Sheet, name: str) -> FileResponse:
    return FileResponse(
        sheet.finish(), as_attachment=True, filename=f"{name} {clock.today().isoformat()}.xlsx"
    )


def _bid_sheet(row: Tender, bids: list) -> FileResponse:
    if not bids:
        raise Http404
    sheet = Sheet("投标登记")
    sheet.header(
        [
            "投标人",
            "统一社会信用代码",
            "品牌",
            "单套报价（元）",
            "套数",
            "投标报价（元）",
            "评审价（元）",
            "审查",
            "无效理由",
        ]
    )
    for bid in bids:
        review = "有效" if bid.valid else "无效"
        firm = [bid.supplier.name, bid.supplier.uscc, bid.brand]
        money = [bid.set_price, bid.sets, bid.price, bid.evaluated_price]
        sheet.row([*firm, *money, review, bid.rejection])
    return file_of(sheet, f"投标登记 {row.number}")
