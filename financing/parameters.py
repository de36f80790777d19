"""Periods of the buyback, in working days; local policy sets them, people change them."""

from datetime import date

_BASIS = "县财政资金支付内部控制安排（系统约定，可按县实际调整）"


def _days(code: str, name: str, value: int, basis: str = _BASIS) -> tuple:
    return (f"financing.{code}", name, value, "个工作日", date(2014, 1, 1), None, basis)


PARAMETERS = [
    _days("review", "县财务审核付款申请期限", 5),
    _days("pay", "付款登记期限", 5),
    _days("claim", "奖补申领期限", 10),
]
