"""The paper 采购合同要素表: what both parties sign, frozen when the buyer sends it out."""

from __future__ import annotations

from documents.actions import issue_paper
from documents.enums import PaperKind
from documents.models import Paper
from procurement.enums import RepaymentMethod
from procurement.models import Contract
from registry.money import ZERO


def issue_contract(*, contract: Contract, user) -> Paper:
    """Freeze the contract as it stands; unchanged it gives the paper that is there.

    The day of signing is not in it: it is the day of the second signature.
    """
    return issue_paper(
        thing=contract,
        dossier=contract.dossier,
        supplier=contract.supplier,
        kind=PaperKind.CONTRACT,
        number=_number(contract),
        title=f"{contract.project.name}采购合同要素表"[:120],
        data=contract_data(contract),
        actor=user,
    )


def drafted_paper(contract: Contract) -> Paper:
    """The paper that the buyer sent out last: what the supplier reads and signs."""
    papers = Paper.objects.filter(kind=PaperKind.CONTRACT, number=_number(contract))
    return papers.latest("version")


def _number(contract: Contract) -> str:
    return f"{contract.tender.number}-HT"


def contract_data(contract: Contract) -> dict:
    """What ``papers/contract.html`` prints; amounts as strings, dates in ISO."""
    items = list(contract.items.all())
    sets = contract.lines.count()
    amount = sum((item.per_set_price for item in items), ZERO) * sets
    supplier, tender = contract.supplier, contract.tender
    return {
        "project": {"name": contract.project.name, "code": contract.dossier.number},
        "contract": {
            "number": contract.number,
            "name": f"{contract.project.name}采购合同",
            "amount": f"{amount:.2f}",
            "set_price": f"{contract.set_price:.2f}",
        },
        "buyer": {
            "name": contract.buyer,
            "address": contract.buyer_address,
            "contact": contract.buyer_contact,
        },
        "supplier": {
            "name": supplier.name,
            "code": supplier.uscc,
            "address": supplier.address,
            "contact": f"{supplier.contact} {supplier.phone}".strip(),
        },
        "tender": {"number": tender.number, "awarded_on": tender.decided_on.isoformat()},
        "items": [_item(item, sets) for item in items],
        "total": {
            "quantity": sum(item.per_set * sets for item in items),
            "amount": f"{amount:.2f}",
        },
        "schools": contract.lines.values("plan_line__project_school").distinct().count(),
        "classrooms": sets,
        **_clauses(contract),
    }


def _item(item, sets: int) -> dict:
    quantity = item.per_set * sets
    return {
        "name": item.name,
        "model": f"{item.brand} {item.model}",
        "unit": item.unit,
        "quantity": quantity,
        "price": f"{item.unit_price:.2f}",
        "amount": f"{item.unit_price * quantity:.2f}",
    }


def _clauses(contract: Contract) -> dict:
    """The clauses in words, from the terms as they were entered."""
    bond = contract.performance_bond
    return {
        "delivery": f"{contract.delivery_due_on}前交货并安装到各项目学校教室，调试合格，每班一套。",
        "acceptance": contract.acceptance,
        "payment": f"{repayment_words(contract)}验收合格后按回购计划表支付。{contract.ownership}",
        "warranty": f"自验收合格之日起质保 {contract.warranty_years} 年。{contract.maintenance}",
        "bond": f"{bond:,.2f} 元，以非现金形式提交。" if bond else "不收取履约保证金。",
        "liability": contract.liability,
    }


def repayment_words(contract: Contract) -> str:
    """租赁与回购 in one sentence: what is agreed, and nothing of what is not."""
    count = contract.years * contract.payments_per_year
    words = [f"租赁期 {contract.years} 年", contract.get_repayment_display()]
    if contract.repayment == RepaymentMethod.FIXED_PAYMENT:
        words.append(f"全部学校合计每期 {contract.fixed_payment:,.2f} 元")
    else:
        words.append(f"年利率 {_plain(contract.annual_rate)}%")
    if contract.percents:
        words.append("各期 " + "、".join(f"{share}%" for share in contract.percents))
    words += [
        contract.get_payments_per_year_display(),
        f"{contract.get_timing_display()}，共 {count} 期",
        *_shares(contract),
    ]
    if contract.grace:
        words.append(f"前 {contract.grace} 期只付利息")
    late = contract.late_rate
    words.append(
        f"逾期按日 {_plain(late)}% 计付逾期利息" if late is not None else "逾期利息按法定利率计付"
    )
    return "，".join(words) + f"，付款按{contract.get_allocation_display()}抵充。"


def _shares(contract: Contract) -> list[str]:
    """Down payment, retention and residual, where agreed; percents of each school's principal."""
    words = []
    if contract.down_percent:
        words.append(f"首付 {_plain(contract.down_percent)}%")
    if contract.retention_percent:
        words.append(
            f"质保金 {_plain(contract.retention_percent)}%，"
            f"验收满 {contract.retention_months} 个月后返还"
        )
    if contract.residual_percent:
        words.append(f"期末留购价 {_plain(contract.residual_percent)}%，随最后一期支付")
    return words


def _plain(number) -> str:
    return f"{number.normalize():f}"
