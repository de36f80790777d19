"""Home: what this person's work looks like today."""

from __future__ import annotations

from django.db.models import Count, F, Sum
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounting.reminders import reminders_of
from banbantong.stages import TITLES, staged
from banbantong.views.inbox import inbox_rows
from banbantong.views.project_schools import project_board
from banbantong.views.projects import waiting_words
from financing.claim_asks import claim_asks
from financing.models import Instalment, Payment
from procurement.models import ContractLine, PlanLine, Project, ProjectSchool
from registry import clock
from registry.access import reach
from registry.enums import Role, Scope
from registry.money import ZERO
from registry.templatetags.pages import wan
from workflow.models import Duty

FIRST = 8


@require_GET
def home(request):
    """The inbox's head, the numbers that matter, and where the projects stand."""
    user, own = request.user, reach(request.user)
    duties = Duty.objects.inbox(user).select_related(
        "dossier", "school", "supplier", "assignee", "process"
    )
    first = list(duties[:FIRST])
    projects = list(
        Project.objects.visible_to(user)
        .select_related("dossier__county")
        .filter(dossier__closed_on=None)[:6]
    )
    running = _running(user) if own.wide else None
    words = waiting_words(user) if projects else {}
    context = {
        "asks": claim_asks(user),
        "rows": inbox_rows(first, by_dossier=True, standing={}),
        "more": duties.count() - len(first),
        "tiles": _county_tiles(user) if own.wide else _place_tiles(user),
        "projects": [(row, words.get(row.dossier_id, "")) for row in projects],
        "running": running,
        "board": project_board(running) if running else None,
        "schools": _own_schools(user)
        if any(Role(p.role).scope is Scope.SCHOOL for p in own.posts)
        else None,
        "reminders": reminders_of(user),
        "acts": any(not Role(p.role).only_reads for p in own.posts),
    }
    return render(request, "banbantong/home.html", context)


def _running(user) -> Project | None:
    """The project that is being built now: contracted, not yet accepted, the one with most schools."""
    return (
        Project.objects.visible_to(user)
        .filter(contracts__signed_on__isnull=False, closed_on=None)
        .annotate(size=Count("schools", distinct=True))
        .order_by(F("accepted_on").asc(nulls_first=True), "-size", "-pk")
        .first()
    )


def _county_tiles(user) -> list[dict]:
    """Numbers of the county, each opening its list."""
    projects = Project.objects.visible_to(user)
    live = PlanLine.objects.live().filter(project_school__project__in=projects)
    rooms = live.aggregate(n=Count("pk"), passed=Count("passed"))
    contracted = ContractLine.objects.filter(plan_line__in=live)
    paid = Payment.objects.filter(instalment__in=Instalment.objects.visible_to(user))
    late = Duty.objects.visible_to(user).overdue().count()
    schools, projects_url = reverse("acceptance:schools"), reverse("projects")
    return [
        _tile("项目", projects.count(), "个", projects_url),
        _tile("计划班数", rooms["n"], "班", projects_url),
        _tile("验收合格", rooms["passed"], "班", schools),
        _tile("合同金额", wan(_total(contracted, "price")), "万元", reverse("procurement:tenders")),
        _tile("已付回购款", wan(_total(paid, "amount")), "万元", reverse("financing:agreements")),
        _tile("逾期事项", late, "件", reverse("overdue"), late=late > 0),
    ]


def _tile(label: str, value, unit: str, url: str, *, late: bool = False) -> dict:
    return {"label": label, "value": value, "unit": unit, "url": url, "late": late}


def _total(rows, field: str):
    return rows.aggregate(n=Sum(field))["n"] or ZERO


def _place_tiles(user) -> list[dict]:
    """Numbers of one township, school or supplier."""
    rooms = PlanLine.objects.live().visible_to(user)
    found = rooms.aggregate(n=Count("pk", distinct=True), passed=Count("passed", distinct=True))
    schools = reverse("acceptance:schools")
    tiles = [
        _tile("班班通教室", found["n"], "间", schools),
        _tile("县级验收合格", found["passed"], "间", schools),
    ]
    # Partly paid and reversed ones are still owed.
    owed = Instalment.objects.visible_to(user).unpaid().select_related("agreement")
    soon = owed.order_by("due_on", "pk").first()
    if soon:
        label, url = f"下一期回购款（{soon.due_on}）", soon.agreement.get_absolute_url()
        tiles.append(
            _tile(label, wan(soon.remaining), "万元", url, late=soon.due_on < clock.today())
        )
    return tiles


def _own_schools(user) -> list[dict]:
    """The person's schools in their projects, and where each leads to now."""
    rows = staged(ProjectSchool.objects.visible_to(user))
    return [
        {
            "row": row,
            "stage": TITLES[row.stage],
            "registration": getattr(row, "registration", None),
            "agreement": getattr(row, "agreement", None),
        }
        for row in rows.select_related("school", "project", "registration", "agreement")
    ]
