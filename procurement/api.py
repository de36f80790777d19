"""Endpoints of procurement: projects with their size and funding plan; mounted under /api/v1/."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

from django.shortcuts import get_object_or_404
from ninja import Field, FilterLookup, FilterSchema, Query, Router, Schema
from ninja.pagination import paginate

from procurement.enums import ClaimCycle, RebateBase
from procurement.models import Project
from registry.api import Page, Problem

router = Router(tags=["项目"])


class Share(Schema):
    """出资比例 of one level, in percent of every instalment."""

    funder: str = Field(description="出资层级代码")
    name: str = Field(alias="get_funder_display", description="出资层级")
    percent: Decimal
    base: RebateBase = Field(
        description="计算基数：payment 各期应付合计，principal 各期本金，rest 扣除前序奖补后的余额"
    )
    cap_per_room: Decimal | None = Field(description="每班上限（元），不设上限为空")
    order: int = Field(description="次序")
    cycle: ClaimCycle = Field(description="申领方式：each 付一期申领一期，yearly 每年集中申领")


class ProjectOut(Schema):
    """年度建设项目; amounts in yuan, counts are those of the live plan."""

    id: int
    number: str = Field(alias="dossier.number", description="卷宗号")
    name: str
    county_code: str = Field(alias="dossier.county.code")
    county: str = Field(alias="dossier.county.name")
    year: int
    deadline: dt.date
    mode: str = Field(alias="mode.name", description="建设模式")
    budget: Decimal
    target_classrooms: int = Field(description="年度任务（班）")
    schools: int = Field(alias="school_count")
    classrooms: int = Field(alias="classroom_count")
    approved: bool = Field(alias="is_approved")
    accepted_on: dt.date | None
    closed_on: dt.date | None


class ProjectDetail(ProjectOut):
    """A project with its funding plan; the shares make 100 %."""

    budget_basis: str
    funding: list[Share]


class ProjectFilter(FilterSchema):
    year: int | None = Field(None, description="年度")
    county_code: Annotated[str | None, FilterLookup("dossier__county__code")] = Field(
        None, description="县区划代码"
    )


def visible(request):
    return (
        Project.objects.visible_to(request.auth)
        .with_counts()
        .select_related("dossier__county", "mode")
        .order_by("-year", "-pk")
    )


@router.get("projects", response=list[ProjectOut], summary="项目列表")
@paginate(Page)
def projects(request, filters: Query[ProjectFilter]):
    """Projects that the person may see, the newest year first."""
    return filters.filter(visible(request))


@router.get(
    "projects/{int:project_id}", response={200: ProjectDetail, 404: Problem}, summary="项目"
)
def project(request, project_id: int):
    """One project with its funding plan; 404 when the person may not see it."""
    return get_object_or_404(visible(request).prefetch_related("funding"), pk=project_id)
