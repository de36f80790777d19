"""The paper 建设方案: the plan's figures as they stood when it was submitted."""

from __future__ import annotations

from django.db.models import Count, F

from documents.actions import issue_paper
from documents.enums import PaperKind
from documents.models import Paper
from procurement.actions.funding import funding_amounts
from procurement.models import PlanLine, Project


def issue_plan(*, project: Project, user) -> Paper:
    """Freeze the plan as it stands; unchanged data gives the paper that is there."""
    return issue_paper(
        thing=project,
        dossier=project.dossier,
        kind=PaperKind.PLAN,
        number=_number(project),
        title=f"{project.name}建设方案"[:120],
        data=plan_data(project),
        actor=user,
    )


def submitted_plan(project: Project) -> Paper:
    """The paper that was submitted last: what the leading group reads and signs."""
    papers = Paper.objects.filter(kind=PaperKind.PLAN, number=_number(project))
    return papers.latest("version")


def _number(project: Project) -> str:
    return f"{project.dossier.number}-JH"


def plan_data(project: Project) -> dict:
    """What ``papers/plan.html`` prints; amounts as strings, dates in ISO."""
    schools = _schools(project)
    low, high = project.price_range()
    return {
        "project": {"name": project.name, "code": project.dossier.number},
        "county": project.county.name,
        "year": project.year,
        "deadline": project.deadline.isoformat(),
        "mode": str(project.mode),
        "equipment": [
            {
                "name": item.name,
                "quantity": item.per_set,
                "unit": item.unit,
                "requirement": item.specification,
            }
            for item in project.mode.items.all()
        ],
        "budget": str(project.budget),
        "set_price": {"low": str(low), "high": str(high)},
        "funding": [
            {
                "name": share.get_funder_display(),
                "percent": str(share.percent),
                "amount": str(amount),
                "rule": share.rule,
            }
            for share, amount in funding_amounts(project)
        ],
        "schools": schools,
        "total": {
            "schools": len(schools),
            "total": sum(school["total"] for school in schools),
            "classrooms": sum(school["classrooms"] for school in schools),
        },
        "basis": _basis(project),
    }


def _schools(project: Project) -> list[dict]:
    place = "project_school__school"
    this_year = (
        PlanLine.objects.filter(project_school__project=project)
        .live()
        .values("project_school__school")
        .annotate(
            township=F(f"{place}__township__name"),
            name=F(f"{place}__name"),
            code=F(f"{place}__code"),
            classrooms=Count("pk"),
        )
        .order_by(f"{place}__township__code", f"{place}__code")
    )
    in_all = dict(
        PlanLine.objects.live()
        .filter(project_school__project__dossier__county=project.county)
        .values_list("project_school__school")
        .annotate(total=Count("pk"))
        .order_by()
    )
    return [
        {
            "township": row["township"],
            "name": row["name"],
            "code": row["code"],
            "total": in_all[row["project_school__school"]],
            "classrooms": row["classrooms"],
        }
        for row in this_year
    ]


def _basis(project: Project) -> list[str]:
    lines = [f"预算批复：{project.budget_basis}"]
    if project.programme:
        lines.append(f"总规划：{project.programme}")
    if project.deviation:
        lines.append(
            f"班数与年度任务（{project.target_classrooms}个班）不符的原因：{project.deviation}"
        )
    return lines
