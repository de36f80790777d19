"""Pages of the programme (总规划): list, new, one with its years."""

from __future__ import annotations

import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from procurement.forms import ProgrammeForm
from procurement.models import Programme
from registry.access import reach
from registry.columns import Count
from registry.enums import Role
from registry.pages import ListPage


class ProgrammeTable(tables.Table):
    name = tables.Column("规划名称", linkify=True)
    county = tables.Column("县", accessor="county__name")
    first_year = Count(verbose_name="起始年度")
    last_year = Count(verbose_name="截止年度")
    target_schools = Count(verbose_name="规划学校数")
    target_classrooms = Count(verbose_name="规划班数")

    class Meta:
        model = Programme
        fields = (
            "name",
            "county",
            "first_year",
            "last_year",
            "target_schools",
            "target_classrooms",
        )


class Programmes(ListPage):
    """总规划."""

    title = "总规划"
    subheading = "全县要建多少所、多少个班；每年的项目是其中的年度任务。"
    empty = "还没有总规划。项目办新建后会列在这里，立项时可选它，系统会提示剩余班数。"
    unit = "个"
    export_name = "总规划"
    table_class = ProgrammeTable

    def get_queryset(self):
        return Programme.objects.visible_to(self.request.user).select_related("county")

    def get_actions(self):
        if reach(self.request.user).holds(Role.PROJECT_OFFICE):
            url = reverse("procurement:programme_create")
            return [{"label": "新建总规划", "url": url, "primary": True}]
        return []


@require_GET
def programme(request, pk: int):
    """One programme: its target, what was done before, this year's and every other project."""
    row = get_object_or_404(
        Programme.objects.visible_to(request.user).select_related("county"), pk=pk
    )
    projects = list(
        row.projects.visible_to(request.user)
        .with_counts()
        .select_related("dossier__county")
        .order_by("-year", "-pk")
    )
    remaining = row.remaining()
    context = {
        "programme": row,
        "projects": projects,
        "taken": row.target_classrooms - (row.classrooms_done_before or 0) - remaining,
        "remaining": remaining,
        "may_edit": _office(request.user, row.county_id),
    }
    return render(request, "procurement/programme.html", context)


@require_http_methods(["GET", "POST"])
def programme_create(request):
    """新建总规划, for the county of the person's own office."""
    post = next((p for p in reach(request.user).posts if p.role == Role.PROJECT_OFFICE), None)
    if post is None:
        raise PermissionDenied("总规划由项目办维护。")
    return _edit(request, Programme(county=post.county), "新建总规划")


@require_http_methods(["GET", "POST"])
def programme_edit(request, pk: int):
    """修改总规划."""
    row = get_object_or_404(Programme.objects.visible_to(request.user), pk=pk)
    if not _office(request.user, row.county_id):
        raise PermissionDenied("总规划由项目办维护。")
    return _edit(request, row, "修改总规划")


def _edit(request, row: Programme, title: str):
    form = ProgrammeForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"总规划“{saved}”已保存。")
        return redirect(saved)
    back = row.get_absolute_url() if row.pk else reverse("procurement:programmes")
    context = {"form": form, "title": title, "back": back}
    return render(request, "procurement/programme_form.html", context)


def _office(user, county_id: int) -> bool:
    return reach(user).holds_at(Role.PROJECT_OFFICE, county=county_id)
