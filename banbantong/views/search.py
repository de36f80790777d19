"""One search over projects, schools, classrooms, serials, contracts and document numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from acceptance.models import InstalledItem
from assets.models import AssetCard
from documents.models import Paper
from procurement.models import Contract, PlanLine, Project, ProjectSchool

MOST = 10


@dataclass
class Hit:
    """One line of a result."""

    title: str
    note: str
    url: str


@require_GET
def search(request):
    """At most ten of each kind, only what the person may see; pinyin initials find schools."""
    # What cannot be printed cannot be searched; PostgreSQL refuses a NUL, SQLite takes it for the end.
    words = "".join(filter(str.isprintable, request.GET.get("q", ""))).strip()[:60]
    groups = [
        (label, hits) for label, find in KINDS if words and (hits := find(request.user, words))
    ]
    return render(request, "banbantong/search.html", {"words": words, "groups": groups})


def _projects(user, words):
    rows = Project.objects.visible_to(user).filter(
        Q(name__icontains=words) | Q(dossier__number__icontains=words)
    )[:MOST]
    return [Hit(row.name, f"{row.year} 年度", row.get_absolute_url()) for row in rows]


def _schools(user, words):
    match = (
        Q(school__name__icontains=words)
        | Q(school__code=words)
        | Q(school__initials__startswith=words.lower())
    )
    rows = (
        ProjectSchool.objects.visible_to(user)
        .filter(match)
        .select_related("school__township", "project")[:MOST]
    )
    return [
        Hit(row.school.name, f"{row.school.township} · {row.project}", row.get_absolute_url())
        for row in rows
    ]


def _rooms(user, words):
    rows = PlanLine.objects.visible_to(user).filter(
        Q(classroom__name__icontains=words) | Q(classroom__room__icontains=words)
    )
    rows = rows.select_related("classroom", "project_school__school")[:MOST]
    return [Hit(str(row), row.classroom.room, reverse("room", args=[row.pk])) for row in rows]


def _serials(user, words):
    lines = PlanLine.objects.visible_to(user).values("pk")
    rows = InstalledItem.objects.filter(serial__icontains=words, plan_line__in=lines)
    rows = rows.select_related("item", "plan_line__classroom", "plan_line__project_school__school")[
        :MOST
    ]
    return [
        Hit(
            row.serial,
            f"{row.item.name} · {row.plan_line}",
            reverse("room", args=[row.plan_line_id]),
        )
        for row in rows
    ]


def _contracts(user, words):
    rows = (
        Contract.objects.visible_to(user)
        .filter(number__icontains=words)
        .select_related("supplier", "project")[:MOST]
    )
    return [
        Hit(row.number, f"{row.supplier} · {row.project}", row.get_absolute_url()) for row in rows
    ]


def _cards(user, words):
    rows = (
        AssetCard.objects.visible_to(user)
        .filter(number__icontains=words)
        .select_related("installed__item")[:MOST]
    )
    return [Hit(row.number, row.installed.item.name, row.get_absolute_url()) for row in rows]


def _papers(user, words):
    rows = Paper.objects.visible_to(user).filter(number__icontains=words).defer("data")[:MOST]
    return [
        Hit(str(row), row.get_kind_display(), reverse("documents:paper", args=[row.pk]))
        for row in rows
    ]


KINDS = [
    ("项目", _projects),
    ("学校", _schools),
    ("班级", _rooms),
    ("序列号", _serials),
    ("合同", _contracts),
    ("资产卡片", _cards),
    ("文书", _papers),
]
