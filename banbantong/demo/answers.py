"""What people write into each step's form in the demonstration."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from acceptance.models import InstalledItem
from acceptance.resources import slots
from acceptance.rounds import due_parts, open_defects
from banbantong.demo.people import PASSWORD
from banbantong.demo.walk import scribble
from procurement.models import PlanLine
from registry import calendar, clock
from registry.models import Parameter, Supplier
from workflow.models import Duty

PRICES = ("8000.00", "7000.00", "6500.00")
SET_PRICE = sum(map(Decimal, PRICES))
BRANDS = (("示例光影", "SL-TP320"), ("示例白板", "SL-WB82"), ("示例电脑", "SL-PC5"))


def subject_of(duty: Duty):
    return duty.process.artifact


def today() -> str:
    return clock.today().isoformat()


# --- the tender ---------------------------------------------------------------------------


def announce(duty: Duty) -> dict:
    project = subject_of(duty).project
    days = Parameter.objects.days("tender.bidding_days")
    workdays = Parameter.objects.days("tender.documents_workdays")
    bids_due = calendar.after_days(clock.today(), days + 1)
    return {
        "number": f"{project.dossier.number}-ZB",
        "announced_on": today(),
        "documents_until": calendar.after_workdays(clock.today(), workdays + 1).isoformat(),
        "bids_due_on": bids_due.isoformat(),
        "ceiling": str(project.budget),
        "bid_bond": "0",
        "reserved_percent": "100",
    }


def opening(duty: Duty) -> dict:
    tender = subject_of(duty)
    sets = PlanLine.objects.live().filter(project_school__project=tender.project).count()
    data = {
        "result": "evaluated",
        "opened_on": tender.bids_due_on.isoformat(),
        "evaluated_on": tender.bids_due_on.isoformat(),
        "reported_on": tender.bids_due_on.isoformat(),
        "bids-INITIAL_FORMS": 0,
    }
    suppliers = list(Supplier.objects.order_by("pk")[:3])
    data["bids-TOTAL_FORMS"] = len(suppliers)
    for n, supplier in enumerate(suppliers):
        price = SET_PRICE + 300 * n
        row = {
            "supplier": supplier.pk,
            "set_price": str(price),
            "opening_price": str(price * sets),
            "size": "small",
            "brand": f"示例光影{n + 1}",
            "valid": "on",
        }
        data |= {f"bids-{n}-{name}": value for name, value in row.items()}
    return data


def award(duty: Duty) -> dict:
    winner = subject_of(duty).bids.order_by("price").first()
    return {"winner": winner.pk, "decided_on": today(), "notified_on": today()}


def contract(duty: Duty) -> dict:
    tender = subject_of(duty)
    data = {
        "number": f"{tender.project.dossier.number}-HT",
        "buyer": f"{tender.project.county}教育局",
        "buyer_address": "示例县城关",
        "delivery_due_on": (clock.today() + dt.timedelta(days=100)).isoformat(),
        "warranty_years": "3",
        "annual_rate": "3.5",
        "years": "5",
        "payments_per_year": "1",
        "repayment": "level_payment",
        "timing": "arrears",
        "maintenance": "租赁期内免费维护，故障24小时内到场",
        "ownership": "付清最后一期后归学校所有",
        "acceptance": "按采购文件约定的两级验收合格",
        "liability": "协商解决，协商不成的依法处理",
        "performance_bond": "0",
        "items-TOTAL_FORMS": len(PRICES),
        "items-INITIAL_FORMS": len(PRICES),
    }
    for n, (price, (brand, model)) in enumerate(zip(PRICES, BRANDS, strict=True)):
        row = {"brand": brand, "model": model, "unit_price": price}
        data |= {f"items-{n}-{name}": value for name, value in row.items()}
    return data


def yes(duty: Duty) -> dict:
    return {"decision": "pass", "opinion": ""}


# --- a school ------------------------------------------------------------------------------


def site(duty: Duty) -> dict:
    ready = dict.fromkeys(("power", "security", "network"), "on")
    return ready | {"ready_on": today(), "contact": "示例联系人", "phone": "13800000000"}


def install(duty: Duty, *, rooms: int | None = None) -> dict:
    """Serials for the empty places of the first ``rooms`` classrooms (all if None)."""
    school = subject_of(duty)
    there = InstalledItem.objects.present().filter(plan_line__project_school=school)
    taken = set(there.values_list("plan_line", "item", "position"))
    data = {"delivered_on": today(), "installed_on": today(), "note": "示例送货单"}
    chosen: list[int] = []
    for line, item, position in slots(school):
        if line.pk not in chosen:
            chosen.append(line.pk)
        if (line.pk, item.pk, position) in taken or (rooms is not None and len(chosen) > rooms):
            continue
        data[f"serial-{line.pk}-{item.pk}-{position}"] = f"SL{line.pk:06d}{item.number}{position}"
    return data


def training(duty: Duty) -> dict:
    staff = max(duty.school.staff, 4)
    return {
        "held_on": today(),
        "hours": "6",
        "expected": str(staff),
        "attendance": str(staff),
        "qualified": str(staff - staff // 8),
        "trainer": "示例培训员",
        "content": "设备操作、白板书写与资源调用、日常维护和常见故障处理",
    }


def verdicts(duty: Duty, level: str, *, again: bool = False, fail: int = 0) -> dict:
    """All parts pass, but the first part of the first ``fail`` rooms."""
    data = {}
    for n, (line, parts) in enumerate(due_parts(subject_of(duty), level, again=again).items()):
        for m, part in enumerate(parts):
            bad = n < fail and m == 0
            data[f"verdict-{line.pk}-{part}"] = "fail" if bad else "pass"
            data[f"remark-{line.pk}-{part}"] = "走线外露，未入线槽" if bad else ""
    return data | ({"signature": scribble(7)} if level == "county" else {})


def rectification(level: str):
    def answer(duty: Duty) -> dict:
        found = open_defects(subject_of(duty), level)
        return {f"words-{one.pk}": "已重新布线入槽并固定" for one in found}

    return answer


def head(duty: Duty) -> dict:
    confirmed = dict.fromkeys(("equipment", "workmanship", "training"), "on")
    return confirmed | {"password": PASSWORD, "signature": scribble(duty.school_id % 17)}


def documents(duty: Duty) -> dict:
    return {
        "documents": "机柜钥匙 每班两把\n说明书、合格证、保修卡 每班一套\n布线图 1份 资产员保管"
    }


def signature(seed: int):
    return lambda duty: {"checked": "on", "signature": scribble(seed)}


def cards(duty: Duty) -> dict:
    return {"custodian": f"示例保管员{duty.school_id}", "all_agree": "1"}


def booking(duty: Duty) -> dict:
    return {"voucher": f"记-{clock.today():%Y-%m}-{duty.pk:05d}", "booked_on": today()}


# --- the buyback ---------------------------------------------------------------------------


def agreed(seed: int):
    return lambda duty: {"agreed": "on", "password": PASSWORD, "signature": scribble(seed)}


def application(duty: Duty) -> dict:
    return {
        "amount": str(subject_of(duty).due_instalment().remaining),
        "budget_note": "公用经费—设备租赁",
    }


def payment(duty: Duty) -> dict:
    return {"voucher": f"{clock.today().year}-支-{duty.pk:06d}", "paid_on": today()}


ANSWERS = {
    "announce": announce,
    "record_opening": opening,
    "award": award,
    "draft_contract": contract,
    "confirm_contract": yes,
    "prepare_site": site,
    "install": install,
    "train": training,
    "inspect_school": lambda duty: {"pass_all": "1"},
    "reinspect_school": lambda duty: {"pass_all": "1"},
    "rectify_school": rectification("school"),
    "sign_head": head,
    "review_station": yes,
    "inspect_county": lambda duty: verdicts(duty, "county"),
    "reinspect_county": lambda duty: verdicts(duty, "county", again=True),
    "rectify_county": rectification("county"),
    "offer_handover": documents,
    "hand_over_supplier": signature(3),
    "hand_over_school": signature(5),
    "hand_over_station": signature(11),
    "confirm_cards": cards,
    "book": booking,
    "sign_agreement": agreed(13),
    "countersign": agreed(3),
    "apply": application,
    "review": yes,
    "pay": payment,
}
