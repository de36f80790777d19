"""The data of 回购协议 and of its changes, as their templates ask for it; frozen when issued.

Amounts are strings of two decimals, dates ISO strings.
"""

from __future__ import annotations

from documents.models import Paper
from financing.enums import RevisionKind
from financing.models import Agreement, Revision
from financing.pdf import heading, percent, yuan
from financing.replanning import NewPlan
from procurement.enums import RepaymentMethod
from registry.money import ZERO

Word = tuple[str, str]
"""A heading and what it says."""


def buyback_agreement(agreement: Agreement, schedule: Paper) -> dict:
    """回购协议 with the terms in words; ``schedule`` is the 回购计划表 that it refers to."""
    supplier, contract = agreement.supplier, agreement.contract
    return {
        **heading(agreement),
        "agreement": {
            "number": agreement.number,
            "contract": contract.number,
            "contract_signed_on": contract.signed_on.isoformat(),
            "starts_on": agreement.starts_on.isoformat(),
            "principal": yuan(agreement.principal),
        },
        "supplier": {
            "name": supplier.name,
            "code": supplier.uscc,
            "address": supplier.address,
            "contact": f"{supplier.contact} {supplier.phone}".strip(),
        },
        "rooms": _rooms(agreement),
        "items": [
            {"name": item.name, "model": f"{item.brand} {item.model}", "per_set": item.per_set}
            | {"unit": item.unit, "price": yuan(item.unit_price)}
            for item in contract.items.all()
        ],
        "terms": [{"label": label, "words": words} for label, words in terms_in_words(agreement)],
        "schedule": _schedule(schedule),
        "clauses": clauses(agreement),
    }


def _rooms(agreement: Agreement) -> list[dict]:
    rows = agreement.live_rooms().select_related("room_pass__plan_line__classroom")
    return [
        {
            "class_name": room.room_pass.plan_line.classroom.name,
            "room": room.room_pass.plan_line.classroom.room,
            "passed_on": room.room_pass.passed_on.isoformat(),
            "amount": yuan(room.amount),
        }
        for room in rows.order_by("room_pass")
    ]


def _schedule(paper: Paper) -> dict:
    """What ties the agreement to its schedule: number, version and the hash of its content."""
    rows = paper.data["instalments"]
    return {
        "number": paper.number,
        "version": paper.version,
        "hash": paper.data_hash,
        "instalments": len(rows),
        "first_due": rows[0]["due_on"],
        "last_due": rows[-1]["due_on"],
        "total": paper.data["totals"]["payable"],
    }


def terms_in_words(agreement: Agreement) -> list[Word]:
    """The terms as people read them: what is agreed, and nothing of what is not."""
    words = [
        ("回购本金", f"{agreement.principal:,.2f} 元"),
        ("起租日期", f"{agreement.starts_on}（设备移交之日）"),
        ("回购方式", f"{agreement.get_repayment_display()}，{agreement.get_timing_display()}"),
        ("付款频次", agreement.get_payments_per_year_display()),
        _price(agreement),
    ]
    if agreement.percents:
        words.append(("各期比例", "、".join(f"{share}%" for share in agreement.percents)))
    if agreement.down_payment:
        words.append(("首付款", f"{agreement.down_payment:,.2f} 元，起租日支付"))
    if agreement.retention:
        due = agreement.retention_due_on
        words.append(("质保金", f"{agreement.retention:,.2f} 元，不计利息，{due} 返还供应商"))
    if agreement.residual:
        words.append(("期末留购价", f"{agreement.residual:,.2f} 元，随最后一期支付"))
    if agreement.grace:
        words.append(("宽限期", f"前 {agreement.grace} 期只付利息"))
    return [
        *words,
        ("逾期利息", f"按未付金额每日 {percent(agreement.late_rate)}% 计付，不计复利"),
        ("抵充顺序", f"先抵最早到期的一期；同一期内{agreement.get_allocation_display()}"),
    ]


def _price(agreement: Agreement) -> Word:
    if agreement.repayment == RepaymentMethod.FIXED_PAYMENT:
        implied = percent(agreement.annual_rate)
        return "每期付款额", f"{agreement.fixed_payment:,.2f} 元（推算年利率 {implied}%）"
    return "年利率", f"{percent(agreement.annual_rate)}%"


