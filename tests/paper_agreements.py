"""Sample data of the agreement's papers: 回购协议 and 变更书; all names invented."""

from decimal import Decimal

from tests.paper_parts import CONTRACT, DEVICES, PROJECT, SCHOOL, money, rooms

NUMBER = "LP-HG-2026-0052"


def buyback_agreement(count: int) -> dict:
    return {
        "project": PROJECT,
        "school": SCHOOL,
        "agreement": {
            "number": NUMBER,
            "contract": CONTRACT["number"],
            "contract_signed_on": "2026-08-20",
            "starts_on": "2026-10-31",
            "principal": money(21500 * count),
        },
        "supplier": {
            "name": CONTRACT["supplier"],
            "code": "91000000MA0000031W",
            "address": "示例路2号",
            "contact": "示例联系人 0851-0000000",
        },
        "rooms": [
            room | {"passed_on": "2026-10-27", "amount": "21500.00"} for room in rooms(count)
        ],
        "items": [
            {"name": name, "model": model, "per_set": 1, "unit": "台", "price": price}
            for name, _, model, price in DEVICES
        ],
        "terms": [
            {"label": "回购方式", "words": "等额本息，期末付"},
            {"label": "年利率", "words": "3.50%"},
            {"label": "质保金", "words": "12,900.00 元，不计利息，2027-10-27 返还供应商"},
            {"label": "逾期利息", "words": "按未付金额每日 0.05% 计付，不计复利"},
        ],
        "schedule": {
            "number": NUMBER,
            "version": 1,
            "hash": "0123456789abcdef" * 4,
            "instalments": 6,
            "first_due": "2027-10-27",
            "last_due": "2031-10-31",
            "total": "285642.10",
        },
        "clauses": [
            "租赁期内设备所有权归供应商；学校付清全部应付款项之日起，设备所有权归学校。",
            "租赁期内设备的维护由供应商负责：质保期内免费上门维修。",
            "争议按采购合同约定的方式解决。",
        ],
    }


def agreement_change(count: int) -> dict:
    """One room leaves in the second year."""
    left = rooms(1)[0]
    principal = Decimal(21500) * count
    old = [
        {
            "number": number,
            "due_on": f"{2026 + number}-10-31",
            "principal": money(principal / 5),
            "interest": money(principal * (6 - number) / 5 * Decimal("0.035")),
            "payable": money(principal / 5 * (1 + (6 - number) * Decimal("0.035"))),
        }
        for number in range(2, 6)
    ]
    return {
        "project": PROJECT,
        "school": SCHOOL,
        "agreement": {
            "number": NUMBER,
            "signed_on": "2026-11-02",
            "supplier": CONTRACT["supplier"],
        },
        "change": {
            "number": 1,
            "kind": "协议变更",
            "title": "回购协议变更书",
            "effective_on": "2028-03-01",
            "reason": "一年级并班，退出一个班",
            "decided_on": "2028-02-20",
            "principal": "-21500.00",
            "accrued": "2508.63",
            "written_off": "0.00",
        },
        "rooms": [left | {"before": "21500.00", "after": ""}],
        "terms": [
            {"label": "回购本金", "before": money(principal), "after": money(principal - 21500)}
        ],
        "replaced": old,
        "instalments": old,
        "totals": {"replaced": "300000.00", "instalments": "278500.00"},
        "clauses": ["当期利息生效日之前按原本金计算，生效日起按变更后的本金计算。"],
    }
