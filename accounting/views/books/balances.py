"""科目余额表, and the payable beside what each agreement still owes."""

from __future__ import annotations

from django.http import FileResponse, Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounting.balances import cost_of, payables, trial_balance
from accounting.views.books.place import Place, place_of
from registry.money import ZERO
from registry.sheet import Sheet


@require_GET
def balances(request):
    """Both books of the county, or of one school, for one month."""
    place = place_of(request)
    school = _school(place, request.GET.get("school", ""))
    tables = trial_balance(place.county, place.month, school)
    if request.GET.get("export") == "xlsx":
        return _sheet(place, tables, school)
    context = {
        "place": place,
        "tab": "balances",
        "tables": [table for table in tables if table.rows],
        "school": school,
        "schools": place.schools().order_by("code"),
        "cost": cost_of(place.county, place.month, school),
    }
    return render(request, "accounting/books_balances.html", context)


def _school(place: Place, wanted: str):
    """The school asked for; whoever reads only a school's part always gets one."""
    schools = place.schools().order_by("code")
    if not wanted:
        return None if place.whole else schools.first()
    found = schools.filter(pk=wanted).first() if wanted.isdecimal() else None
    if found is None:
        raise Http404
    return found


def _sheet(place: Place, tables, school) -> FileResponse:
    sheet = Sheet("科目余额表")
    sheet.header(
        ["账簿", "科目编码", "科目名称", "方向", "期初余额", "本期借方", "本期贷方", "期末余额"]
    )
    for table in tables:
        for row in table.rows:
            amounts = (row.opening, row.debit, row.credit, row.closing)
            sheet.row([table.book.label, row.code, row.name, row.side_words, *amounts])
        if table.rows:
            sheet.row([table.book.label, "", "合计", "", "", table.debit, table.credit, ""])
    where = school.name if school else place.county.name
    name = f"科目余额表 {where} {place.month:%Y-%m}.xlsx"
    return FileResponse(sheet.finish(), as_attachment=True, filename=name)


@require_GET
def payable(request):
    """长期应付款核对: the vouchers' balance beside Σ outstanding, agreement by agreement."""
    place = place_of(request)
    rows = payables(place.county, place.month)
    if not place.whole:
        rows = [row for row in rows if row.agreement.project_school.school_id in place.school_ids]
    if request.GET.get("export") == "xlsx":
        return _payables(place, rows)
    context = {
        "place": place,
        "tab": "payables",
        "rows": rows,
        "wrong": [row for row in rows if row.difference],
        "booked": sum((row.booked for row in rows), ZERO),
        "owed": sum((row.owed for row in rows), ZERO),
        "difference": sum((row.difference for row in rows), ZERO),
    }
    return render(request, "accounting/books_payables.html", context)


def _payables(place: Place, rows) -> FileResponse:
    sheet = Sheet("长期应付款核对")
    sheet.header(["学校", "协议编号", "账面余额", "各期尚欠", "差额", "原因"])
    for row in rows:
        names = (row.agreement.project_school.school.name, row.agreement.number)
        sheet.row([*names, row.booked, row.owed, row.difference, "；".join(row.reasons)])
    name = f"长期应付款核对 {place.county.name} {place.month:%Y-%m}.xlsx"
    return FileResponse(sheet.finish(), as_attachment=True, filename=name)
