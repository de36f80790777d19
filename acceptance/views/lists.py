"""Two lists: project schools with where they stand, and rectification orders."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from acceptance.enums import Level, Part, RoomState
from acceptance.flows import SchoolFlow
from acceptance.models import Defect
from acceptance.rooms import NOT_THERE, room_states, tally_of
from procurement.models import PlanLine, Project, ProjectSchool
from registry.columns import Count as Number
from registry.columns import Due, State
from registry.models import Township
from registry.pages import ListPage
from workflow.models import Duty
from workflow.nodes import Step

STEPS = [(node.name, node.task_title) for node in SchoolFlow.steps() if isinstance(node, Step)]
WAITING, DONE = "waiting", "done"
STATES = [(WAITING, "未开工"), *STEPS, (DONE, "已移交")]


def open_duties():
    """Open duties of the school's own story, per ``OuterRef`` project school."""
    return Duty.objects.open().filter(
        process__flow_class=SchoolFlow,
        process__artifact_content_type=ContentType.objects.get_for_model(ProjectSchool),
        process__artifact_object_id=OuterRef("pk"),
    )


def _rooms(*states: str):
    """How many rooms of the outer project school are in one of ``states``."""
    return _counted(room_states(_outer_lines()).filter(room_state__in=states))


def _outer_lines():
    return PlanLine.objects.filter(project_school=OuterRef("pk"))


def _counted(lines):
    counted = lines.order_by().values("project_school").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


class SchoolTable(tables.Table):
    school = tables.Column(
        "学校", linkify=lambda record: record.get_absolute_url(), order_by="school__code"
    )
    township = tables.Column("乡镇", accessor="school__township", order_by="school__township__code")
    project = tables.Column("项目", order_by="project__name")
    rooms = Number(verbose_name="班数")
    arrived = Number(verbose_name="已到货")
    passed = Number(verbose_name="合格")
    to_rectify = Number(verbose_name="待整改")
    state = State(verbose_name="现在等待", empty_values=(), orderable=False, late="late")
    due_on = Due(verbose_name="应办日期")

    class Meta:
        model = ProjectSchool
        fields = ()
        sequence = (
            "school",
            "township",
            "project",
            "rooms",
            "arrived",
            "passed",
            "to_rectify",
            "state",
            "due_on",
        )

    def render_state(self, record):
        return self.value_state(record)

    def value_state(self, record):
        if record.completed_on:
            return "已移交"
        return "、".join(filter(None, (record.step, record.other_step))) or "未开工"


class SchoolFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="学校", field_name="school__name", lookup_expr="icontains")
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name="school__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )
    project = django_filters.ModelChoiceFilter(
        label="项目", queryset=lambda request: Project.objects.visible_to(request.user)
    )
    state = django_filters.ChoiceFilter(label="现在等待", choices=STATES, method="by_state")

    class Meta:
        model = ProjectSchool
        fields = ["q", "township", "project", "state"]

    def by_state(self, rows, name, value):
        if value == DONE:
            return rows.exclude(handover__completed_on=None)
        if value == WAITING:
            return rows.filter(handover__completed_on=None).exclude(Exists(open_duties()))
        return rows.filter(Exists(open_duties().filter(step=value)))


class SchoolList(ListPage):
    """项目学校 with state and counts of rooms."""

    title = "项目学校"
    unit = "所"
    empty = "采购合同签订后，各校开始实施，会列在这里。"
    export_name = "项目学校验收进度"
    table_class = SchoolTable
    filterset_class = SchoolFilter
    totals = ("rooms", "arrived", "passed", "to_rectify")

    def get_queryset(self):
        seen = ProjectSchool.objects.visible_to(self.request.user).order_by().values("pk")
        duties = open_duties().order_by("pk").values("title")
        there = [state for state in RoomState if state not in (*NOT_THERE, RoomState.OUT)]
        return (
            ProjectSchool.objects.filter(pk__in=seen)
            .select_related("school__township", "project")
            .annotate(
                # What needs no state is counted without asking for it.
                rooms=_counted(_outer_lines().live()),
                arrived=_rooms(*there),
                passed=_counted(_outer_lines().live().filter(passed__isnull=False)),
                to_rectify=_rooms(RoomState.TO_RECTIFY),
                step=Subquery(duties[:1]),
                other_step=Subquery(duties[1:2]),
                due_on=Subquery(
                    open_duties().exclude(due_on=None).order_by("due_on").values("due_on")[:1]
                ),
                completed_on=F("handover__completed_on"),
            )
            .order_by("school__township__code", "school__code", "pk")
        )

    def _sums(self, rows):
        """All rooms counted at once, not school by school."""
        schools = rows.order_by().values("pk")
        count = tally_of(PlanLine.objects.filter(project_school__in=schools))
        return {
            "rooms": count.planned,
            "arrived": count.arrived,
            "passed": count.passed,
            "to_rectify": count.to_rectify,
        }


class DefectTable(tables.Table):
    room = tables.Column(
        "班级",
        accessor="found__plan_line",
        linkify=lambda record: record.found.plan_line.project_school.get_absolute_url(),
        order_by="found__plan_line",
    )
    township = tables.Column(
        "乡镇",
        accessor="found__plan_line__project_school__school__township",
        order_by="found__plan_line__project_school__school__township__code",
    )
    level = tables.Column("发现于", accessor="found__inspection", order_by="found__inspection")
    part = tables.Column("内容", accessor="found__get_part_display", order_by="found__part")
    remark = tables.Column("问题", accessor="found__remark", orderable=False)
    due_on = Due(verbose_name="整改期限", done="rectified_on")
    rectification = tables.Column("整改情况", orderable=False)
    state = State(verbose_name="状态", orderable=False, late="late")

    class Meta:
        model = Defect
        fields = ()


class DefectFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label="状态",
        method="by_state",
        choices=[
            ("waiting", "待整改"),
            ("overdue", "已逾期"),
            ("rectified", "已整改，待复验"),
            ("closed", "已复验"),
        ],
    )
    level = django_filters.ChoiceFilter(
        label="级别", field_name="found__inspection__level", choices=Level
    )
    part = django_filters.ChoiceFilter(label="内容", field_name="found__part", choices=Part)
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name="found__plan_line__project_school__school__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )
    project = django_filters.ModelChoiceFilter(
        label="项目",
        field_name="found__plan_line__project_school__project",
        queryset=lambda request: Project.objects.visible_to(request.user),
    )

    class Meta:
        model = Defect
        fields = ["state", "level", "part", "township", "project"]

    def by_state(self, rows, name, value):
        return {
            "waiting": rows.waiting(),
            "overdue": rows.overdue(),
            "rectified": rows.open().exclude(rectified_on=None),
            "closed": rows.exclude(closed_by=None),
        }[value]


class DefectList(ListPage):
    """整改单: what failed, by when it is to be put right, what became of it."""

    title = "整改单"
    unit = "项"
    empty = "验收判不合格的内容会成为整改单，列在这里。"
    export_name = "整改单"
    table_class = DefectTable
    filterset_class = DefectFilter

    def get_queryset(self):
        live = Q(found__plan_line__change_order=None) | Q(
            found__plan_line__change_order__approved_on=None
        )
        return (
            Defect.objects.visible_to(self.request.user)
            .filter(live | Q(closed_by__isnull=False))
            .select_related(
                "found__inspection",
                "found__plan_line__classroom",
                "found__plan_line__project_school__school__township",
                "closed_by",
            )
            .order_by(F("closed_by").asc(nulls_first=True), "due_on", "pk")
        )
