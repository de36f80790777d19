"""Home: what this person's work looks like today."""

from __future__ import annotations

from django.db.models import Count, Q, Sum
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from banbantong.stages import TITLES, staged
from banbantong.views.inbox import _rows
from banbantong.views.project_schools import project_board
from financing.models import Instalment, Payment
from procurement.models import ContractLine, PlanLine, Project, ProjectSchool
from registry import clock
from registry.access import Reach, reach
from registry.enums import Role, Scope
from registry.money import ZERO
from registry.templatetags.pages import wan
from workflow.models import Duty

FIRST = 8


@require_GET
def home(request):
    """The inbox's head, the numbers that matter, and where the projects stand."""
    user, own = request.user, reach(request.user)
    duties = Duty.objects.inbox(user).select_related("dossier", "school", "supplier", "assignee")
    first = list(duties[:FIRST])
    projects = list(
        Project.objects.visible_to(user)
        .select_related("dossier__county")
        .filter(dossier__closed_on=None)[:6]
    )
    county_wide = bool(own.county_ids or own.regions or own.everything)
    running = (
        next((p for p in projects if p.schools.exists() and p.closed_on is None), None)
        if county_wide
        else None
    )
    context = {
        "rows": _rows(first, by_dossier=True, standing={}),
        "more": duties.count() - len(first),
        "tiles": _county_tiles(user) if county_wide else _place_tiles(user, own),
        "projects": projects,
        "running": running,
        "board": project_board(running) if running else None,
        "schools": _own_schools(user)
        if any(Role(p.role).scope is Scope.SCHOOL for p in own.posts)
        else None,
        "acts": any(
            Role(p.role) not in (Role.AUDITOR, Role.PREFECTURE, Role.PROVINCE, Role.ADMINISTRATOR)
            for p in own.posts
        ),
    }
    return render(request, "banbantong/home.html", context)


def _county_tiles(user) -> list[dict]:
    """Numbers of the county, each opening its list."""
    projects = Project.objects.visible_to(user)
    live = PlanLine.objects.live().filter(project_school__project__in=projects)
    rooms = live.aggregate(n=Count("pk"), passed=Count("passed"))
    contracted = (
        ContractLine.objects.filter(plan_line__in=live).aggregate(n=Sum("price"))["n"] or ZERO
    )
    paid = (
        Payment.objects.filter(instalment__in=Instalment.objects.visible_to(user)).aggregate(
            n=Sum("amount")
        )["n"]
        or ZERO
    )
    late = Duty.objects.visible_to(user).overdue().count()
    return [
        {"label": "项目", "value": projects.count(), "unit": "个", "url": reverse("projects")},
        {"label": "计划班数", "value": rooms["n"], "unit": "班", "url": reverse("projects")},
        {
            "label": "验收合格",
            "value": rooms["passed"],
            "unit": "班",
            "url": reverse("acceptance:schools"),
        },
        {
            "label": "合同金额",
            "value": wan(contracted),
            "unit": "万元",
            "url": reverse("procurement:tenders"),
        },
        {
            "label": "已付回购款",
            "value": wan(paid),
            "unit": "万元",
            "url": reverse("financing:agreements"),
        },
        {
            "label": "逾期事项",
            "value": late,
            "unit": "件",
            "url": reverse("overdue"),
            "late": late > 0,
        },
    ]


def _place_tiles(user, own: Reach) -> list[dict]:
    """Numbers of one school or supplier."""
    rooms = (
        PlanLine.objects.live()
        .visible_to(user)
        .aggregate(n=Count("pk", distinct=True), passed=Count("passed", distinct=True))
    )
    soon = (
        Instalment.objects.visible_to(user)
        .annotate(paid=Sum("payments__amount"))
        .filter(Q(paid=None))
        .order_by("due_on")
        .first()
    )
    tiles = [
        {
            "label": "班班通教室",
            "value": rooms["n"],
            "unit": "间",
            "url": reverse("acceptance:schools"),
        },
        {
            "label": "县级验收合格",
            "value": rooms["passed"],
            "unit": "间",
            "url": reverse("acceptance:schools"),
        },
    ]
    if soon:
        tiles.append(
            {
                "label": f"下一期回购款({soon.due_on})",
                "value": wan(soon.payment),
                "unit": "万元",
                "url": soon.agreement.get_absolute_url(),
                "late": soon.due_on < clock.today(),
            }
        )
    return tiles


def _own_schools(user) -> list[tuple]:
    rows = staged(ProjectSchool.objects.visible_to(user)).select_related("school", "project")
    return [(row, TITLES[row.stage]) for row in rows]
