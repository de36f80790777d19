"""The register of seals (印章登记): list, register, take out of use."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods

from documents.actions import destroy_seal
from documents.forms import DestroySealForm, SealForm, seal_owners
from documents.models import Seal
from registry.access import reach
from registry.columns import Day
from registry.enums import Role
from registry.pages import ListPage

READERS = (Role.PROJECT_OFFICE, Role.AUDITOR, Role.HEAD, Role.SUPPLIER)
KEEPERS = (Role.PROJECT_OFFICE, Role.SUPPLIER)
"""The project office keeps those of its county and schools, a supplier its own."""


def visible_seals(user):
    """Seals that ``user`` may see; their pictures are not shown to whoever has no need of them."""
    if not reach(user).holds(*READERS):
        raise PermissionDenied("印章登记由项目办、审计和印章所属单位查看。")
    return Seal.objects.visible_to(user).select_related("county", "school", "supplier")


class SealTable(tables.Table):
    name = tables.Column("印文", linkify=lambda record: reverse("documents:seal", args=[record.pk]))
    owner = tables.Column("单位", orderable=False)
    picture = tables.Column("印模", accessor="pk", orderable=False, exclude_from_export=True)
    registered_on = Day(verbose_name="启用日期")
    destroyed_on = Day(verbose_name="停用日期")
    destroyed_reason = tables.Column("停用原因")

    class Meta:
        model = Seal
        fields = ("name", "owner", "picture", "registered_on", "destroyed_on", "destroyed_reason")

    def render_picture(self, value):
        address = reverse("documents:seal_image", args=[value])
        return format_html('<img src="{}" alt="" width="40" height="40" loading="lazy">', address)


class SealFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="印文", field_name="name", lookup_expr="icontains")
    state = django_filters.ChoiceFilter(
        label="状态", choices=[("used", "在用"), ("destroyed", "已停用")], method="by_state"
    )

    class Meta:
        model = Seal
        fields = ["q", "state"]

    def by_state(self, rows, name, value):
        return rows.filter(destroyed_on__isnull=value == "used")


class Seals(ListPage):
    """印章登记."""

    title = "印章登记"
    subheading = "签署文书时盖的印章；每个学校、企业同时只有一枚在用，停用的仍留存备查。"
    empty = "还没有登记印章。登记后，有权签署的人签字时会盖上它。"
    unit = "枚"
    export_name = "印章登记"
    table_class = SealTable
    filterset_class = SealFilter

    def get_queryset(self):
        return visible_seals(self.request.user).defer("image").order_by("destroyed_on", "name")

    def get_actions(self):
        if not reach(self.request.user).holds(*KEEPERS):
            return []
        return [{"label": "登记印章", "url": reverse("documents:seal_create"), "primary": True}]


@require_GET
def seal_picture(request, pk: int):
    """The seal's picture."""
    row = get_object_or_404(visible_seals(request.user), pk=pk)
    answer = HttpResponse(bytes(row.image), content_type="image/png")
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


@require_http_methods(["GET", "POST"])
def seal_create(request):
    """登记印章."""
    if not reach(request.user).holds(*KEEPERS):
        raise PermissionDenied("印章由项目办登记，供应商登记自己的印章。")
    form = SealForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            row = form.save()
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, f"印章“{row}”已登记启用。")
            return redirect("documents:seal", row.pk)
    return render(request, "documents/seal_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
def seal(request, pk: int):
    """One seal; whoever keeps it takes it out of use here, with a reason."""
    row = get_object_or_404(visible_seals(request.user), pk=pk)
    keeps = row.destroyed_on is None and row.owner in seal_owners(request.user).values()
    form = DestroySealForm(request.POST or None)
    if request.method == "POST":
        if not keeps:
            raise PermissionDenied("只有登记这枚印章的单位能停用它，且只能停用一次。")
        if form.is_valid():
            destroy_seal(seal=row, reason=form.cleaned_data["reason"], actor=request.user)
            messages.success(request, f"印章“{row}”已停用，已盖过它的文书不受影响。")
            return redirect("documents:seal", row.pk)
    context = {"seal": row, "form": form if keeps else None, "uses": row.uses.count()}
    return render(request, "documents/seal.html", context)
