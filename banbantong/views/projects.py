"""Projects: the list, 立项, the project's page, its file."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from banbantong import wakes
from banbantong.balance import books
from banbantong.file import project_file
from banbantong.flows import ProjectFlow
from banbantong.views.project_schools import project_board
from procurement.forms import OpenProjectForm
from procurement.models import Contract, Project, Tender
from registry.access import reach
from registry.columns import Count as Number
from registry.columns import Day, Money
from registry.enums import Role
from registry.pages import ListPage
from workflow.models import Duty
from workflow.story import story_of


class ProjectTable(tables.Table):
    name = tables.Column("项目", linkify=True)
    year = Number(verbose_name="年度")
    county = tables.Column("县", accessor="dossier__county", order_by="dossier__county__name")
    rooms = Number(verbose_name="班数")
    budget = Money(verbose_name="预算（元）")
    deadline = Day(verbose_name="完成期限")
    waiting = tables.Column("现在等待", orderable=False, empty_values=())

    class Meta:
        model = Project
        fields = ("name", "year", "county", "rooms", "budget", "deadline", "waiting")

    words: dict[int, str]
    """Per dossier, from the page; not on the rows, for an export reads those anew."""

    def render_waiting(self, record):
        settled = "已归档" if record.dossier.closed_on else "—"
        return self.words.get(record.dossier_id, settled)


class ProjectFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="项目名称")
    year = django_filters.NumberFilter(label="年度")

    class Meta:
        model = Project
        fields = ["q", "year"]


class ProjectList(ListPage):
    """项目."""

    title = "项目"
    empty = "还没有项目。项目办立项后，项目会出现在这里。"
    unit = "个"
    export_name = "项目"
    table_class = ProjectTable
    filterset_class = ProjectFilter
    totals = ("budget", "rooms")

    def get_queryset(self):
        live = Q(schools__lines__isnull=False) & (
            Q(schools__lines__change_order=None) | Q(schools__lines__change_order__approved_on=None)
        )
        rows = Project.objects.visible_to(self.request.user).select_related("dossier__county")
        return rows.annotate(rooms=Count("schools__lines", filter=live)).order_by("-year", "-pk")

    def get_actions(self):
        if reach(self.request.user).holds(Role.PROJECT_OFFICE):
            return [
                {"label": "立项", "url": reverse("project_open"), "primary": True},
                {"label": "总规划", "url": reverse("procurement:programmes")},
            ]
        return []

    def _table(self, rows):
        table = super()._table(rows)
        table.words = waiting_words(self.request.user)
        return table


def waiting_words(user) -> dict[int, str]:
    """Per dossier: what the project itself or its schools wait for, in words; one query."""
    words: dict[int, str] = {}
    counted = (
        Duty.objects.visible_to(user)
        .open()
        .values("dossier", "title")
        .annotate(n=Count("pk"))
        .order_by("dossier", "-n")
    )
    for row in counted:
        more = f"{row['title']} {row['n']} 件" if row["n"] > 1 else row["title"]
        words[row["dossier"]] = (
            f"{words[row['dossier']]}、{more}" if row["dossier"] in words else more
        )
    return words


@require_http_methods(["GET", "POST"])
def project_open(request):
    """立项: the form writes the project, the roof starts its story."""
    post = next((p for p in reach(request.user).posts if p.role == Role.PROJECT_OFFICE), None)
    if post is None:
        raise PermissionDenied("立项由项目办办理。")
    form = OpenProjectForm(request.POST or None, county=post.county, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():  # a project never stands without its story
                project = form.save()
                wakes.begin(project, request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"项目“{project}”已立项，下一步编制方案。")
            return redirect(project)
    return render(request, "procurement/project_open.html", {"form": form})


def project_or_404(user, pk: int) -> Project:
    rows = Project.objects.visible_to(user).select_related(
        "dossier__county", "mode", "programme", "opened_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def project(request, pk: int):
    """The project's page: story, what is asked now, books, board, papers, history."""
    row = project_or_404(request.user, pk)
    process = ProjectFlow.process_of(row)
    file = project_file(row, request.user, papers=8, events=12)
    whole = reach(request.user).reads_county(row.county)
    context = {
        "project": row,
        "process": process,
        "story": story_of(process),
        "asks": asks(request.user, row),
        "funding": row.funding.all(),
        "contracts": Contract.objects.visible_to(request.user).filter(project=row),
        "tenders": Tender.objects.visible_to(request.user).filter(project=row),
        "books": books(row) if whole else None,
        "board": project_board(row) if whole else None,
        "file": file,
        "events": [
            {"at": e.at, "actor": e.actor_label, "sentence": e.sentence} for e in file.events
        ],
    }
    return render(request, "banbantong/project.html", context)


def asks(user, row: Project) -> list[dict]:
    """What is asked now about this project: mine with a button, the project's own with whom it waits for."""
    duties = (
        Duty.objects.open()
        .filter(dossier=row.dossier)
        .select_related("dossier", "school", "supplier", "assignee", "task")
    )
    mine = list(duties.inbox(user)[:5])
    cards = [
        {
            "title": d.title,
            "text": f"{d.subject_title}{'。退回原因：' + d.reason if d.reason else ''}",
            "due_on": d.due_on,
            "url": d.get_absolute_url(),
            "overdue": d.overdue,
        }
        for d in mine
    ]
    others = duties.filter(school=None).exclude(pk__in=[d.pk for d in mine]).order_by("due_on")[:3]
    return cards + [
        {
            "title": d.title,
            "text": f"等待{d.who}办理。",
            "due_on": d.due_on,
            "waiting": True,
            "overdue": d.overdue,
        }
        for d in others
    ]


@require_GET
def project_papers(request, pk: int):
    """卷宗目录: every paper and attachment of the project, and the whole trail."""
    row = project_or_404(request.user, pk)
    return render(
        request,
        "banbantong/file.html",
        {"project": row, "file": project_file(row, request.user, events=500)},
    )
