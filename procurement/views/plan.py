"""Pages of the plan: its list, the empty sheet to fill in, the marked workbooks."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from procurement.models import PlanImport, PlanLine, Project
from procurement.plan_sheet import plan_template
from registry.access import reach
from registry.columns import Code, Count, State
from registry.enums import Role
from registry.models import Township
from registry.pages import ListPage
from registry.widgets import SearchSelect

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def project_or_404(user, pk: int) -> Project:
    """The door to a project: strangers find nothing behind it."""
    rows = Project.objects.visible_to(user).select_related("dossier__county", "mode", "programme")
    return get_object_or_404(rows, pk=pk)


class PlanTable(tables.Table):
    code = Code(verbose_name="学校标识码", accessor="project_school__school__code")
    school = tables.Column("学校", accessor="project_school__school__name")
    township = tables.Column(
        "乡镇",
        accessor="project_school__school__township__name",
        order_by="project_school__school__township__code",
    )
    classroom = tables.Column("班级", accessor="classroom__name")
    room = tables.Column("教室", accessor="classroom__room")
    pupils = Count(verbose_name="班额", accessor="classroom__pupils")
    state = State(verbose_name="状态", accessor="state", orderable=False)

    class Meta:
        model = PlanLine
        fields = ("code", "school", "township", "classroom", "room", "pupils", "state")


class PlanFilter(django_filters.FilterSet):
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name="project_school__school__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
        widget=SearchSelect,
    )
    school = django_filters.CharFilter(
        label="学校", field_name="project_school__school__name", lookup_expr="icontains"
    )
    state = django_filters.ChoiceFilter(
        label="状态", choices=[("live", "在计划内"), ("out", "已移出")], method="by_state"
    )

    class Meta:
        model = PlanLine
        fields = ["township", "school", "state"]

    def by_state(self, rows, name, value):
        return rows.live() if value == "live" else rows.exclude(change_order__approved_on=None)


class PlanLines(ListPage):
    """学校班级清单."""

    title = "学校班级清单"
    empty = "清单还是空的。项目办在“编制方案”中上传附表1后，学校和班级会列在这里。"
    unit = "个班"
    export_name = "学校班级清单"
    table_class = PlanTable
    filterset_class = PlanFilter

    def dispatch(self, request, *args, **kwargs):
        self.project = project_or_404(request.user, kwargs["pk"])
        self.subheading = self.project.name
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self):
        return (
            PlanLine.objects.visible_to(self.request.user)
            .filter(project_school__project=self.project)
            .select_related("project_school__school__township", "classroom", "change_order")
            .order_by(
                "project_school__school__township__code", "project_school__school__code", "pk"
            )
        )

    def get_actions(self):
        actions = [{"label": "返回项目", "url": self.project.get_absolute_url()}]
        if reach(self.request.user).holds_at(
            Role.PROJECT_OFFICE, county=self.project.dossier.county_id
        ):
            actions.append({"label": "变更单", "url": self.project.changes_url})
        return actions


@require_GET
def template(request, pk: int):
    """附表1, empty, with the county's schools to look up."""
    project = project_or_404(request.user, pk)
    if not reach(request.user).reads_county(project.county):
        raise Http404
    answer = HttpResponse(plan_template(project.county), content_type=XLSX)
    return _named(answer, f"附表1 {project.county.name} 学校班级清单.xlsx")


@require_GET
def marked_workbook(request, pk: int):
    """The refused workbook with its reasons."""
    row = get_object_or_404(PlanImport.objects.visible_to(request.user).exclude(file=""), pk=pk)
    stem = row.name.rsplit(".", 1)[0]
    return FileResponse(
        row.file.open("rb"), as_attachment=True, filename=f"{stem} 问题标注.xlsx", content_type=XLSX
    )


def _named(answer: HttpResponse, name: str) -> HttpResponse:
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer
