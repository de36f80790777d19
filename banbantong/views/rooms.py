"""The classroom passport: the life of one room's set as one vertical story."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from acceptance.enums import Verdict
from acceptance.models import Handover, InstalledItem, PartResult, Training
from assets.models import AssetCard
from documents.models import Attachment
from documents.trail import thread_of
from financing.models import AgreementRoom
from procurement.models import PlanLine
from registry.templatetags.pages import money


@dataclass
class Chapter:
    """One stretch of the room's life: what happened, when, with lines of detail."""

    title: str
    on: object = None
    lines: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""
    good: bool = True
    pending: str = ""


@require_GET
def room(request, pk: int):
    """Plan → contract → serials → every acceptance round → cards → buyback, from one address."""
    rows = PlanLine.objects.visible_to(request.user).select_related(
        "classroom",
        "project_school__school__township",
        "project_school__project__dossier__county",
        "project_school__project__mode",
        "contract_line__contract__supplier",
        "change_order",
        "passed__inspection",
    )
    line = get_object_or_404(rows, pk=pk)
    context = {
        "line": line,
        "school": line.project_school.school,
        "project": line.project_school.project,
        "chapters": [
            _plan(line),
            _contract(line),
            _installed(line),
            _trained(line),
            *_inspections(line),
            _handed_over(line),
            _cards(line),
            _buyback(line),
        ],
        "photos": Attachment.objects.visible_to(request.user).filter(thread=thread_of(line)),
    }
    return render(request, "banbantong/room.html", context)


def _plan(line: PlanLine) -> Chapter:
    project = line.project_school.project
    chapter = Chapter(
        "计划",
        project.dossier.opened_on,
        [("项目", project.name), ("建设模式", str(project.mode))],
        project.get_absolute_url(),
    )
    order = getattr(line, "change_order", None)
    if order and order.approved_on:
        chapter.lines.append(("变更", f"{order.approved_on} 经批准退出：{order.reason}"))
        chapter.good = False
    return chapter


def _contract(line: PlanLine) -> Chapter:
    row = getattr(line, "contract_line", None)
    if row is None:
        return Chapter("合同", pending="签订合同后，这里列出合同号、供应商和套价。")
    return Chapter(
        "合同",
        row.contract.signed_on,
        [
            ("合同编号", row.contract.number),
            ("供应商", row.contract.supplier.name),
            ("套价（元）", money(row.price)),
        ],
    )


def _installed(line: PlanLine) -> Chapter:
    pieces = (
        InstalledItem.objects.filter(plan_line=line)
        .select_related("item", "delivery")
        .order_by("item", "position", "pk")
    )
    if not pieces:
        return Chapter("到货安装", pending="供应商登记序列号后，设备会列在这里。")
    lines = [
        (
            piece.item.name,
            f"{piece.model_name} · {piece.serial}"
            + (f"（{piece.returned_on} 退换：{piece.return_reason}）" if piece.returned_on else ""),
        )
        for piece in pieces
    ]
    return Chapter("到货安装", max(piece.installed_on for piece in pieces), lines)


def _inspections(line: PlanLine) -> list[Chapter]:
    rounds: dict[int, Chapter] = {}
    for result in (
        PartResult.objects.filter(plan_line=line)
        .select_related("inspection", "decided_by")
        .order_by("inspection__opened_at", "pk")
    ):
        chapter = rounds.setdefault(
            result.inspection_id, Chapter(str(result.inspection), result.decided_at)
        )
        passed = result.verdict == Verdict.PASS
        chapter.good &= passed
        words = result.get_verdict_display() + (f"：{result.remark}" if result.remark else "")
        chapter.lines.append((result.get_part_display(), f"{words}({result.decided_by.name})"))
    return list(rounds.values()) or [
        Chapter("验收", pending="学校验收和县级逐班验收的每一轮结果会列在这里。")
    ]


def _trained(line: PlanLine) -> Chapter:
    row = (
        Training.objects.filter(project_school=line.project_school_id).order_by("-held_on").first()
    )
    if row is None:
        return Chapter("培训", pending="供应商培训教师后，培训记录会列在这里。")
    people = f"签到 {row.attendance} 人，考核合格 {row.qualified} 人"
    return Chapter("培训", row.held_on, [("内容", row.content), ("人数", people)])


def _handed_over(line: PlanLine) -> Chapter:
    row = Handover.objects.filter(project_school=line.project_school_id).first()
    if row is None or row.completed_on is None:
        return Chapter("移交", pending="移交人、接收人、监交人三方签字后完成移交。")
    signatures = row.signatures.select_related("signed_by")
    lines = [(one.get_party_display(), one.signed_by.name) for one in signatures]
    return Chapter("移交", row.completed_on, lines)


def _cards(line: PlanLine) -> Chapter:
    cards = list(
        AssetCard.objects.filter(installed__plan_line=line).select_related(
            "installed__item", "asset_class"
        )
    )
    if not cards:
        return Chapter("资产登记", pending="移交后自动建卡。")
    lines = [
        (
            card.number,
            f"{card.installed.item.name} · {card.asset_class.code} · {money(card.price)} 元 · {card.custodian or '未定保管人'} · {card.get_title_display()}",
        )
        for card in cards
    ]
    return Chapter("资产登记", cards[0].acquired_on, lines, cards[0].get_absolute_url())


def _buyback(line: PlanLine) -> Chapter:
    row = (
        AgreementRoom.objects.filter(room_pass__plan_line=line).select_related("agreement").first()
    )
    if row is None:
        return Chapter("回购", pending="资产入账后签订回购协议。")
    return Chapter(
        "回购",
        row.agreement.signed_on,
        [("协议编号", row.agreement.number), ("本班本金（元）", money(row.amount))],
        row.agreement.get_absolute_url(),
    )
