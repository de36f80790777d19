"""The sample paper of a batch of claims."""

from decimal import Decimal

from tests.paper_parts import PROJECT, money


def claim_batch(count: int) -> dict:
    """``count`` schools with one room each, thirty percent of 4 761.85 yuan."""
    lines = [
        {
            "number": n,
            "code": f"21529{n:05d}",
            "school": f"示例第{n}完全小学",
            "township": "示例镇",
            "rooms": 1,
            "instalment": 1,
            "due_on": "2027-10-31",
            "paid_on": "2027-10-28",
            "payment": "4761.85",
            "base": "4761.85",
            "percent": "30.00",
            "amount": "1428.56",
        }
        for n in range(1, count + 1)
    ]
    return {
        "project": PROJECT,
        "county": "黎平县",
        "level": "省级",
        "document": "黎教申〔2027〕3号",
        "claimed_on": "2027-11-02",
        "rule": "按各期应付合计，付一期申领一期",
        "lines": lines,
        "total": {
            "lines": count,
            "schools": count,
            "payment": money(Decimal("4761.85") * count),
            "amount": money(Decimal("1428.56") * count),
        },
    }
