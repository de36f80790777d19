"""Data of the inspection forms and the handover, as the acceptance floor fills them."""

from decimal import Decimal

from tests.paper_parts import CONTRACT, DEVICES, PROJECT, SCHOOL, money, rooms


def school_acceptance(count: int) -> dict:
    return {
        "project": PROJECT,
        "school": SCHOOL,
        "contract": CONTRACT,
        "mode": "模式二：投影机＋电子白板＋计算机",
        "inspected_on": "2026-10-12",
        "rooms": [
            room
            | {
                "equipment": "合格",
                "workmanship": "不合格" if i == 3 else "合格",
                "training": "合格",
                "remark": "走线未入槽" if i == 3 else "",
                "items": [
                    {
                        "name": name,
                        "model": model,
                        "serial": f"SN2026{d}{i:04d}X{i * 7919 % 9973:04d}",
                    }
                    for d, (name, _, model, _) in enumerate(DEVICES)
                ],
            }
            for i, room in enumerate(rooms(count))
        ],
        "parts": {
            "equipment": {"verdict": "合格", "note": "型号、规格与中标设备一致，通电运行正常。"},
            "workmanship": {"verdict": "合格", "note": "按标准施工，接地、布线符合要求。"},
            "training": {"verdict": "合格", "note": "任课教师能独立操作设备。"},
        },
        "training": {
            "held_on": "2026-10-10",
            "hours": "6",
            "expected": 32,
            "attended": 30,
            "passed": 29,
            "content": "设备操作、日常维护与白板课件制作",
            "trainer": "供货单位培训员",
        },
        "verdict": "合格",
        "conclusion": "设备到位、运转正常，同意通过学校验收，报装备站审核。",
    }


def county_inspection(count: int) -> dict:
    failed = [3] if count > 3 else []
    listed = rooms(count)
    return {
        "project": PROJECT,
        "school": SCHOOL,
        "contract": CONTRACT,
        "round": 1,
        "inspected_on": "2026-10-20",
        "rooms": [
            room
            | {
                "workmanship": "不合格" if i in failed else "合格",
                "training": "合格",
                "usage": "合格",
                "verdict": "不合格" if i in failed else "合格",
                "reason": "投影机吊架松动，电源线未固定" if i in failed else "",
            }
            for i, room in enumerate(listed)
        ],
        "summary": {"total": count, "passed": count - len(failed), "failed": len(failed)},
        "defects": [
            {
                "class_name": listed[i]["class_name"],
                "part": "施工质量",
                "description": "投影机吊架松动，电源线未固定，须重新安装并固定。",
                "deadline": "2026-10-27",
                "responsible": "供货单位",
            }
            for i in failed
        ],
        "verdict": "部分合格" if failed else "合格",
        "conclusion": "除列入整改事项的班级外，其余班级验收合格。"
        if failed
        else "全部班级验收合格。",
    }


def handover(count: int) -> dict:
    items = [
        {
            "name": name,
            "code": code,
            "model": model,
            "serial": f"SN2026{d}{i:04d}X{i * 7919 % 9973:04d}",
            "quantity": 1,
            "unit": "台",
            "price": price,
            "amount": price,
            "location": f"{room['room']}{room['class_name']}",
        }
        for i, room in enumerate(rooms(count))
        for d, (name, code, model, price) in enumerate(DEVICES)
    ]
    return {
        "project": PROJECT,
        "school": SCHOOL,
        "contract": CONTRACT,
        "handed_on": "2026-10-28",
        "parties": {
            "giver": CONTRACT["supplier"],
            "receiver": SCHOOL["name"],
            "witness": "黎平县教育装备站（示例）",
        },
        "items": items,
        "total": {
            "quantity": len(items),
            "amount": money(sum(Decimal(item["amount"]) for item in items)),
        },
        "documents": [
            {"name": "机柜钥匙", "quantity": f"{count * 2} 把", "remark": "每班两把"},
            {"name": "设备说明书、合格证、保修卡", "quantity": f"{count} 套", "remark": ""},
            {"name": "布线图与检验报告", "quantity": "1 份", "remark": "由资产员保管"},
        ],
        "remark": "",
    }
