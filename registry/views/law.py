"""Dated parameters and local holidays."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from registry import actions, clock, workdays
from registry.columns import Code, Day, State
from registry.forms import HolidayForm, ParameterForm
from registry.keepers import is_administrator, keeps, kept_counties
from registry.models import County, LocalHoliday, Parameter
from registry.pages import ListPage
from registry.views.forms import refuse


def plain(value) -> str:
    """A parameter's value without trailing zeros: 15, 0.5."""
    return f"{value.normalize():f}"


def standing(row: Parameter) -> str:
    """Whether the value is in force today, in words."""
    today = clock.today()
    if row.valid_from > today:
        return "未生效"
    return "已失效" if row.valid_to and row.valid_to < today else "现行"


class ParameterTable(tables.Table):
    name = tables.Column(
        "名称", linkify=lambda record: reverse("registry:parameter", args=[record.code])
    )
    value = tables.Column("值", attrs={"cell": {"class": "num"}})
    unit = tables.Column("单位")
    state = State(verbose_name="状态", accessor="pk", orderable=False)
    valid_from = Day(verbose_name="生效日")
    valid_to = Day(verbose_name="失效日")
    county = tables.Column("适用县", empty_values=())
    basis = tables.Column("依据")
    code = Code(verbose_name="代码")

    class Meta:
        model = Parameter
        fields = (
            "name",
            "value",
            "unit",
            "state",
            "valid_from",
            "valid_to",
            "county",
            "basis",
            "code",
        )

    def render_value(self, value):
        return plain(value)

    def value_value(self, value):
        return value.normalize()

    def render_state(self, record):
        return standing(record)

    value_state = render_state

    def render_county(self, value):
        return str(value) if value else "通用"

    value_county = render_county


class ParameterFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="名称、代码或依据", method="by_words")
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("now", "现行"), ("past", "已失效"), ("future", "未生效")],
        method="by_state",
    )

    class Meta:
        model = Parameter
        fields = ["q", "state"]

    def by_words(self, rows, name, value):
        return rows.filter(
            Q(name__icontains=value) | Q(code__icontains=value) | Q(basis__icontains=value)
        )

    def by_state(self, rows, name, value):
        today = clock.today()
        return {
            "now": rows.in_force(today),
            "past": rows.filter(valid_to__lt=today),
            "future": rows.filter(valid_from__gt=today),
        }[value]


class Parameters(ListPage):
    """法定参数."""

    title = "法定参数"
    subheading = "每个期限、比例、限额都有生效日和依据；改值时原值保留，按当时的值推算。"
    empty = "还没有参数。"
    unit = "条"
    export_name = "法定参数"
    table_class = ParameterTable
    filterset_class = ParameterFilter

    def get_queryset(self):
        return visible_parameters(self.request.user)


def visible_parameters(user):
    """General values, and those of counties that the person knows."""
    own = Q(county=None) | Q(county__in=County.objects.visible_to(user))
    return Parameter.objects.filter(own).select_related("county").order_by("code", "-valid_from")


@require_http_methods(["GET", "POST"])
def parameter(request, code: str):
    """One parameter through time; the administrator enters what holds from some day on."""
    rows = list(visible_parameters(request.user).filter(code=code))
    if not rows:
        raise Http404
    may_set = is_administrator(request.user)
    if request.method == "POST" and not may_set:
        raise PermissionDenied("法定参数由系统管理员维护。")
    form = ParameterForm(request.POST or None, parameter=rows[0])
    if request.method == "POST" and form.is_valid():
        try:
            row = form.save()
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(
                request, f"“{row.name}”自 {row.valid_from} 起为 {plain(row.value)} {row.unit}。"
            )
            return redirect("registry:parameter", code)
    lines = [{"row": row, "value": plain(row.value), "state": standing(row)} for row in rows]
    context = {"lines": lines, "first": rows[0], "form": form if may_set else None}
    return render(request, "registry/parameter.html", context)


@require_http_methods(["GET", "POST"])
def holidays(request):
    """地方节假日: days that differ from the national calendar, and whether that one is known."""
    may_add = kept_counties(request.user).exists()
    if request.method == "POST" and not may_add:
        raise PermissionDenied("地方节假日由项目办和系统管理员维护。")
    form = HolidayForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            row = form.save()
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{row.day} “{row.name}”已登记，此后推算的期限会计入。")
            return redirect("registry:holidays")
    today = clock.today()
    known = Q(county=None) | Q(county__in=County.objects.visible_to(request.user))
    rows = list(LocalHoliday.objects.filter(known).select_related("county"))
    for row in rows:
        row.may_drop = row.day > today and _keeps_day(request.user, row)
    context = {
        "rows": rows,
        "form": form if may_add else None,
        "unpublished": [y for y in (today.year, today.year + 1) if not workdays.published(y)],
    }
    return render(request, "registry/holidays.html", context)


def _keeps_day(user, row: LocalHoliday) -> bool:
    return keeps(user, row.county_id) if row.county_id else is_administrator(user)


@require_POST
def holiday_drop(request, pk: int):
    """Take back a day that was entered by mistake and has not come yet."""
    known = Q(county=None) | Q(county__in=County.objects.visible_to(request.user))
    row = get_object_or_404(LocalHoliday.objects.filter(known), pk=pk)
    if not _keeps_day(request.user, row):
        raise PermissionDenied("地方节假日由项目办和系统管理员维护。")
    try:
        actions.drop_holiday(row)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"{row.day} “{row.name}”已删除。")
    return redirect("registry:holidays")
