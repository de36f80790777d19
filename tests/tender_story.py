"""A tender walked step by step, as its people post it: four rooms, bids of 21 500 a set win."""

from __future__ import annotations

import datetime as dt
import itertools

from stdnum.cn import uscc

from procurement.actions.tender import open_tender
from procurement.flows import TenderFlow
from procurement.models import Approval, Contract, Project, Tender
from registry import clock
from registry.enums import Role
from registry.models import Supplier
from tests.world import World, make_project
from workflow.actions import carry_out
from workflow.models import Duty

MONDAY = dt.date(2026, 3, 2)
DEADLINE = dt.date(2026, 3, 24)
SERIAL = itertools.count(1)
"""Numbers and codes of one run never meet, however many counties tender."""


def approve(world: World, project: Project) -> None:
    Approval.objects.create(
        project=project,
        planned_by=world.person(Role.PROJECT_OFFICE),
        decided_by=world.person(Role.LEADING_GROUP),
        decided_at=dt.datetime(2026, 2, 27, 2, tzinfo=dt.UTC),
        approved=True,
    )


def start(world: World, project: Project | None = None) -> Tender:
    """A tender under way, waiting for its announcement."""
    project = project or make_project(world)
    if not project.approved:
        approve(world, project)
    tender = open_tender(project=Project.objects.get(pk=project.pk))
    TenderFlow.start.run(subject=tender)
    return tender


def duty_of(tender: Tender) -> Duty:
    """The one step that waits now."""
    return Duty.objects.open().get(process=TenderFlow.process_of(tender))


def step(tender: Tender, user, data: dict):
    """Do the step that waits now; returns the form."""
    return carry_out(duty=duty_of(tender), user=user, data=data)


def announcement(**changes) -> dict:
    return {
        "number": f"示例-ZB-{next(SERIAL)}",
        "announced_on": "2026-03-02",
        "documents_until": "2026-03-09",
        "bids_due_on": DEADLINE.isoformat(),
        "ceiling": "90000",
        "bid_bond": "18000",
        "reserved_percent": "100",
    } | changes


def bid(
    supplier: Supplier | None = None, set_price="21500.00", total="86000.00", **changes
) -> dict:
    return {
        "supplier": supplier.pk if supplier else "",
        "set_price": set_price,
        "opening_price": total,
        "size": "small",
        "valid": "on",
    } | changes


def opening(bids: list[dict], **changes) -> dict:
    data = {
        "result": "evaluated",
        "opened_on": "2026-03-24",
        "evaluated_on": "2026-03-24",
        "reported_on": "2026-03-24",
        "bids-TOTAL_FORMS": len(bids),
        "bids-INITIAL_FORMS": 0,
    }
    for number, row in enumerate(bids):
        data |= {f"bids-{number}-{name}": value for name, value in row.items()}
    return data | changes


def new_code() -> str:
    """A valid unified social credit code that nobody has yet."""
    stem = f"91520000MA{next(SERIAL):07d}"
    return stem + uscc.calc_check_digit(stem)


def three_bids(world: World) -> list[dict]:
    """The first supplier is the lowest; the third is new to the register."""
    code = new_code()
    newcomer = {"name": f"示例新企业{code[10:17]}", "uscc": code, "brand": "示例牌丙"}
    return [
        bid(world.suppliers[0]),
        bid(world.suppliers[1], "22000.00", "88000.00"),
        bid(None, "22400.00", "89600.00", **newcomer),
    ]


def award(winner, **changes) -> dict:
    return {"winner": winner.pk, "decided_on": "2026-03-26", "notified_on": "2026-03-27"} | changes


def items(*prices: str) -> dict:
    prices = prices or ("8000.00", "7000.00", "6500.00")
    data = {"items-TOTAL_FORMS": len(prices), "items-INITIAL_FORMS": len(prices)}
    for number, price in enumerate(prices):
        data |= {
            f"items-{number}-brand": "示例牌",
            f"items-{number}-model": f"SL-{number}",
            f"items-{number}-unit_price": price,
        }
    return data


def draft(**changes) -> dict:
    return (
        {
            "number": f"示例-HT-{next(SERIAL)}",
            "buyer": "示例县教育局",
            "buyer_address": "示例县城关",
            "delivery_due_on": "2026-07-31",
            "warranty_years": "3",
            "annual_rate": "3.5",
            "years": "5",
            "payments_per_year": "1",
            "repayment": "level_payment",
            "timing": "arrears",
            "maintenance": "租赁期内免费维护",
            "ownership": "期满归学校所有",
            "acceptance": "两级验收合格",
            "liability": "协商解决",
            "performance_bond": "0",
        }
        | items()
        | changes
    )


def to_opening(world: World) -> Tender:
    tender = start(world)
    with clock.at(MONDAY):
        assert not step(tender, world.person(Role.PROCUREMENT), announcement()).errors
    tender.refresh_from_db()
    return tender


def to_award(world: World) -> Tender:
    tender = to_opening(world)
    with clock.at(DEADLINE):
        form = step(tender, world.person(Role.PROCUREMENT), opening(three_bids(world)))
    assert not form.errors
    tender.refresh_from_db()
    return tender


def to_draft(world: World) -> Tender:
    tender = to_award(world)
    with clock.at(dt.date(2026, 3, 27)):
        form = step(tender, world.person(Role.PROJECT_OFFICE), award(tender.bids.ranked()[0]))
    assert not form.errors
    tender.refresh_from_db()
    return tender


def to_confirm(world: World) -> Contract:
    tender = to_draft(world)
    with clock.at(dt.date(2026, 4, 8)):
        assert not step(tender, world.person(Role.PROCUREMENT), draft()).errors
    return Contract.objects.get(tender=tender)


def to_signed(world: World) -> Contract:
    contract = to_confirm(world)
    with clock.at(dt.date(2026, 4, 10)):
        form = step(contract.tender, world.person(Role.SUPPLIER), {"decision": "pass"})
    assert not form.errors
    contract.refresh_from_db()
    return contract
