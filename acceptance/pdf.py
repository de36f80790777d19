"""The data of this floor's papers, as their templates ask for it: frozen when a paper is issued.

Amounts are strings of two decimals, dates ISO strings, verdicts the printed words.
"""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Count, Q

from acceptance.enums import Level, Part, Verdict
from acceptance.models import (
    ContractAcceptance,
    Handover,
    Inspection,
    InstalledItem,
    PartResult,
    Training,
)
from acceptance.rounds import live_lines
from procurement.models import Contract, ContractLine, ProjectSchool
from registry import clock
from registry.money import ZERO

WORDS = {
    Part.EQUIPMENT: "型号、规格、数量与合同一致，通电运行正常。",
    Part.WORKMANSHIP: "按设计和行业规范施工，安装牢固、用电安全。",
    Part.TRAINING: "使用班级任课教师参加培训，能独立操作。",
}
# What the equipment's line says instead when a brand or model is not the contract's.
DIFFERING = "数量与合同一致，通电运行正常；品牌型号与合同不同的见逐班备注。"


def school_acceptance(school: ProjectSchool, inspection: Inspection) -> dict:
    """学校验收表 after the school's round ``inspection``: for every live room its latest verdicts."""
    lines = list(live_lines(school))
    latest = _latest(school, Level.SCHOOL)
    pieces = _pieces(lines)
    differing = {key: [p for p in found if p.actual_model] for key, found in pieces.items()}
    notes = WORDS | ({Part.EQUIPMENT: DIFFERING} if any(differing.values()) else {})
    verdict = {part: _part_verdict(lines, latest, part) for part in WORDS}
    return {
        **_heading(school),
        "mode": str(school.project.mode),
        "round": inspection.round,
        "inspected_on": _day(inspection.finished_at),
        "rooms": [
            {
                **_room(line),
                **{part.value: _word(latest.get((line.pk, part))) for part in WORDS},
                "remark": "、".join(p.item.name for p in differing.get(line.pk, ()))
                + ("与合同型号不同" if differing.get(line.pk) else ""),
                "items": [
                    {"name": p.item.name, "model": p.model_name, "serial": p.serial}
                    for p in pieces.get(line.pk, ())
                ],
            }
            for line in lines
        ],
        "parts": {
            part.value: {"verdict": word, "note": notes[part] if word == "合格" else ""}
            for part, word in verdict.items()
        },
        "training": _training(school),
        "verdict": "合格" if set(verdict.values()) == {"合格"} else "不合格",
        "conclusion": inspection.conclusion or "三部分全部合格，同意通过学校验收，报装备站审核。",
    }


def county_inspection(school: ProjectSchool, inspection: Inspection) -> dict:
    """县级逐班验收表 of one finished round: the rooms it judged and the defects it found."""
    results = inspection.results.select_related("plan_line__classroom").order_by("plan_line", "pk")
    rooms: dict = {}
    for row in results:
        rooms.setdefault(row.plan_line, {})[row.part] = row
    latest = _latest(school, Level.COUNTY)
    listed = [_county_room(line, latest) for line in rooms]
    failed = sum(room["verdict"] == "不合格" for room in listed)
    return {
        **_heading(school),
        "round": inspection.round,
        "inspected_on": _day(inspection.finished_at),
        "rooms": listed,
        "summary": {"total": len(listed), "passed": len(listed) - failed, "failed": failed},
        "defects": [
            {
                "class_name": row.plan_line.classroom.name,
                "part": row.get_part_display(),
                "description": row.remark,
                "deadline": row.defect.due_on.isoformat(),
                "responsible": "供货单位",
            }
            for row in results.filter(defect__isnull=False).select_related("defect")
        ],
        "verdict": "合格" if not failed else "不合格" if failed == len(listed) else "部分合格",
        "conclusion": inspection.conclusion
        or ("除列入整改事项的班级外，其余班级验收合格。" if failed else "本次所验班级全部合格。"),
    }


def _county_room(line, latest: dict) -> dict:
    parts = {
        "workmanship": latest.get((line.pk, Part.WORKMANSHIP)),
        "training": latest.get((line.pk, Part.TRAINING)),
        "usage": latest.get((line.pk, Part.USE)),
    }
    wrong = [row for row in parts.values() if row and row.verdict == Verdict.FAIL]
    return {
        **_room(line),
        **{key: _word(row) for key, row in parts.items()},
        "verdict": "不合格" if wrong else "合格",
        "reason": ";".join(row.remark for row in wrong),
    }


def handover(row: Handover) -> dict:
    """资产移交单: every piece of the rooms that passed, at the contract's unit price."""
    school = row.project_school
    contract = school.project.current_contract()
    pieces = (
        InstalledItem.objects.present()
        .filter(plan_line__in=live_lines(school), plan_line__passed__isnull=False)
        .select_related("item", "plan_line__classroom")
    )
    items = [
        {
            "name": piece.item.name,
            "code": piece.item.catalogue_code,
            "model": piece.model_name,
            "serial": piece.serial,
            "quantity": 1,
            "unit": piece.item.unit,
            "price": f"{piece.item.unit_price:.2f}",
            "amount": f"{piece.item.unit_price:.2f}",
            "location": _place(piece.plan_line),
        }
        for piece in pieces
    ]
    total = sum((Decimal(item["amount"]) for item in items), ZERO)
    return {
        **_heading(school),
        "handed_on": row.opened_on.isoformat(),
        "parties": {
            "giver": contract.supplier.name,
            "receiver": school.school.name,
            "witness": f"{school.dossier.county.name}教育装备站",
        },
        "items": items,
        "total": {"quantity": len(items), "amount": f"{total:.2f}"},
        "documents": [_document(line) for line in row.documents.splitlines() if line.strip()],
        "remark": "",
    }


def contract_acceptance(row: ContractAcceptance) -> dict:
    """履约验收书: per item planned, delivered and passed, and the amount of what passed (B2)."""
    contract = row.project.current_contract()
    items = item_counts(contract)
    accepted = _live_contract_lines(contract).filter(plan_line__passed__isnull=False)
    amount = sum(contract.lines.values_list("price", flat=True), ZERO)
    return {
        "project": {"name": row.project.name, "code": row.project.dossier.number},
        "buyer": f"{row.project.county.name}教育局",
        "contract": {
            "number": contract.number,
            "name": f"{row.project.name}设备采购合同",
            "supplier": contract.supplier.name,
            "amount": f"{amount:.2f}",
            "signed_on": contract.signed_on.isoformat(),
        },
        "organisation": row.organised,
        "body": row.body,
        "invited": row.invited or "无",
        "inspected_on": row.concluded_on.isoformat(),
        "method": row.method,
        "sampling": row.sampling or "无",
        "procedure": row.procedure,
        "content": row.content,
        "standard": row.standard,
        "items": items,
        "total": {
            key: sum(item[key] for item in items) for key in ("planned", "delivered", "passed")
        },
        "accepted_amount": f"{sum(accepted.values_list('price', flat=True), ZERO):.2f}",
        "conclusion": row.conclusion,
        "verdict": "合格",
        "members": [_member(line) for line in row.members.splitlines() if line.strip()],
        "attachments": ["各校学校验收表", "各校县级逐班验收表", "各校资产移交单"],
    }


def item_counts(contract: Contract) -> list[dict]:
    """Per contract item: planned, delivered and passed quantities in live rooms."""
    rooms = _live_contract_lines(contract).count()
    here = Q(installed__returned_on=None, installed__isnull=False) & (
        Q(installed__plan_line__change_order=None)
        | Q(installed__plan_line__change_order__approved_on=None)
    )
    rows = contract.items.annotate(
        delivered=Count("installed", filter=here),
        passed=Count("installed", filter=here & Q(installed__plan_line__passed__isnull=False)),
    )
    return [
        {
            "name": item.name,
            "model": f"{item.brand} {item.model}",
            "unit": item.unit,
            "planned": item.per_set * rooms,
            "delivered": item.delivered,
            "passed": item.passed,
            "conclusion": "合格" if item.passed == item.per_set * rooms else "不合格",
        }
        for item in rows
    ]


def _live_contract_lines(contract: Contract):
    return ContractLine.objects.filter(contract=contract).filter(
        Q(plan_line__change_order=None) | Q(plan_line__change_order__approved_on=None)
    )


def _heading(school: ProjectSchool) -> dict:
    contract = school.project.current_contract()
    return {
        "project": {"name": school.project.name, "code": school.dossier.number},
        "school": {
            "name": school.school.name,
            "code": school.school.code,
            "township": school.school.township.name,
        },
        "contract": {"number": contract.number, "supplier": contract.supplier.name},
    }


def _room(line) -> dict:
    return {"class_name": line.classroom.name, "room": line.classroom.room}


def _place(line) -> str:
    room, name = line.classroom.room, line.classroom.name
    return f"{room}({name})" if room else name


def _latest(school: ProjectSchool, level: Level) -> dict:
    """``{(room, part): result}`` of the newest round that judged it."""
    rows = PartResult.objects.filter(inspection__project_school=school, inspection__level=level)
    return {
        (row.plan_line_id, row.part): row
        for row in rows.exclude(inspection__finished_at=None).order_by("inspection__round")
    }


def _pieces(lines: list) -> dict[int, list[InstalledItem]]:
    found: dict[int, list[InstalledItem]] = {}
    rows = InstalledItem.objects.present().filter(plan_line__in=lines).select_related("item")
    for piece in rows.order_by("plan_line", "item__number", "position"):
        found.setdefault(piece.plan_line_id, []).append(piece)
    return found


def _part_verdict(lines: list, latest: dict, part: Part) -> str:
    words = {_word(latest.get((line.pk, part))) for line in lines}
    return "不合格" if "不合格" in words else "合格" if words == {"合格"} else ""


def _word(result: PartResult | None) -> str:
    return result.get_verdict_display() if result else ""


def _training(school: ProjectSchool) -> dict:
    last = Training.objects.filter(project_school=school).order_by("-held_on", "-pk").first()
    if last is None:
        return {"held_on": "", "hours": "", "expected": 0, "attended": 0, "passed": ""} | {
            "content": "",
            "trainer": "",
        }
    return {
        "held_on": last.held_on.isoformat(),
        "hours": f"{last.hours.normalize():f}",
        "expected": last.expected,
        "attended": last.attendance,
        "passed": last.qualified,
        "content": last.content,
        "trainer": last.trainer,
    }


def _document(line: str) -> dict:
    """A line ``名称 数量 备注`` of what is handed over beside the equipment."""
    name, quantity, remark = [*line.split(maxsplit=2), "", ""][:3]
    return {"name": name, "quantity": quantity, "remark": remark}


def _member(line: str) -> dict:
    name, unit, title = [*line.split(maxsplit=2), "", ""][:3]
    return {"name": name, "unit": unit, "title": title}


def _day(moment) -> str:
    return clock.local(moment).date().isoformat()
