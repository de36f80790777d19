"""The board of a project, and the list behind each of its numbers."""

from __future__ import annotations

from urllib.parse import urlencode

import django_filters
import django_tables2 as tables
from django.db.models import Count, DecimalField, IntegerField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.urls import reverse

from banbantong.stages import STAGES, TITLES, staged
from procurement.models import PlanLine, Project, ProjectSchool
from registry.columns import Count as Number
from registry.columns import Money
from registry.models import Township
from registry.money import ZERO
from registry.pages import ListPage, board


def project_board(row: Project):
    """Townships down, stages across; each number opens exactly those schools."""
    places = (
        Township.objects.filter(schools__participations__project=row).distinct().order_by("code")
    )
    counted = (
        staged(row.schools.all())
        .values("school__township", "stage")
        .annotate(n=Count("pk", distinct=True))
        .order_by()
    )
    counts = {(c["school__township"], c["stage"]): c["n"] for c in counted}
    base = reverse("project_schools", args=[row.pk])

    def link(place, stage):
        query = {key: value for key, value in (("township", place), ("stage", stage)) if value}
        return f"{base}?{urlencode(query)}" if query else base

    return board(
        corner="乡镇",
        stages=[(code, title) for code, title, _ in STAGES],
        places=[(t.pk, t.name) for t in places],
        counts=counts,
        link=link,
    )


class SchoolTable(tables.Table):
    school = tables.Column(
        "学校", linkify=lambda record: record.get_absolute_url(), order_by="school__code"
    )
    township = tables.Column("乡镇", accessor="school__township", order_by="school__township__code")
    rooms = Number(verbose_name="班数")
    passed = Number(verbose_name="合格班数")
    amount = Money(verbose_name="合同金额（元）")
    stage = tables.Column("现在阶段", orderable=False)

    class Meta:
        model = ProjectSchool
        fields = ("school", "township", "rooms", "passed", "amount", "stage")

    def render_stage(self, value):
        return TITLES[value]

    value_stage = render_stage


class SchoolFilter(django_filters.FilterSet):
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name="school__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )
    stage = django_filters.ChoiceFilter(label="阶段", choices=list(TITLES.items()))
    q = django_filters.CharFilter(label="学校", field_name="school__name", lookup_expr="icontains")

    class Meta:
        model = ProjectSchool
        fields = ["township", "stage", "q"]


def _of_lines(number, nothing, output_field):
    """``number`` over the live rooms of the outer school: asked for the schools on the page only,
    where a join would count every school's rooms first.
    """
    lines = PlanLine.objects.live().filter(project_school=OuterRef("pk")).order_by()
    counted = lines.values("project_school").annotate(n=number).values("n")
    return Coalesce(Subquery(counted), Value(nothing), output_field=output_field)


class ProjectSchools(ListPage):
    """Schools of one project with their stage: what stands behind each number of the board."""

    unit = "所"
    empty = "方案批准后，项目学校会列在这里。"
    export_name = "项目学校"
    table_class = SchoolTable
    filterset_class = SchoolFilter
    totals = ("rooms", "passed", "amount")

    def get_queryset(self):
        seen = (
            ProjectSchool.objects.visible_to(self.request.user)
            .filter(project=self.project.pk)
            .values("pk")
        )
        rows = ProjectSchool.objects.filter(pk__in=seen).select_related(
            "school__township", "project"
        )
        return (
            staged(rows)
            .annotate(
                rooms=_of_lines(Count("pk"), 0, IntegerField()),
                passed=_of_lines(Count("passed"), 0, IntegerField()),
                amount=_of_lines(Sum("contract_line__price"), ZERO, DecimalField()),
            )
            .order_by("school__township__code", "school__code")
        )

    def _sums(self, rows):
        """All rooms counted at once, not school by school."""
        lines = PlanLine.objects.live().filter(project_school__in=rows.order_by().values("pk"))
        found = lines.aggregate(
            rooms=Count("pk"), passed=Count("passed"), amount=Sum("contract_line__price")
        )
        return {name: found[name] or 0 for name in self.totals}

    def get(self, request, *args, **kwargs):
        self.project = get_object_or_404(
            Project.objects.visible_to(request.user), pk=self.kwargs["pk"]
        )
        self.title = f"{self.project}：项目学校"
        return super().get(request, *args, **kwargs)
