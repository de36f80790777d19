"""The contract's page: items with prices, what each school gets, terms, papers, sheets."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Count, F, Sum
from django.http import FileResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from procurement import rules
from procurement.actions.contract_paper import repayment_words
from procurement.models import Contract
from procurement.views.tender import file_of, frame
from registry.money import ZERO
from registry.sheet import Sheet
from registry.templatetags.pages import day


@require_GET
def contract(request, pk: int):
    """The contract: items with prices, what each school gets, terms, papers."""
    rows = Contract.objects.visible_to(request.user).select_related(
        "project__dossier__county",
        "tender__project",
        "tender__winner",
        "supplier",
        "drafted_by",
        "confirmed_by",
    )
    row = get_object_or_404(rows, pk=pk)
    items = list(row.items.all())
    export = {"items": _item_sheet, "lines": _line_sheet}.get(request.GET.get("export", ""))
    sets = row.lines.count()
    if export:
        return export(row, items, sets)
    schools = list(_by_school(row))
    context = {
        "contract": row,
        "lines": [_item_line(item, sets) for item in items],
        "set_price": sum((item.per_set_price for item in items), ZERO),
        "sets": sets,
        "amount": sum((school["amount"] for school in schools), ZERO),
        "schools": schools,
        "facts": _contract_facts(row),
        "tender_url": reverse("procurement:tender", args=[row.tender_id]),
    }
    return render(
        request,
        "procurement/contract.html",
        context | frame(request, row.tender, [row.tender, row]),
    )


def _contract_facts(row: Contract) -> list[tuple]:
    return [
        ("项目", row.project.name),
        ("采购项目编号", row.tender.number, reverse("procurement:tender", args=[row.tender_id])),
        ("采购人", row.buyer),
        ("供应商", f"{row.supplier.name}（{row.supplier.uscc}）"),
        ("签订日期", day(row.signed_on) if row.signed_on else "供应商尚未确认"),
        ("交货安装期限", day(row.delivery_due_on)),
        ("质保", f"自验收合格起 {row.warranty_years} 年"),
        ("履约保证金", rules.yuan(row.performance_bond) if row.performance_bond else "不收取"),
        ("租赁与回购", repayment_words(row)),
        ("期满归属", row.ownership),
        ("维护", row.maintenance),
        ("验收要求", row.acceptance),
        ("违约与争议", row.liability),
    ]


def _item_line(item, sets: int) -> dict:
    quantity = item.per_set * sets
    return {"item": item, "quantity": quantity, "amount": item.unit_price * quantity}


def _by_school(row: Contract):
    """What each school gets: classrooms and amount; one query."""
    school = "plan_line__project_school__school"
    return (
        row.lines.values(
            code=F(f"{school}__code"),
            name=F(f"{school}__name"),
            township=F(f"{school}__township__name"),
        )
        .annotate(rooms=Count("pk"), amount=Sum("price"))
        .order_by(f"{school}__township__code", f"{school}__code")
    )


def _item_sheet(row: Contract, items: list, sets: int) -> FileResponse:
    sheet = Sheet("合同标的")
    sheet.header(
        [
            "序号",
            "设备名称",
            "分类代码",
            "品牌",
            "型号",
            "规格",
            "单位",
            "每套数量",
            "单价（元）",
            "数量",
            "金额（元）",
        ]
    )
    total = Decimal(0)
    for item in items:
        line = _item_line(item, sets)
        total += line["amount"]
        what = [item.number, item.name, item.catalogue_code]
        which = [item.brand, item.model, item.specification, item.unit, item.per_set]
        sheet.row([*what, *which, item.unit_price, line["quantity"], line["amount"]])
    sheet.row(["合计", *[""] * 9, total])
    return file_of(sheet, f"合同标的 {row.number}")


def _line_sheet(row: Contract, items: list, sets: int) -> FileResponse:
    sheet = Sheet("合同行")
    sheet.header(["学校标识码", "学校", "乡镇", "班级", "教室", "套价（元）"])
    total = Decimal(0)
    school = "plan_line__project_school__school"
    found = row.lines.values_list(
        f"{school}__code",
        f"{school}__name",
        f"{school}__township__name",
        "plan_line__classroom__name",
        "plan_line__classroom__room",
        "price",
    ).order_by(f"{school}__township__code", f"{school}__code", "plan_line")
    for line in found.iterator(1000):
        total += line[-1]
        sheet.row(line)
    sheet.row(["合计", *[""] * 4, total])
    return file_of(sheet, f"合同行 {row.number}")
