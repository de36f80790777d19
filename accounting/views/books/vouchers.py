"""Vouchers: the list, one voucher, making a month's, and the entries for an accounting package."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.forms import HiddenInput
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounting.actions.books import make_vouchers
from accounting.entries_sheet import FORMATS
from accounting.enums import Book, EventKind, Side
from accounting.models import Voucher
from accounting.models.bank import bank_counties
from accounting.models.books import book_schools
from accounting.periods import month_of
from accounting.views.books.place import Place, place_of
from registry import clock
from registry.columns import Code, Day, Money
from registry.models import County, School
from registry.money import ZERO
from registry.pages import ListPage


class VoucherTable(tables.Table):
    word = Code(
        verbose_name="凭证号",
        order_by=("month", "number"),
        linkify=lambda record: record.get_absolute_url(),
    )
    day = Day(verbose_name="日期")
    summary = tables.Column("摘要")
    kind = tables.Column("事项", attrs={"cell": {"class": "day"}})
    school = tables.Column("学校", accessor="school__name", order_by="school__code", default="—")
    amount = Money(verbose_name="金额（元）")

    class Meta:
        model = Voucher
        fields = ("word", "day", "summary", "kind", "school", "amount")


def _schools(request):
    mine = Q(county__in=bank_counties(request.user)) | Q(pk__in=book_schools(request.user))
    return School.objects.filter(mine).order_by("code")


def _months(request) -> list[tuple[str, str]]:
    months = Voucher.objects.visible_to(request.user).order_by("-month").values_list("month")
    return [(f"{month:%Y-%m}", f"{month:%Y-%m}") for (month,) in months.distinct()]


class VoucherFilter(django_filters.FilterSet):
    month = django_filters.ChoiceFilter(label="月份", method="by_month", empty_label="全部月份")
    school = django_filters.ModelChoiceFilter(label="学校", queryset=_schools)
    kind = django_filters.ChoiceFilter(label="事项", choices=EventKind)
    q = django_filters.CharFilter(label="摘要", field_name="summary", lookup_expr="icontains")
    county = django_filters.ModelChoiceFilter(
        label="县（市、区）",
        queryset=lambda request: County.objects.filter(pk__in=bank_counties(request.user)),
    )

    class Meta:
        model = Voucher
        fields = ["month", "school", "kind", "q", "county"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["month"].extra["choices"] = _months(self.request)
        if len(bank_counties(self.request.user)) < 2:
            # One county is no choice; an address that names it still means it.
            self.filters["county"].extra["widget"] = HiddenInput

    def by_month(self, rows, name, value):
        return rows.filter(month=dt.date.fromisoformat(f"{value}-01"))


class Vouchers(ListPage):
    """凭证."""

    title = "记账凭证"
    subheading = "每个事项一张凭证，按科目对应自动生成；凭证不能修改，错了由新的事项冲正。"
    unit = "张凭证"
    empty = "县财务在“结账”页生成凭证后，会列在这里。"
    export_name = "记账凭证"
    table_class = VoucherTable
    filterset_class = VoucherFilter
    totals = ("amount",)
    template_name = "accounting/books_vouchers.html"

    def get(self, request, *args, **kwargs):
        if not bank_counties(request.user) and not book_schools(request.user):
            raise Http404
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        return (
            Voucher.objects.visible_to(self.request.user)
            .select_related("school")
            .order_by("-month", "-number")
        )

    def get_context(self) -> dict:
        month = self.request.GET.get("month") or f"{month_of(clock.today()):%Y-%m}"
        return {
            "tab": "vouchers",
            "whole": bool(bank_counties(self.request.user)),
            "at": month,
            "query": urlencode({"month": month}),
        }


@require_POST
def make(request):
    """生成凭证 of the month named in the form."""
    place = _kept(request)
    try:
        made = make_vouchers(county=place.county, month=place.month, user=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(f"{reverse('accounting:books')}?{place.query}")
    if made:
        words = f"已生成 {len(made)} 张凭证，从{made[0].word}到{made[-1].word}。"
        messages.success(request, words)
    else:
        messages.info(request, "所有事项都已有凭证，没有新生成。")
    return redirect(f"{reverse('accounting:books')}?{place.query}")


def _kept(request) -> Place:
    """The place named in the form, for county finance alone."""
    request.GET = request.POST
    place = place_of(request, whole=True)
    if not place.may_keep:
        raise PermissionDenied("凭证由县财务审核岗生成。")
    return place


@require_GET
def voucher(request, pk: int):
    """One voucher with its entries in both books."""
    rows = Voucher.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related("county", "school", "agreement", "made_by"), pk=pk)
    entries = list(row.entries.order_by("line"))
    books = [
        {
            "label": book.label,
            "entries": mine,
            "debit": _sum(mine, Side.DEBIT),
            "credit": _sum(mine, Side.CREDIT),
        }
        for book in Book
        if (mine := [entry for entry in entries if entry.book == book])
    ]
    return render(request, "accounting/books_voucher.html", {"voucher": row, "books": books})


def _sum(entries: list, side: Side):
    return sum((entry.amount for entry in entries if entry.side == side), ZERO)


@require_GET
def entries(request):
    """分录导出 of one month: ``format`` xlsx or csv, ``book`` one of the two or both."""
    place = place_of(request)
    kind, book = request.GET.get("format", "xlsx"), request.GET.get("book", "")
    if kind not in FORMATS or book not in ("", *Book.values):
        raise Http404
    vouchers = place.vouchers().filter(month=place.month)
    file = FORMATS[kind](vouchers, [book] if book else Book.values)
    label = Book(book).label if book else "全部"
    name = f"凭证分录 {place.county.name} {place.month:%Y-%m} {label}.{kind}"
    return FileResponse(file, as_attachment=True, filename=name)
