"""Bank accounts: the list, one account with its months and files, its lines."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count as Number
from django.db.models import Max, Q
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounting.actions.reconcile import months_of
from accounting.actions.statements import must_work, save_account
from accounting.forms.bank import AccountForm
from accounting.models import BankAccount, StatementFile, StatementLine
from accounting.models.bank import WORKING, bank_counties
from registry.columns import Code, Day, Money, State
from registry.pages import ListPage
from registry.widgets import Day as DayInput

FILES_SHOWN = 24


def account_of(request, pk: int, *, work: bool = False) -> BankAccount:
    """The account, for whoever may read it; with ``work`` only for finance and cashier."""
    rows = BankAccount.objects.visible_to(request.user).select_related("county")
    account = get_object_or_404(rows, pk=pk)
    if work:
        must_work(request.user, account.county_id)
    return account


def works(request, account: BankAccount) -> bool:
    return account.county_id in bank_counties(request.user, WORKING)


def show(form, error: ValidationError) -> None:
    """Put what a verb refused onto the form."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    for name, errors in by_field.items():
        form.add_error(name if name in form.fields else None, ValidationError(errors))


@require_GET
def accounts(request):
    """All accounts that the person reads, with what is still to be matched."""
    counties = bank_counties(request.user)
    if not counties:
        raise Http404
    rows = list(
        BankAccount.objects.visible_to(request.user)
        .annotate(
            lines_count=Number("lines", distinct=True),
            last_day=Max("lines__day"),
            reconciled_until=Max("reconciled__month"),
        )
        .order_by("county", "-main", "number")
    )
    open_lines = dict(
        StatementLine.objects.filter(account__in=rows)
        .unsettled()
        .order_by()
        .values_list("account")
        .annotate(n=Number("pk"))
    )
    for row in rows:
        row.open_lines = open_lines.get(row.pk, 0)
    may = bool(bank_counties(request.user, WORKING))
    return render(request, "accounting/bank_accounts.html", {"accounts": rows, "may_work": may})


@require_http_methods(["GET", "POST"])
def account_form(request, pk: int | None = None):
    """Register an account, or change its words."""
    counties = bank_counties(request.user, WORKING)
    if not bank_counties(request.user):
        raise Http404
    if not counties:
        raise PermissionDenied("银行账户由县财务审核岗和出纳登记。")
    row = account_of(request, pk, work=True) if pk else None
    form = AccountForm(request.POST or None, instance=row, counties=counties)
    if request.method == "POST" and form.is_valid():
        try:
            account = save_account(account=form.instance, user=request.user)
        except ValidationError as error:
            show(form, error)
        else:
            messages.success(request, f"已登记{account}。")
            return redirect(account)
    back = row.get_absolute_url() if row else reverse("accounting:bank_accounts")
    return render(request, "accounting/bank_account_form.html", {"form": form, "back": back})


@require_GET
def account(request, pk: int):
    """One account: its months, what waits at the desk, the files that came in."""
    row = account_of(request, pk)
    done = {one.month: one for one in row.reconciled.select_related("made_by")}
    waiting = dict(_waiting_by_month(row))
    moved = set(row.lines.dates("day", "month"))
    months = [
        {
            "first": first,
            "done": done.get(first),
            "open": waiting.get((first.year, first.month), 0),
            "moved": first in moved,
        }
        for first in months_of(row)
    ]
    files = row.files.select_related("imported_by")[:FILES_SHOWN]
    context = {
        "account": row,
        "months": months,
        "files": files,
        "open_lines": sum(waiting.values()),
        "may_work": works(request, row),
    }
    return render(request, "accounting/bank_account.html", context)


def _waiting_by_month(row: BankAccount):
    found: dict[tuple[int, int], int] = {}
    for day in row.lines.unsettled().values_list("day", flat=True):
        found[day.year, day.month] = found.get((day.year, day.month), 0) + 1
    return found.items()


@require_GET
def statement_file(request, pk: int):
    """The bank's file as it was uploaded."""
    row = get_object_or_404(StatementFile.objects.visible_to(request.user), pk=pk)
    return FileResponse(row.file.open(), as_attachment=True, filename=row.name)


class LineTable(tables.Table):
    day = Day(verbose_name="日期", linkify=("accounting:bank_line", {"pk": tables.A("pk")}))
    amount = Money(verbose_name="金额（元）")
    party = tables.Column("对方户名")
    summary = tables.Column("摘要")
    serial = Code(verbose_name="流水号")
    balance = Money(verbose_name="余额（元）")
    remaining = Money(verbose_name="未核对（元）")
    state = State(verbose_name="核对", accessor="what", orderable=False)

    class Meta:
        model = StatementLine
        fields = ("day", "amount", "party", "summary", "serial", "balance", "remaining", "state")


class LineFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="户名、摘要或流水号", method="by_words")
    account = django_filters.ModelChoiceFilter(
        label="账户", queryset=lambda request: BankAccount.objects.visible_to(request.user)
    )
    way = django_filters.ChoiceFilter(
        label="收支", choices=[("in", "收入"), ("out", "支出")], method="by_way"
    )
    state = django_filters.ChoiceFilter(
        label="核对", choices=[("open", "未核对"), ("done", "已核对")], method="by_state"
    )
    since = django_filters.DateFilter(
        label="日期起", field_name="day", lookup_expr="gte", widget=DayInput
    )
    until = django_filters.DateFilter(
        label="日期止", field_name="day", lookup_expr="lte", widget=DayInput
    )

    class Meta:
        model = StatementLine
        fields = ["q", "account", "way", "state", "since", "until"]

    def by_words(self, rows, name, value):
        return rows.filter(
            Q(party__icontains=value) | Q(summary__icontains=value) | Q(serial__icontains=value)
        )

    def by_way(self, rows, name, value):
        return rows.filter(amount__gt=0) if value == "in" else rows.filter(amount__lt=0)

    def by_state(self, rows, name, value):
        return rows.filter(remaining__gt=0) if value == "open" else rows.filter(remaining__lte=0)


class Lines(ListPage):
    """银行流水: every line with what it turned out to be."""

    title = "银行流水"
    subheading = "支出为负数；合计为收支相抵后的净额。"
    unit = "笔"
    empty = "导入银行的对账单后，流水会列在这里。"
    export_name = "银行流水"
    table_class = LineTable
    filterset_class = LineFilter
    totals = ("amount", "remaining")

    def get(self, request, *args, **kwargs):
        if not bank_counties(request.user):
            raise Http404
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        return (
            StatementLine.objects.visible_to(self.request.user)
            .with_matched()
            .prefetch_related("matches")
            .order_by("-day", "-file", "-position")
        )

    def get_actions(self):
        return [{"label": "银行账户", "url": reverse("accounting:bank_accounts")}]
