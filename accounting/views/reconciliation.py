"""对账: the report of one account and month, as page, sheet and paper, and finishing it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from accounting.actions.matching import told
from accounting.actions.reconcile import close_month, data_of, months_of, report
from accounting.models import BankAccount, ReconciledMonth
from accounting.periods import last_day
from accounting.views.bank import account_of
from documents.pdf import render as pdf_of
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.sheet import Sheet

SECTIONS = (
    ("gaps", "对账单不连续"),
    ("book_in", "单位已收，银行未收"),
    ("book_out", "单位已付，银行未付"),
    ("bank_in", "银行已收，单位未收"),
    ("bank_out", "银行已付，单位未付"),
    ("explained", "本月已说明的事项"),
    ("matched", "本月已核对的付款和到账"),
)


def _month(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y-%m").replace(tzinfo=dt.UTC).date()
    except ValueError as error:
        raise Http404 from error


def _report(account: BankAccount, first: dt.date) -> tuple[dict, ReconciledMonth | None]:
    """The frozen report of a reconciled month, else the report as it stands."""
    done = account.reconciled.filter(month=first).select_related("made_by").first()
    if done:
        return done.data, done
    return data_of(account, first, report(account, first)), None


@require_GET
def month(request, pk: int, month: str):
    """One month's reconciliation, with the months before and after."""
    account, first = account_of(request, pk), _month(month)
    data, done = _report(account, first)
    months = months_of(account)
    at = months.index(first) if first in months else None
    context = {
        "account": account,
        "first": first,
        "until": last_day(first),
        "data": data,
        "done": done,
        "intact": done is None or ReconciledMonth.hash_of(done.data) == done.data_hash,
        "sections": [(title, data[key]) for key, title in SECTIONS],
        "later": months[at - 1] if at else None,
        "earlier": months[at + 1] if at is not None and at + 1 < len(months) else None,
        "running": last_day(first) >= clock.today(),
        "may_close": done is None
        and at is not None
        and reach(request.user).holds_at(Role.COUNTY_FINANCE, county=account.county_id),
    }
    return render(request, "accounting/reconciliation.html", context)


@require_POST
def close(request, pk: int, month: str):
    """完成对账."""
    account, first = account_of(request, pk, work=True), _month(month)
    try:
        close_month(account=account, first=first, user=request.user)
    except (ValidationError, PermissionDenied) as refusal:
        messages.warning(request, told(refusal))
    else:
        messages.success(request, f"{month} 已完成对账，这个月的流水和核对不再变动。")
    return redirect("accounting:reconciliation", account.pk, month)


@require_GET
def sheet(request, pk: int, month: str):
    """The report as an Excel sheet."""
    account, first = account_of(request, pk), _month(month)
    data, _ = _report(account, first)
    page = Sheet("银行存款余额调节表")
    page.header(["项目", "日期", "摘要", "金额（元）"])
    for words, amount in balances(data):
        page.row([words, "", "", Decimal(amount)])
    for key, title in SECTIONS:
        for item in data[key]["rows"]:
            day = dt.date.fromisoformat(item["day"])
            page.row([title, day, item["words"], Decimal(item["amount"])])
        if data[key]["rows"]:
            page.row([f"{title} 合计", "", "", Decimal(data[key]["total"])])
    name = f"银行存款余额调节表 {data['account']['tail']} {month}.xlsx"
    return FileResponse(page.finish(), as_attachment=True, filename=name)


def balances(data: dict) -> list[tuple[str, str]]:
    """The two columns of the report one below the other, in the order in which they are reckoned."""
    return [
        ("银行对账单期初余额", data["bank"]["opening"]),
        ("本月收入", data["bank"]["income"]),
        ("本月支出", data["bank"]["out"]),
        ("银行对账单期末余额", data["bank_closing"]),
        ("加：单位已收，银行未收", data["book_in"]["total"]),
        ("减：单位已付，银行未付", data["book_out"]["total"]),
        ("调节后的银行余额", data["adjusted_bank"]),
        ("单位账面期初余额", data["book"]["opening"]),
        ("本月收入", data["book"]["income"]),
        ("本月支出", data["book"]["out"]),
        ("单位账面期末余额", data["book"]["closing"]),
        ("加：银行已收，单位未收", data["bank_in"]["total"]),
        ("减：银行已付，单位未付", data["bank_out"]["total"]),
        ("调节后的账面余额", data["adjusted_book"]),
        ("差额", data["difference"]),
        ("其中对账单不连续", data["gaps"]["total"]),
        ("无法解释的差额", data["unexplained"]),
    ]


@require_GET
def paper(request, pk: int, month: str):
    """The report as a paper for the file."""
    account, first = account_of(request, pk), _month(month)
    data, done = _report(account, first)
    context = {
        "data": data,
        "done": done,
        "sections": [(title, data[key]) for key, title in SECTIONS[:6] if data[key]["rows"]],
        "check": done.data_hash if done else ReconciledMonth.hash_of(data),
        "printed_at": clock.now(),
        "number": f"{account.county.code}-{data['account']['tail']}-{first:%Y%m}",
    }
    answer = HttpResponse(
        pdf_of("papers/bank_reconciliation.html", context, identifier=context["check"]),
        content_type="application/pdf",
    )
    title = f"银行存款余额调节表 {data['account']['tail']} {month}.pdf"
    answer["Content-Disposition"] = content_disposition_header(False, title)
    return answer