def clauses(agreement: Agreement) -> list[str]:
    """The clauses that every agreement has, in the order in which the paper numbers them."""
    contract = agreement.contract
    maintenance = contract.maintenance or "按采购合同执行。"
    return [
        (
            "供应商将所列设备出租给学校使用，学校按回购计划表分期支付租金（回购款）。"
            "设备的规格、技术性能和检验以采购合同和验收文书为准（民法典第七百三十六条）。"
        ),
        (
            "租赁期内设备所有权归供应商；学校不得转让、抵押设备。学校付清全部应付款项之日起，"
            "设备所有权归学校，不另付价款，双方签署产权转移确认书（民法典第七百五十七条）。"
        ),
        f"租赁期内设备的维护由供应商负责：{maintenance}",
        (
            "学校付款遇法定休假日顺延至其后第一个工作日；逾期的，按约定计付逾期利息。"
            "各级奖补以实际到账为准，未到账不影响学校按期付款。"
        ),
        (
            "班级增减、价格更正、调整还款计划和提前回购，由双方签署变更书并换发回购计划表；"
            "提前回购的，利息计算到回购当日。解除协议的，设备退还供应商，利息计算到解除当日，"
            "其后的本金不再支付。"
        ),
        "本协议与采购合同不一致的，以采购合同为准；争议按采购合同约定的方式解决。",
    ]


def agreement_change(revision: Revision, plan: NewPlan, old: list[Word]) -> dict:
    """变更书 of a change that is in force: rooms, terms before and after, what is replaced by what.

    ``old``: the terms before, as ``terms_in_words``.
    """
    agreement, new = revision.agreement, terms_in_words(revision.agreement)
    return {
        **heading(agreement),
        "agreement": {
            "number": agreement.number,
            "signed_on": agreement.signed_on.isoformat(),
            "supplier": agreement.supplier.name,
        },
        "change": {
            "number": revision.number,
            "kind": revision.get_kind_display(),
            "title": revision.paper_title,
            "effective_on": revision.effective_on.isoformat(),
            "reason": revision.reason,
            "decided_on": revision.decided_on.isoformat(),
            "principal": yuan(revision.principal_change),
            "accrued": yuan(plan.accrued),
            "written_off": yuan(plan.written_off),
        },
        "rooms": [_change(row) for row in revision.rooms.order_by("room_pass")],
        "terms": changed_words(old, new),
        "replaced": [_row(row.number, row) for row in plan.replaced],
        "instalments": [_row(number, row) for number, row in plan.numbered],
        "totals": {
            "replaced": yuan(sum((row.payment for row in plan.replaced), ZERO)),
            "instalments": yuan(plan.schedule.totals.payment),
        },
        "clauses": change_clauses(revision),
    }


def _change(row) -> dict:
    classroom = row.room_pass.plan_line.classroom
    return {
        "class_name": classroom.name,
        "room": classroom.room,
        "before": "" if row.before is None else yuan(row.before),
        "after": "" if row.after is None else yuan(row.after),
    }


def changed_words(old: list[Word], new: list[Word]) -> list[dict]:
    """Terms that differ, with what they were and what they are; an empty text is no such term."""
    was, now = dict(old), dict(new)
    labels = list(dict.fromkeys([*was, *now]))
    return [
        {"label": label, "before": was.get(label, ""), "after": now.get(label, "")}
        for label in labels
        if was.get(label) != now.get(label)
    ]


def _row(number: int, row) -> dict:
    return {
        "number": number,
        "due_on": row.due_on.isoformat(),
        "principal": yuan(row.principal),
        "interest": yuan(row.interest),
        "payable": yuan(row.payment),
    }


CHANGE_CLAUSES = {
    RevisionKind.AMENDMENT: [
        "本次变更自生效日起执行：当期利息生效日之前按原本金计算，生效日起按变更后的本金计算。",
        "退出的班级的设备退还供应商，学校核销使用登记；新加入的班级的设备适用原协议。",
    ],
    RevisionKind.RESCHEDULE: [
        "生效日之后未付清的各期由新计划代替；当期利息生效日之前按原计划计算，生效日起按新条件计算。",
    ],
    RevisionKind.BUYOUT: [
        "学校于回购日一次付清剩余本金和计算到当日的利息，其后不再计息。",
        "付清之日起设备所有权归学校，双方另签产权转移确认书；供应商的质保义务按采购合同继续履行。",
    ],
    RevisionKind.TERMINATION: [
        "自解除日起学校停止使用设备，设备退还供应商，双方当面清点。",
        "利息计算到解除当日；其后的本金不再支付。解除日前到期未付的款项，学校仍应付清。",
    ],
}


def change_clauses(revision: Revision) -> list[str]:
    return [
        *CHANGE_CLAUSES[RevisionKind(revision.kind)],
        "原协议的其他条款不变；换发的回购计划表自生效日起代替原表，原表留存备查。",
    ]
