"""Asset classes: the codes with their useful lives, and adding one."""

from __future__ import annotations

import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from assets.forms import AssetClassForm
from assets.models import AssetClass
from registry.access import reach
from registry.columns import Code, Count
from registry.enums import Role
from registry.pages import ListPage

KEEPERS = (Role.PROJECT_OFFICE, Role.ADMINISTRATOR)


class ClassTable(tables.Table):
    code = Code(verbose_name="分类代码")
    name = tables.Column("名称")
    edition = tables.Column("标准版本")
    life_years = Count(verbose_name="最低折旧年限（年）")

    class Meta:
        model = AssetClass
        fields = ("code", "name", "edition", "life_years")


class Classes(ListPage):
    """资产分类."""

    title = "资产分类"
    subheading = "GB/T 14885 代码与最低折旧年限（政府会计准则第3号应用指南）。合同设备的分类代码须在表中，才能建资产卡。"
    unit = "个分类"
    export_name = "资产分类"
    table_class = ClassTable

    def get_queryset(self):
        return AssetClass.objects.all()

    def get_actions(self):
        if reach(self.request.user).holds(*KEEPERS):
            return [{"label": "补录分类", "url": reverse("assets:class_create"), "primary": True}]
        return []


@require_http_methods(["GET", "POST"])
def class_create(request):
    """补录分类 by the project office or the administrator."""
    if not reach(request.user).holds(*KEEPERS):
        raise PermissionDenied("资产分类由项目办或系统管理员维护。")
    form = AssetClassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = form.save()
        messages.success(request, f"已补录资产分类 {row}，折旧年限 {row.life_years} 年。")
        return redirect("assets:classes")
    return render(request, "assets/class_create.html", {"form": form})
