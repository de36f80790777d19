"""Periods and assumptions of the reports; local policy sets them, people change them."""

from datetime import date

_LOCAL = "县财政资金支付内部控制安排（系统约定，可按县实际调整）"

PARAMETERS = [
    (
        "financing.remind_before",
        "回购款到期前发付款通知书",
        10,
        "个工作日",
        date(2014, 1, 1),
        None,
        _LOCAL,
    ),
    (
        "accounting.rebate_delay",
        "现金流预测：付款后奖补到账需要的月数",
        6,
        "个月",
        date(2014, 1, 1),
        None,
        "预测假设（系统约定，可按县实际调整）",
    ),
    (
        "accounting.disclosure_month",
        "公开上年度逾期未付款项的截止月份（当月末日）",
        3,
        "月",
        date(2025, 6, 1),
        None,
        "《保障中小企业款项支付条例》（2025年修订）第十七条",
    ),
]
