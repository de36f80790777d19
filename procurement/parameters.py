"""Dated parameters of the procurement floor.

A row: (code, name, value, unit, valid_from, valid_to, basis); see ``registry.parameters``.
"""

from datetime import date

PARAMETERS = [
    # --- plan ---------------------------------------------------------------------------------
    (
        "plan.set_price_low",
        "每套参考价下限",
        20000,
        "元/套",
        date(2014, 1, 1),
        None,
        "县教育信息化建设实施方案(市场参考价)",
    ),
    (
        "plan.set_price_high",
        "每套参考价上限",
        23000,
        "元/套",
        date(2014, 1, 1),
        None,
        "县教育信息化建设实施方案(市场参考价)",
    ),
    (
        "plan.deadline_month",
        "建设和两级验收完成期限(月)",
        10,
        "月",
        date(2014, 1, 1),
        None,
        "县教育信息化建设实施方案:10月底前完成",
    ),
    (
        "plan.deadline_day",
        "建设和两级验收完成期限(日)",
        31,
        "日",
        date(2014, 1, 1),
        None,
        "县教育信息化建设实施方案:10月底前完成",
    ),
]
