"""Scenes of the buyback: an agreement with its flow, and rounds of payment by those who do them."""

from __future__ import annotations

from assets.actions import open_registration
from financing.actions import approve_claim, claim_batch, draw_agreement, review_claim
from financing.flows import BuybackFlow
from financing.models import Agreement, ClaimBatch, Rebate, RebateClaim
from procurement.models import ProjectSchool
from registry import clock
from registry.enums import Role
from registry.models import User
from tests.acceptance_walk import drawn
from tests.world import PASSWORD, World, make_budgets, make_contract, make_passed, make_user
from workflow.actions import carry_out
from workflow.models import Duty


def make_buybacks(world: World, *, budgets: bool = True, signed: bool = True) -> list[Agreement]:
    """One agreement per school of the world, each waiting for the first application.

    ``budgets=False`` leaves out the schools' budget approvals, without which nobody may apply;
    with ``signed=False`` they wait for the heads' signatures instead.
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
        if signed:
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


def claim(world: World, *agreements: Agreement) -> list[ClaimBatch]:
    """All that the agreements may claim, a batch for each level."""
    project = agreements[0].project_school.project
    rebates = Rebate.objects.claimable().filter(instalment__agreement__in=agreements)
    batches = []
    for funder in ("county", "prefecture", "province"):
        if pks := list(rebates.filter(funder=funder).values_list("pk", flat=True)):
            batches.append(
                claim_batch(
                    project=project,
                    funder=funder,
                    rebates=pks,
                    document=f"示例教申〔2027〕{ClaimBatch.objects.count() + 1}号",
                    user=world.person(Role.COUNTY_FINANCE),
                )
            )
    return batches


def second_finance(world: World):
    """Another person of county finance, who reviews what the first one claimed."""
    known = User.objects.filter(name="县财务审核二").first()
    return known or make_user("县财务审核二", Role.COUNTY_FINANCE, world.county)


def reviewed(world: World, claim: RebateClaim) -> RebateClaim:
    """审核 by whom it waits for, at the whole amount."""
    prefecture = claim.rebate.funder == "province"
    user = world.person(Role.PREFECTURE) if prefecture else second_finance(world)
    return review_claim(claim=claim, user=user, document="审1")


def granted(world: World, claim: RebateClaim, amount=None, remark: str = "核减") -> RebateClaim:
    """审核 and 批复; ``amount`` if the level grants less."""
    level = {"province": Role.PROVINCE, "prefecture": Role.PREFECTURE}
    role = level.get(claim.rebate.funder, Role.LEADING_GROUP)
    return approve_claim(
        claim=reviewed(world, claim),
        user=world.person(role),
        amount=amount,
        document="批1",
        remark="" if amount is None else remark,
    )
