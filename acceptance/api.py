"""Endpoints of acceptance: how far each school has come; mounted under /api/v1/. Read only."""

import datetime as dt
from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, FilterLookup, FilterSchema, Query, Router, Schema
from ninja.pagination import paginate

from acceptance.enums import RoomState
from acceptance.rooms import room_states, tallies, tally
from procurement.models import PlanLine, ProjectSchool
from registry.api import Page, Problem

router = Router(tags=["验收"])


class Rooms(Schema):
    """Classrooms by state; planned = arrived + not_arrived, arrived = passed + to_rectify +
    uninspected."""

    planned: int = Field(description="计划班数（不含已批准移出的）")
    contracted: int = Field(description="合同班数")
    arrived: int = Field(description="到货安装齐全的班数")
    not_arrived: int = Field(description="未到齐的班数")
    passed: int = Field(description="县级验收合格的班数")
    to_rectify: int = Field(description="待整改的班数")
    uninspected: int = Field(description="已到齐未判定的班数")
    changed: int = Field(description="经变更移出计划的班数")


class SchoolProgress(Schema):
    """A school in a project and where its classrooms stand."""

    id: int = Field(description="项目学校记录号")
    project_id: int
    project: str = Field(alias="project.name")
    code: str = Field(alias="school.code", description="学校标识码")
    name: str = Field(alias="school.name")
    township_code: str = Field(alias="school.township.code", description="乡级区划代码")
    township: str = Field(alias="school.township.name")
    rooms: Rooms
    handed_over_on: dt.date | None = Field(description="移交日期，未移交为空")

    @staticmethod
    def resolve_handed_over_on(row: ProjectSchool) -> dt.date | None:
        handover = getattr(row, "handover", None)
        return handover.completed_on if handover else None


class Room(Schema):
    """One classroom of the plan."""

    id: int = Field(description="计划行记录号")
    classroom: str = Field(alias="classroom.name", description="班级")
    room: str = Field(alias="classroom.room", description="教室")
    state: RoomState = Field(alias="room_state", description="状态代码")
    state_name: str = Field(description="状态")

    @staticmethod
    def resolve_state_name(line: PlanLine) -> str:
        return RoomState(line.room_state).label


class SchoolDetail(SchoolProgress):
    """The same with every classroom."""

    lines: list[Room] = Field(alias="room_list", description="逐班状态")


class SchoolFilter(FilterSchema):
    project_id: int | None = Field(None, description="项目记录号")
    code: Annotated[str | None, FilterLookup("school__code")] = Field(
        None, description="学校标识码"
    )
    township_code: Annotated[str | None, FilterLookup("school__township__code")] = Field(
        None, description="乡级区划代码"
    )


class TalliedPage(Page):
    """A page whose schools carry the tally of their rooms; one query for all of them."""

    def paginate_queryset(
        self, queryset: QuerySet, pagination: Page.Input, request: HttpRequest, **params
    ) -> dict:
        answer = super().paginate_queryset(queryset, pagination, request, **params)
        rows = list(answer["items"])
        found = tallies(rows)
        for row in rows:
            row.rooms = found[row.pk]
        return answer | {"items": rows}


def visible(request) -> QuerySet:
    return (
        ProjectSchool.objects.visible_to(request.auth)
        .select_related("project", "school__township", "handover")
        .order_by("-project", "school__township__code", "school__code")
    )


@router.get("schools", response=list[SchoolProgress], summary="各校进度")
@paginate(TalliedPage)
def schools(request, filters: Query[SchoolFilter]):
    """Schools of projects that the person may see, by township."""
    return filters.filter(visible(request))


@router.get(
    "schools/{int:school_id}", response={200: SchoolDetail, 404: Problem}, summary="学校进度"
)
def school(request, school_id: int):
    """One school in a project with every classroom; 404 when the person may not see it."""
    row = get_object_or_404(visible(request), pk=school_id)
    row.rooms = tally(row)
    lines = room_states(PlanLine.objects.visible_to(request.auth).filter(project_school=row))
    row.room_list = list(lines.select_related("classroom").order_by("classroom"))
    return row
