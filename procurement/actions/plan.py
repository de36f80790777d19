"""Verbs of the plan: open the project, enter its classrooms, submit it, decide on it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from documents.actions import admit, open_dossier, sign
from documents.models import Dossier, Paper
from documents.trail import record
from procurement.actions.funding import FundingRule, check_funding, write_funding
from procurement.actions.plan_paper import issue_plan, submitted_plan
from procurement.enums import Funder
from procurement.models import (
    Approval,
    EquipmentMode,
    PlanImport,
    Programme,
    Project,
)
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.models import County


@transaction.atomic
def open_project(
    *,
    county: County,
    user,
    name: str,
    year: int,
    deadline: dt.date,
    mode: EquipmentMode,
    target_classrooms: int,
    budget: Decimal,
    budget_basis: str,
    funding: dict[Funder, Decimal],
    rules: dict[Funder, FundingRule] | None = None,
    programme: Programme | None = None,
) -> Project:
    """立项: opens the dossier and writes the project with its funding plan.

    ``funding`` maps each level to its percentage; they make exactly 100 and the school's is given
    (0 if it bears nothing); ``rules`` says by what rule a level gives, if it is not the plain one.
    Raises ``ValidationError``; ``PermissionDenied`` without the post.
    """
    if not reach(user).holds_at(Role.PROJECT_OFFICE, county=county.pk):
        raise PermissionDenied("立项由本县项目办办理。")
    check_funding(funding, rules)
    if deadline < clock.today():
        raise ValidationError({"deadline": "完成期限不能早于今天。"})
    if programme is not None and programme.county_id != county.pk:
        raise ValidationError({"programme": "所属总规划不是本县的。"})
    # One opening at a time in a county: the numbers stay in line and a double click is caught.
    County.objects.select_for_update().get(pk=county.pk)
    known = Project.objects.filter(dossier__county=county, year=year, name=name)
    if known.exists():
        raise ValidationError(
            {"name": "本县该年度已有同名项目，没有重复立项。请到项目列表中查看。"}
        )
    project = Project(
        dossier=open_dossier(county=county, number=_next_number(county, year), title=name),
        programme=programme,
        name=name,
        year=year,
        deadline=deadline,
        mode=mode,
        target_classrooms=target_classrooms,
        budget=budget,
        budget_basis=budget_basis,
        opened_by=user,
    )
    project.full_clean()
    project.save()
    write_funding(project, funding, rules)
    record(
        thing=project,
        dossier=project.dossier,
        actor=user,
        verb="立项",
        sentence=f"立项“{name}”：{year}年度{target_classrooms}个班，预算{budget:,.2f}元",
        data={"funding": {level: str(percent) for level, percent in funding.items()}},
    )
    return project


def _next_number(county: County, year: int) -> str:
    count = Dossier.objects.filter(county=county, number__startswith=f"{county.code}-{year}-")
    return f"{county.code}-{year}-{count.count() + 1:02d}"


def plan_in_work(project: Project) -> Project:
    """The project under its lock, if its plan may still be changed; else ``ValidationError``."""
    project = (
        Project.objects.select_for_update(of=("self",))
        .select_related("dossier__county", "mode", "programme")
        .get(pk=project.pk)
    )
    if project.approved:
        raise ValidationError("方案已经批准，不能再改清单。要减少班级请办理变更单。")
    if project.planned_at:
        raise ValidationError("方案已提交审批，不能再改清单。要修改请等领导小组退回。")
    return project


@transaction.atomic
def submit_plan(*, project: Project, user, deviation: str = "", address=None) -> Paper:
    """提交方案: freezes the list as the paper 建设方案 and signs it for the project office.

    ``deviation``: why the number of rooms differs from the year's target; refused without.
    """
    project = plan_in_work(project)
    counts = project.counts()
    if not counts["classrooms"]:
        raise ValidationError("清单里还没有班级。请先上传附表1，再提交方案。")
    deviation = deviation.strip()
    differs = counts["classrooms"] != project.target_classrooms
    if differs and not deviation:
        raise ValidationError(
            f"清单共 {counts['classrooms']} 个班，年度任务是 {project.target_classrooms} 个班，"
            f"相差 {abs(counts['classrooms'] - project.target_classrooms)} 个。"
            "请补齐清单，或勾选“仍提交”并写明原因。"
        )
    project.planned_by, project.planned_at = user, clock.now()
    project.deviation = deviation if differs else ""
    project.full_clean()
    project.save(update_fields=["planned_by", "planned_at", "deviation"])
    paper = issue_plan(project=project, user=user)
    _sign_once(paper, user, "项目办", f"{project.county.name}教育局项目办", address)
    record(
        thing=project,
        dossier=project.dossier,
        actor=user,
        verb="提交方案",
        sentence=f"提交建设方案：{counts['schools']}所学校、{counts['classrooms']}个班"
        + (f"（与年度任务不符：{project.deviation}）" if differs else ""),
        data=counts,
    )
    return paper


def _sign_once(paper: Paper, user, role: str, party: str, address) -> None:
    """A plan submitted again unchanged is the same paper, already signed in this capacity."""
    if not paper.signatures.filter(role=role).exists():
        sign(paper=paper, signer=user, role=role, party=party, address=address)


@transaction.atomic
def decide(*, project: Project, user, approved: bool, opinion: str = "", address=None) -> Approval:
    """领导小组审批: approve the submitted plan or send it back with a reason.

    Whoever submitted the plan or entered part of its list cannot decide on it. Approval signs the
    paper for the leading group and lets the schools see the project.
    """
    project = (
        Project.objects.select_for_update(of=("self",))
        .select_related("dossier__county", "mode", "programme", "planned_by")
        .get(pk=project.pk)
    )
    if project.approved:
        raise ValidationError("该方案已经批准。")
    if not project.planned_at:
        raise ValidationError("方案还没有提交，暂不能审批。")
    if PlanImport.objects.filter(project=project, by=user).exclude(added=0, removed=0).exists():
        raise ValidationError("您参与编制了这份方案的清单，审批须由他人办理。")
    approval = Approval(
        project=project,
        planned_by=project.planned_by,
        decided_by=user,
        decided_at=clock.now(),
        approved=approved,
        opinion=opinion.strip(),
    )
    approval.full_clean()
    approval.save()
    _approve(project, user, address) if approved else _return(project)
    record(
        thing=project,
        dossier=project.dossier,
        actor=user,
        verb="批准方案" if approved else "退回方案",
        sentence="领导小组同意建设方案" if approved else f"领导小组退回建设方案：{opinion}",
    )
    return approval


def _approve(project: Project, user, address) -> None:
    paper = submitted_plan(project)
    party = f"{project.county.name}教育信息化建设工程领导小组"
    _sign_once(paper, user, "领导小组组长", party, address)
    schools = [row.school for row in project.schools.select_related("school")]
    admit(project.dossier, schools=schools)


def _return(project: Project) -> None:
    project.planned_by = project.planned_at = None
    project.save(update_fields=["planned_by", "planned_at"])
