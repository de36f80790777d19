"""Schools and their classrooms: list, one school, new, changed."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.core.exceptions import PermissionDenied
from django.db.models import Count as CountOf
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from registry.columns import Code, Count, Day
from registry.enums import SchoolKind
from registry.forms import ClassroomForm, SchoolForm
from registry.keepers import keeps, kept_counties
from registry.models import Classroom, School, Township
from registry.pages import ListPage
from registry.views.forms import form_page
from registry.widgets import SearchSelect

REFUSAL = "学校和班级由项目办和系统管理员维护。"
KEPT = ("township", "code", "name", "kind", "pupils", "staff", "fund_standard", "closed_on")


class SchoolTable(tables.Table):
    name = tables.Column(
        "学校", linkify=lambda record: reverse("registry:school", args=[record.pk])
    )
    code = Code(verbose_name="学校标识码")
    township = tables.Column("乡镇", order_by="township__code")
    kind = tables.Column("办学类型")
    rooms = Count(verbose_name="班级数")
    pupils = Count(verbose_name="在校生数")
    staff = Count(verbose_name="教职工数")
    closed_on = Day(verbose_name="撤并日")

    class Meta:
        model = School
        fields = ("name", "code", "township", "kind", "rooms", "pupils", "staff", "closed_on")


class SchoolFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="校名、标识码或拼音首字母", method="by_words")
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        queryset=lambda request: Township.objects.visible_to(request.user),
        widget=SearchSelect,
    )
    kind = django_filters.ChoiceFilter(label="办学类型", choices=SchoolKind)

    class Meta:
        model = School
        fields = ["q", "township", "kind"]

    def by_words(self, rows, name, value):
        return (
            rows.filter(name__icontains=value)
            | rows.filter(code__startswith=value)
            | rows.filter(initials__startswith=value.lower())
        )


class Schools(ListPage):
    """学校."""

    title = "学校和班级"
    empty = "还没有学校。可逐所新增，也可用 Excel 名录导入。"
    unit = "所"
    export_name = "学校名录"
    table_class = SchoolTable
    filterset_class = SchoolFilter
    totals = ("rooms", "pupils", "staff")

    def get_queryset(self):
        rows = School.objects.visible_to(self.request.user).select_related("township")
        return rows.annotate(rooms=CountOf("classrooms"))

    def get_actions(self):
        if not kept_counties(self.request.user).exists():
            return []
        return [
            {"label": "导入名录", "url": reverse("registry:school_import")},
            {"label": "新增学校", "url": reverse("registry:school_create"), "primary": True},
        ]


def school_or_404(user, pk: int) -> School:
    rows = School.objects.visible_to(user).select_related("county", "township")
    return get_object_or_404(rows, pk=pk)


def school_to_keep(user, pk: int) -> School:
    """The school, for whoever keeps it."""
    row = school_or_404(user, pk)
    if not keeps(user, row.county_id):
        raise PermissionDenied(REFUSAL)
    return row


@require_GET
def school(request, pk: int):
    """One school: facts, classrooms, and how its record changed."""
    row = school_or_404(request.user, pk)
    rooms = list(row.classrooms.all())
    context = {
        "school": row,
        "rooms": rooms,
        "room_pupils": sum(room.pupils for room in rooms),
        "may_keep": keeps(request.user, row.county_id),
        "events": changes(row),
    }
    return render(request, "registry/school.html", context)


def changes(row) -> list[dict]:
    """The history of ``row`` in sentences, newest first."""
    versions = list(row.history.select_related("history_user"))
    events = []
    for at, new in enumerate(versions):
        old = versions[at + 1] if at + 1 < len(versions) else None
        sentence = "登记" if old is None else _difference(old, new)
        if sentence:
            actor = new.history_user.name if new.history_user else "系统"
            events.append({"at": new.history_date, "actor": actor, "sentence": sentence})
    return events


def _difference(old, new) -> str:
    words = []
    for name in KEPT:
        field = new._meta.get_field(name)
        before, after = getattr(old, field.attname), getattr(new, field.attname)
        if before == after:
            continue
        if field.is_relation:
            words.append(f"{field.verbose_name}变更")
        else:
            show = dict(field.flatchoices).get
            words.append(
                f"{field.verbose_name}由“{_words(show(before, before))}”改为“{_words(show(after, after))}”"
            )
    return "；".join(words)


def _words(value) -> str:
    return "空" if value in (None, "") else str(value)


@require_http_methods(["GET", "POST"])
def school_create(request):
    """新增学校."""
    if not kept_counties(request.user).exists():
        raise PermissionDenied(REFUSAL)
    form = SchoolForm(request.POST or None, user=request.user)
    return form_page(
        request,
        form,
        title="新增学校",
        back=reverse("registry:schools"),
        save=lambda: f"学校“{form.save()}”已登记。",
    )


@require_http_methods(["GET", "POST"])
def school_edit(request, pk: int):
    """修改学校."""
    row = school_to_keep(request.user, pk)
    form = SchoolForm(request.POST or None, instance=row, user=request.user)
    return form_page(
        request,
        form,
        title=f"修改{school_or_404(request.user, pk)}",
        back=reverse("registry:school", args=[row.pk]),
        save=lambda: f"“{form.save()}”已保存。",
    )


@require_http_methods(["GET", "POST"])
def classroom_create(request, pk: int):
    """新增班级."""
    row = school_to_keep(request.user, pk)
    form = ClassroomForm(request.POST or None, instance=Classroom(school=row))
    return form_page(
        request,
        form,
        title=f"{row}：新增班级",
        back=reverse("registry:school", args=[row.pk]),
        save=lambda: f"班级“{form.save()}”已登记。",
    )


@require_http_methods(["GET", "POST"])
def classroom_edit(request, pk: int):
    """班级改名、换教室."""
    rows = Classroom.objects.visible_to(request.user).select_related("school")
    row = get_object_or_404(rows, pk=pk)
    if not keeps(request.user, row.school.county_id):
        raise PermissionDenied(REFUSAL)
    title = f"{row.school}：修改{row}"
    form = ClassroomForm(request.POST or None, instance=row)
    return form_page(
        request,
        form,
        title=title,
        back=reverse("registry:school", args=[row.school_id]),
        save=lambda: f"班级“{form.save()}”已保存。",
    )
