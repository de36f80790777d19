"""Sample papers of every kind, as the frozen data of `documents.Paper` looks; all names invented."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from documents.seal import seal_png
from tests.paper_agreements import agreement_change, buyback_agreement
from tests.paper_claims import claim_batch
from tests.paper_forms import county_inspection, handover, school_acceptance
from tests.paper_parts import (
    CONTRACT,
    DEVICES,
    PROJECT,
    SCHOOL,
    SamplePaper,
    SampleSignature,
    drawn,
    money,
)


def buyback_schedule(count: int, funders: int = 3, periods: int = 5) -> dict:
    principal = Decimal(21500) * count
    levels = [("省级", 20), ("州级", 10), ("县级", 30), ("乡镇", 5), ("企业捐助", 5)][:funders]
    part, rows, left = principal / periods, [], principal
    for number in range(1, periods + 1):
        interest = left * Decimal("0.035")
        left -= part
        payable = part + interest
        rebates = [payable * percent / 100 for _, percent in levels]
        rows.append(
            {
                "number": number,
                "due_on": f"{2026 + number}-10-31",
                "principal": money(part),
                "interest": money(interest),
                "payable": money(payable),
                "rebates": [money(rebate) for rebate in rebates],
                "net": money(payable - sum(rebates)),
                "balance": money(left),
            }
        )
    totals = {
        key: money(sum(Decimal(row[key]) for row in rows))
        for key in ("principal", "interest", "payable", "net")
    }
    totals["rebates"] = [
        money(sum(Decimal(row["rebates"][i]) for row in rows)) for i in range(len(levels))
    ]
    return {
        "project": PROJECT,
        "school": SCHOOL,
        "agreement": {
            "number": "LP-HG-2026-0052",
            "signed_on": "2026-11-02",
            "supplier": CONTRACT["supplier"],
            "classrooms": count,
            "principal": money(principal),
            "rate": "3.50",
            "instalments": periods,
            "interval": "每年一期",
            "method": "等额本金",
            "first_due": "2027-10-31",
            "ownership": "归供应商，付清后转移给学校",
        },
        "funders": [{"name": name, "percent": f"{percent}.00"} for name, percent in levels],
        "school_percent": f"{100 - sum(percent for _, percent in levels)}.00",
        "instalments": rows,
        "totals": totals,
        "notes": ["回购款由学校公用经费列支的，须经县财政审核。"],
    }


def contract_acceptance(count: int) -> dict:
    return {
        "project": PROJECT,
        "buyer": "黎平县教育局（示例）",
        "contract": CONTRACT
        | {
            "name": "“班班通”设备采购合同",
            "amount": money(21500 * count),
            "signed_on": "2026-08-20",
        },
        "organisation": "自行组织",
        "body": "黎平县教育局（示例）",
        "invited": "县教育装备站技术人员二名、学校代表",
        "inspected_on": "2026-10-30",
        "method": "分期验收：逐校、逐班验收，县级汇总",
        "sampling": "全数检验，不作破坏性检测",
        "procedure": "供货单位申请→学校验收→装备站审核→县级逐班验收→汇总出具验收书",
        "content": "合同及投标文件约定的每一项技术、服务、安全要求，包括安装、培训与质量保证",
        "standard": "采购文件、合同约定的全部量化指标及国家、行业标准",
        "items": [
            {
                "name": name,
                "model": model,
                "unit": "台",
                "planned": count,
                "delivered": count,
                "passed": count,
                "conclusion": "合格",
            }
            for name, _, model, _ in DEVICES
        ],
        "total": {"planned": 3 * count, "delivered": 3 * count, "passed": 3 * count},
        "accepted_amount": money(21500 * count),
        "verdict": "合格",
        "conclusion": "各项技术、服务、安全标准履约情况符合合同约定，同意验收。",
        "members": [
            {"name": f"示例成员{sign}", "unit": "县教育装备站（示例）", "title": "工程师"}
            for sign in "甲乙丙丁戊"
        ],
        "attachments": ["学校验收表与县级逐班验收表汇总", "产品合格证、检测报告"],
    }


def instalment_notice(count: int) -> dict:
    schedule = buyback_schedule(count)
    first = schedule["instalments"][0]
    return {
        "project": PROJECT,
        "school": SCHOOL,
        "agreement": schedule["agreement"],
        "payee": {
            "name": CONTRACT["supplier"],
            "bank": "示例银行黎平支行",
            "account": "000100020003",
        },
        **{key: first[key] for key in ("number", "due_on", "principal", "interest", "payable")},
        **{key: first[key] for key in ("net", "balance")},
        "rebates": [
            {"name": funder["name"], "amount": amount}
            for funder, amount in zip(schedule["funders"], first["rebates"], strict=True)
        ],
        "basis": ["资产移交单 BBT-2026-01-052", "当期维护考核合格"],
        "issuer": "黎平县教育局（示例）",
        "issued_on": "2027-10-10",
    }


def payment_order(count: int) -> dict:
    notice = instalment_notice(count)
    amount = Decimal(notice["payable"]) + Decimal("30.32")
    return {
        **{key: notice[key] for key in ("project", "school", "payee")},
        "agreement": {
            "number": notice["agreement"]["number"],
            "supplier": notice["payee"]["name"],
        },
        "instalment": {"number": notice["number"], "due_on": notice["due_on"]},
        "amount": money(amount),
        "sums": [
            {"name": "逾期利息", "amount": "30.32"},
            {"name": "利息", "amount": notice["interest"]},
            {"name": "本金", "amount": notice["principal"]},
        ],
        "source": "公用经费—设备租赁",
        "applied": {"by": "示例学校财务", "on": "2027-11-01"},
        "reviewed": {"by": "示例县财务", "on": "2027-11-03"},
    }


def title_transfer(count: int) -> dict:
    schedule = buyback_schedule(count)
    return {
        "project": PROJECT,
        "school": SCHOOL,
        "agreement": schedule["agreement"],
        "paid": {
            "instalments": 5,
            "principal": schedule["totals"]["principal"],
            "interest": schedule["totals"]["interest"],
            "total": schedule["totals"]["payable"],
            "last_on": "2031-10-28",
        },
        "items": [
            {"name": name, "quantity": count, "unit": "台", "amount": money(Decimal(price) * count)}
            for name, _, _, price in DEVICES
        ],
        "total": {"quantity": 3 * count, "amount": money(21500 * count)},
        "transferred_on": "2031-11-01",
    }


def plan(count: int) -> dict:
    """A plan of ``count`` schools with two classrooms each."""
    budget = Decimal(21500) * count * 2
    return {
        "project": PROJECT,
        "county": "黎平县",
        "year": 2026,
        "deadline": "2026-10-31",
        "mode": "模式二：投影机＋电子白板＋计算机",
        "equipment": [
            {"name": name, "quantity": 1, "unit": "台", "requirement": "符合采购需求所列参数"}
            for name, *_ in DEVICES
        ],
        "budget": money(budget),
        "set_price": {"low": "20000.00", "high": "23000.00"},
        "funding": [
            {
                "name": name,
                "percent": f"{percent}.00",
                "amount": money(budget * percent / 100),
                "rule": "按各期应付合计，付一期申领一期",
            }
            for name, percent in [("学校", 40), ("县", 30), ("州", 10), ("省", 20)]
        ],
        "schools": [
            {
                "township": "示例镇",
                "name": f"示例第{i + 1}完全小学",
                "code": f"21529{i:05d}",
                "total": 6,
                "classrooms": 2,
            }
            for i in range(count)
        ],
        "total": {"schools": count, "total": 6 * count, "classrooms": 2 * count},
        "basis": ["县人民政府年度教育信息化建设任务"],
    }


def contract(count: int) -> dict:
    items = [
        {
            "name": name,
            "model": model,
            "unit": "台",
            "quantity": count,
            "price": price,
            "amount": money(Decimal(price) * count),
        }
        for name, _, model, price in DEVICES
    ]
    return {
        "project": PROJECT,
        "contract": {
            "number": CONTRACT["number"],
            "name": "“班班通”设备采购合同",
            "signed_on": "2026-08-20",
            "amount": money(21500 * count),
            "set_price": "21500.00",
        },
        "buyer": {
            "name": "黎平县教育局（示例）",
            "address": "示例路1号",
            "contact": "0855-0000000",
        },
        "supplier": {
            "name": CONTRACT["supplier"],
            "code": "91000000MA0000031W",
            "address": "示例路2号",
            "contact": "0851-0000000",
        },
        "tender": {"number": "LP-ZB-2026-003", "awarded_on": "2026-08-05"},
        "items": items,
        "total": {"quantity": 3 * count, "amount": money(21500 * count)},
        "schools": 3,
        "classrooms": count,
        "delivery": "合同签订之日起30日内送达各校并安装调试完毕",
        "acceptance": "学校验收、县级逐班验收合格后出具履约验收书",
        "payment": "验收合格后按回购协议分期支付",
        "warranty": "自验收合格之日起三年，三小时内响应",
        "bond": "合同金额的5%，银行保函",
        "liability": "逾期交货按日支付违约金；协商不成的，向采购人所在地人民法院起诉",
    }


# kind → (title, data of so many rooms, capacities that sign: role, party, seal or not)


KINDS = {
    "plan": ("建设方案", plan, [("项目办", True), ("领导小组组长", True)]),
    "contract": ("采购合同要素表", contract, [("采购人", True), ("供应商", True)]),
    "school_acceptance": (
        "学校验收表",
        school_acceptance,
        [
            ("校长", True),
            ("资产员", False),
            ("技术员", False),
            ("供应商代表", False),
            ("装备站", True),
        ],
    ),
    "county_inspection": (
        "县级逐班验收表",
        county_inspection,
        [
            ("县级验收组组长", True),
            ("县级验收组成员1", False),
            ("县级验收组成员2", False),
            ("县级验收组成员3", False),
            ("学校代表", False),
            ("供应商代表", False),
        ],
    ),
    "handover": (
        "资产移交单",
        handover,
        [("移交人", True), ("接收人", True), ("监交人", True)],
    ),
    "buyback_schedule": (
        "回购计划表",
        buyback_schedule,
        [("校长", True), ("供应商", True), ("县教育局", True)],
    ),
    "buyback_agreement": ("回购协议", buyback_agreement, [("校长", True), ("供应商", True)]),
    "agreement_change": ("回购协议变更书", agreement_change, [("校长", True), ("供应商", True)]),
    "contract_acceptance": (
        "履约验收书",
        contract_acceptance,
        [
            ("验收组组长", False),
            ("验收组成员1", False),
            ("验收组成员2", False),
            ("采购人", True),
            ("供应商", True),
        ],
    ),
    "instalment_notice": (
        "回购付款通知书",
        instalment_notice,
        [("学校财务", False), ("校长", True), ("县财务", False)],
    ),
    "payment_order": (
        "付款单",
        payment_order,
        [("县财务审核", False), ("出纳", True)],
    ),
    "claim_batch": (
        "奖补申领汇总表",
        claim_batch,
        [("制表人", False), ("审核人", False), ("负责人", True)],
    ),
    "title_transfer": (
        "产权转移确认书",
        title_transfer,
        [("供应商", True), ("校长", True), ("监交人", True)],
    ),
}


def sample(kind: str, count: int = 12, **options) -> SamplePaper:
    """A paper of ``kind`` for ``count`` classrooms."""
    title, make, _ = KINDS[kind]
    return SamplePaper(kind=kind, title=title, data=make(count, **options))


def signed(paper: SamplePaper) -> list[SampleSignature]:
    """Signatures of everybody who signs ``paper``, drawn and sealed."""
    parties = {"校长": SCHOOL["name"], "接收人": SCHOOL["name"], "供应商": CONTRACT["supplier"]}
    parties["移交人"] = CONTRACT["supplier"]
    return [
        SampleSignature(
            name=f"示例{'甲乙丙丁戊己'[place]}",
            role=role,
            party=parties.get(role, "黎平县教育装备站"),
            data_hash=paper.data_hash,
            image=drawn(place) if place != 2 else None,
            seal=seal_png(parties.get(role, "黎平县教育装备站"), "示例") if sealed else None,
            signed_at=datetime(2026, 10, 13, 1, 5, 9, tzinfo=UTC) + timedelta(minutes=place),
        )
        for place, (role, sealed) in enumerate(KINDS[paper.kind][2])
    ]
