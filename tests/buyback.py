"""Scenes of the buyback: an agreement with its flow, and rounds of payment by those who do them."""

from __future__ import annotations

from assets.actions import open_registration
from financing.actions import draw_agreement
from financing.flows import BuybackFlow
from financing.models import Agreement
from procurement.models import ProjectSchool
from registry import clock
from registry.enums import Role
from tests.acceptance_walk import drawn
from tests.world import PASSWORD, World, make_budgets, make_contract, make_passed
from workflow.actions import carry_out
from workflow.models import Duty


def make_buybacks(world: World, *, budgets: bool = True) -> list[Agreement]:
    """One agreement per school of the world, each waiting for the first application.

    ``budgets=False`` leaves out the schools' budget approvals, without which nobody may apply.
    """
    contract = make_contract(world)
    if budgets:
        make_budgets(world)
    make_passed(world, contract)
    agreements = []
    for row in ProjectSchool.objects.filter(project=contract.project).order_by("school__code"):
        open_registration(project_school=row)
        agreement = draw_agreement(project_school=row)
        BuybackFlow.start.run(subject=agreement)
        sign(world, agreement)
        agreements.append(Agreement.objects.get(pk=agreement.pk))
    return agreements


def sign(world: World, agreement: Agreement) -> None:
    """By the school's head, then by the supplier."""
    given = {"agreed": "on", "password": PASSWORD, "signature": drawn()}
    do(agreement, "sign_agreement", world.person(Role.HEAD, agreement.school), **given)
    do(agreement, "countersign", world.person(Role.SUPPLIER), **given)


def duty_of(agreement: Agreement, step: str) -> Duty:
    return Duty.objects.open().get(step=step, process__in=BuybackFlow.processes(agreement))


def do(agreement: Agreement, step: str, user, **data):
    form = carry_out(duty=duty_of(agreement, step), user=user, data=data)
    assert not form.errors, form.errors
    return form


def apply(world: World, agreement: Agreement, amount=None) -> None:
    do(
        agreement,
        "apply",
        world.person(Role.SCHOOL_FINANCE, agreement.school),
        amount=amount or agreement.due_instalment().remaining,
        budget_note="公用经费—设备租赁",
    )


def review(world: World, agreement: Agreement, decision="pass", opinion="") -> None:
    user = world.person(Role.COUNTY_FINANCE)
    do(agreement, "review", user, decision=decision, opinion=opinion)


def pay(world: World, agreement: Agreement, voucher: str) -> None:
    user = world.person(Role.COUNTY_CASHIER)
    do(agreement, "pay", user, voucher=voucher, paid_on=clock.today())


def pay_round(world: World, agreement: Agreement, voucher: str, amount=None) -> None:
    """Apply, review, pay."""
    apply(world, agreement, amount)
    review(world, agreement)
    pay(world, agreement, voucher)


def claim(world: World, agreement: Agreement) -> None:
    documents = {f"document_{r.pk}": f"示例文〔{r.pk}〕号" for r in agreement.claimable()}
    do(agreement, "claim", world.person(Role.COUNTY_FINANCE), **documents)
