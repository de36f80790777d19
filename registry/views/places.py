"""Townships with their dated names, and suppliers."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.core.exceptions import PermissionDenied
from django.db.models import Count as CountOf
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from registry.access import reach
from registry.columns import Code, Count
from registry.enums import Role, SupplierSize
from registry.forms import SupplierForm, TownshipForm, TownshipRenameForm
from registry.keepers import keeps, kept_counties
from registry.models import FormerName, Supplier, Township
from registry.pages import ListPage
from registry.views.forms import form_page

SUPPLIER_KEEPERS = (Role.ADMINISTRATOR, Role.PROJECT_OFFICE, Role.PROCUREMENT)


def _door(table: tables.Table, record, name: str) -> str | None:
    """The address at which the reader of ``table`` may change ``record``; None for a mere reader."""
    user = table.request.user
    if isinstance(record, Township):
        may = keeps(user, record.county_id)
    else:
        may = reach(user).holds(*SUPPLIER_KEEPERS)
    return reverse(name, args=[record.pk]) if may else None


class TownshipTable(tables.Table):
    name = tables.Column(
        "乡镇", linkify=lambda record, table: _door(table, record, "registry:township_rename")
    )
    code = Code(verbose_name="区划代码")
    county = tables.Column("县", order_by="county__code")
    school_count = Count(verbose_name="学校数")
    former = tables.Column("曾用名", accessor="pk", orderable=False)

    class Meta:
        model = Township
        fields = ("name", "code", "county", "school_count", "former")

    def render_former(self, record):
        return (
            "；".join(f"{old.name}（至 {old.valid_to}）" for old in record.former_names.all())
            or "—"
        )

    value_former = render_former


class Townships(ListPage):
    """乡镇."""

    title = "乡镇"
    subheading = "更名时登记启用日；此前的文书仍显示当时的名称。"
    empty = "还没有乡镇。新增后，学校才能登记到乡镇。"
    unit = "个"
    export_name = "乡镇"
    table_class = TownshipTable
    totals = ("school_count",)

    def get_queryset(self):
        former = FormerName.objects.order_by("-valid_to")
        return (
            Township.objects.visible_to(self.request.user)
            .select_related("county")
            .prefetch_related(Prefetch("former_names", former))
            .annotate(school_count=CountOf("schools"))
        )

    def get_actions(self):
        if not kept_counties(self.request.user).exists():
            return []
        return [{"label": "新增乡镇", "url": reverse("registry:township_create"), "primary": True}]


@require_http_methods(["GET", "POST"])
def township_create(request):
    """新增乡镇."""
    if not kept_counties(request.user).exists():
        raise PermissionDenied("乡镇由项目办和系统管理员维护。")
    form = TownshipForm(request.POST or None, user=request.user)
    return form_page(
        request,
        form,
        title="新增乡镇",
        back=reverse("registry:townships"),
        save=lambda: f"“{form.save()}”已登记。",
    )


@require_http_methods(["GET", "POST"])
def township_rename(request, pk: int):
    """乡镇更名."""
    row = get_object_or_404(Township.objects.visible_to(request.user), pk=pk)
    if not keeps(request.user, row.county_id):
        raise PermissionDenied("乡镇由项目办和系统管理员维护。")
    form = TownshipRenameForm(request.POST or None, township=row)
    return form_page(
        request,
        form,
        title=f"{row}更名",
        back=reverse("registry:townships"),
        save=lambda: f"已更名为“{form.save()}”，旧名称保留。",
        submit="更名",
    )


class SupplierTable(tables.Table):
    name = tables.Column(
        "企业名称", linkify=lambda record, table: _door(table, record, "registry:supplier_edit")
    )
    uscc = Code(verbose_name="统一社会信用代码")
    size = tables.Column("企业规模")
    contact = tables.Column("联系人")
    phone = tables.Column("联系电话")

    class Meta:
        model = Supplier
        fields = ("name", "uscc", "size", "contact", "phone")


class SupplierFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="名称或信用代码", method="by_words")
    size = django_filters.ChoiceFilter(label="企业规模", choices=SupplierSize)

    class Meta:
        model = Supplier
        fields = ["q", "size"]

    def by_words(self, rows, name, value):
        return rows.filter(name__icontains=value) | rows.filter(uscc__startswith=value.upper())


class Suppliers(ListPage):
    """供应商."""

    title = "供应商"
    empty = "还没有供应商。开标登记投标人时会自动登记，也可在这里新增。"
    unit = "家"
    export_name = "供应商"
    table_class = SupplierTable
    filterset_class = SupplierFilter

    def get_queryset(self):
        return Supplier.objects.visible_to(self.request.user).order_by("name")

    def get_actions(self):
        if not reach(self.request.user).holds(*SUPPLIER_KEEPERS):
            return []
        return [
            {"label": "新增供应商", "url": reverse("registry:supplier_create"), "primary": True}
        ]


def _admit_keeper(user) -> None:
    if not reach(user).holds(*SUPPLIER_KEEPERS):
        raise PermissionDenied("供应商由采购经办、项目办和系统管理员维护。")


@require_http_methods(["GET", "POST"])
def supplier_create(request):
    """新增供应商."""
    _admit_keeper(request.user)
    return _supplier_page(request, None, "新增供应商")


@require_http_methods(["GET", "POST"])
def supplier_edit(request, pk: int):
    """修改供应商."""
    row = get_object_or_404(Supplier.objects.visible_to(request.user), pk=pk)
    _admit_keeper(request.user)
    return _supplier_page(request, row, f"修改{row}")


def _supplier_page(request, row: Supplier | None, title: str):
    form = SupplierForm(request.POST or None, instance=row)
    return form_page(
        request,
        form,
        title=title,
        back=reverse("registry:suppliers"),
        save=lambda: f"供应商“{form.save()}”已保存。",
    )
