"""Verbs of the contract: draft it for the winner, confirm it as the supplier, or send it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from documents.actions import sign
from documents.models import Seal
from documents.trail import record
from procurement import findings, repayment, rules
from procurement.actions.contract_paper import drafted_paper, issue_contract
from procurement.actions.tender import hold, live_lines
from procurement.enums import (
    AllocationOrder,
    PaymentsPerYear,
    RepaymentMethod,
    RepaymentTiming,
    TenderOutcome,
)
from procurement.findings import insist, law_of
from procurement.models import Contract, ContractItem, ContractLine, PlanLine, Tender
from registry import clock
from registry.money import ZERO

BUYER, SELLER = "采购人", "供应商"
"""In which capacity the two parties sign the paper."""


@dataclass(frozen=True)
class ItemEntry:
    """One line of the contract's items; amounts are yuan for one piece."""

    name: str
    catalogue_code: str
    brand: str
    model: str
    unit_price: Decimal
    specification: str = ""
    unit: str = "台"
    per_set: int = 1


@dataclass(frozen=True)
class Terms:
    """What the contract says besides items and number; rates and shares in percent.

    ``fixed_payment``: each instalment of all schools together. ``late_rate``: None where the
    contract does not say, then the law's holds.
    """

    buyer: str
    delivery_due_on: date
    annual_rate: Decimal
    years: int = 5
    payments_per_year: int = PaymentsPerYear.YEARLY
    repayment: str = RepaymentMethod.LEVEL_PAYMENT
    timing: str = RepaymentTiming.ARREARS
    fixed_payment: Decimal | None = None
    percents: list[str] = field(default_factory=list)
    down_percent: Decimal = ZERO
    residual_percent: Decimal = ZERO
    retention_percent: Decimal = ZERO
    retention_months: int = 12
    grace: int = 0
    late_rate: Decimal | None = None
    allocation: str = AllocationOrder.LATE_FIRST
    warranty_years: int = 3
    maintenance: str = ""
    ownership: str = ""
    acceptance: str = ""
    liability: str = ""
    performance_bond: Decimal = ZERO
    buyer_address: str = ""
    buyer_contact: str = ""


@transaction.atomic
def draft_contract(
    *,
    tender: Tender,
    user,
    number: str,
    items: Sequence[ItemEntry],
    terms: Terms,
    address: str | None = None,
) -> Contract:
    """拟订合同 for the winner and sign it for the buyer; again after the supplier sent it back.

    One line per live plan line at the price of a set. Price and number of sets must be exactly
    those of the winning bid.
    """
    hold(tender)
    contract = _draft_of(tender)
    contract.number, contract.drafted_by = number, user
    for name, value in asdict(terms).items():
        setattr(contract, name, value)
    lines = list(live_lines(tender.project))
    set_price = sum((entry.unit_price * entry.per_set for entry in items), ZERO)
    insist(_of_draft(contract, set_price, len(lines)))
    if refused := repayment.refusals(contract, set_price * len(lines)):
        raise ValidationError(refused)
    if contract.delivery_due_on < clock.today():
        raise ValidationError({"delivery_due_on": "交货安装期限不能早于今天。"})
    contract.full_clean()
    contract.save()
    _write_items(contract, items)
    _write_lines(contract, lines, set_price)
    paper = issue_contract(contract=contract, user=user)
    if not paper.signatures.filter(role=BUYER).exists():
        sign(paper=paper, signer=user, role=BUYER, party=contract.buyer, address=address)
    _note(
        contract,
        user,
        "拟订合同",
        f"拟订合同 {number}：{len(lines)} 套，每套 {rules.yuan(set_price)}，"
        f"合计 {rules.yuan(tender.winner.price)}，送供应商确认",
    )
    return contract


def _draft_of(tender: Tender) -> Contract:
    if tender.outcome != TenderOutcome.AWARDED or not tender.notified_on:
        raise ValidationError("还没有定标并发出中标通知书，不能签订合同。")
    contract = Contract.objects.filter(tender=tender).first()
    if contract is None:
        return Contract(project=tender.project, tender=tender, supplier=tender.winner.supplier)
    if contract.signed_on:
        raise ValidationError("合同已经签订，不能再改。")
    return contract


def _of_draft(contract: Contract, set_price: Decimal, lines: int) -> list[rules.Finding]:
    tender = contract.tender
    law = law_of(tender.project.county, tender.notified_on)
    return [
        rules.same_quantity(lines, tender.sets),
        rules.same_price(set_price, lines, tender.winner.price),
        rules.performance_bond(
            contract.performance_bond,
            tender.winner.price,
            percent=law.value("contract.bond_percent"),
        ),
    ]


def _write_items(contract: Contract, items: Sequence[ItemEntry]) -> None:
    contract.items.all().delete()
    for number, entry in enumerate(items, start=1):
        item = ContractItem(contract=contract, number=number, **asdict(entry))
        try:
            item.full_clean()
        except ValidationError as error:
            raise ValidationError([f"{entry.name}:{text}" for text in error.messages]) from error
        item.save()


def _write_lines(contract: Contract, lines: list[PlanLine], set_price: Decimal) -> None:
    contract.lines.all().delete()
    ContractLine.objects.bulk_create(
        [ContractLine(contract=contract, plan_line=line, price=set_price) for line in lines],
        batch_size=1000,
    )


@transaction.atomic
def confirm_contract(
    *, contract: Contract, user, address: str | None = None, image: str = "", sealed: bool = False
) -> Contract:
    """供应商确认签约: the contract is signed today.

    ``image``: the drawn signature as a PNG data URL; ``sealed``: press the supplier's registered
    seal. Refused when rooms left the plan since the draft.
    """
    _must_be_unsigned(contract)
    insist([rules.same_quantity(live_lines(contract.project).count(), contract.lines.count())])
    seal = Seal.objects.in_use().filter(supplier=contract.supplier).first() if sealed else None
    if sealed and seal is None:
        raise ValidationError("企业还没有登记启用的印章，请先登记，或不用印确认。")
    contract.confirmed_by, contract.signed_on = user, clock.today()
    contract.full_clean()
    contract.save(update_fields=["confirmed_by", "signed_on"])
    sign(
        paper=drafted_paper(contract),
        signer=user,
        role=SELLER,
        party=contract.supplier.name,
        image=image,
        seal=seal,
        address=address,
    )
    law = law_of(contract.project.county, contract.tender.notified_on)
    found = findings.of_signing(contract, law)
    _note(
        contract,
        user,
        "签订合同",
        f"{contract.supplier}确认签订合同 {contract.number};"
        f"{found[1].due_on} 前公告合同，{found[2].due_on} 前备案",
        insist(found),
    )
    return contract


@transaction.atomic
def return_contract(*, contract: Contract, user, reason: str) -> Contract:
    """退回合同: the supplier asks for changes; the draft stays until it is drafted again."""
    _must_be_unsigned(contract)
    if not reason.strip():
        raise ValidationError({"opinion": "退回时请写明原因。"})
    _note(contract, user, "退回合同", f"{contract.supplier}退回合同 {contract.number}：{reason}")
    return contract


def _must_be_unsigned(contract: Contract) -> None:
    hold(contract)
    if contract.signed_on:
        raise ValidationError("合同已经签订，不能再改。")


def _note(contract: Contract, user, verb: str, sentence: str, warned: Sequence[str] = ()) -> None:
    record(
        thing=contract,
        dossier=contract.dossier,
        supplier=contract.supplier,
        actor=user,
        verb=verb,
        sentence=sentence,
        data={"warnings": list(warned)} if warned else None,
    )
