"""Whether a contract's terms of repayment can be kept at all, before anybody signs them: pure.

What the instalments are is computed above this floor; it checks its terms again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Protocol

from procurement.enums import RepaymentMethod, RepaymentTiming
from registry.money import cents

GRACE_METHODS = (RepaymentMethod.LEVEL_PAYMENT, RepaymentMethod.EQUAL_PRINCIPAL)
BETWEEN = re.compile(r"[,，、;；\s]+")


class Agreed(Protocol):
    """The terms of repayment as the contract has them; shares and rates in percent, yuan else."""

    years: int
    payments_per_year: int
    repayment: str
    timing: str
    fixed_payment: Decimal | None
    percents: list[str]
    down_percent: Decimal
    residual_percent: Decimal
    retention_percent: Decimal
    retention_months: int
    grace: int


def percents_of(text: str) -> list[str]:
    """“20，20,20 20、20” as its numbers; raises ``ValueError`` with a sentence for anything else."""
    words = [word.rstrip("%％") for word in BETWEEN.split(text.strip()) if word]
    try:
        shares = [Decimal(word) for word in words]
    except InvalidOperation as error:
        raise ValueError("各期比例只填数字，用逗号隔开，如“20,20,20,20,20”。") from error
    if not all(share.is_finite() for share in shares):
        raise ValueError("各期比例只填数字，用逗号隔开，如“20,20,20,20,20”。")
    return [f"{share.normalize():f}" for share in shares]


def financed(price: Decimal, terms: Agreed) -> Decimal:
    """What is left to be spread over the instalments, in yuan: without down payment and retention."""
    return (
        price
        - cents(price * terms.down_percent / 100)
        - cents(price * terms.retention_percent / 100)
    )


def refusals(terms: Agreed, price: Decimal) -> dict[str, str]:
    """What cannot be kept, by field, in sentences; ``price`` of the whole contract in yuan."""
    count = terms.years * terms.payments_per_year
    found = dict(_of_percents(terms, count))
    found |= dict(_of_fixed_payment(terms, count, price))
    shares = terms.down_percent + terms.residual_percent + terms.retention_percent
    if shares >= 100:
        found["down_percent"] = f"首付、留购价和质保金合计 {shares:f}%，须小于 100%。"
    if terms.retention_percent and not 1 <= terms.retention_months <= 120:
        found["retention_months"] = "质保金的返还期须在 1 到 120 个月之间。"
    if terms.grace and terms.repayment not in GRACE_METHODS:
        found["grace"] = "宽限期只用于等额本息和等额本金。"
    elif terms.grace >= count:
        found["grace"] = f"宽限期须少于总期数 {count} 期。"
    return found


def _of_percents(terms: Agreed, count: int) -> Iterable[tuple[str, str]]:
    shares = [Decimal(share) for share in terms.percents]
    if terms.repayment != RepaymentMethod.CUSTOM_PERCENT:
        if shares:
            yield "percents", "只有“约定各期比例”的方式才填写各期比例。"
    elif len(shares) != count:
        yield "percents", f"共 {count} 期，各期比例须有 {count} 个，现有 {len(shares)} 个。"
    elif min(shares) < 0 or sum(shares) != 100:
        yield "percents", f"各期比例不能为负数，合计须为 100，现为 {sum(shares):f}。"
    elif terms.residual_percent:
        yield "residual_percent", "各期比例已合计为全部本金，不能另设留购价。"


def _of_fixed_payment(terms: Agreed, count: int, price: Decimal) -> Iterable[tuple[str, str]]:
    payment = terms.fixed_payment
    if terms.repayment != RepaymentMethod.FIXED_PAYMENT:
        if payment is not None:
            yield "fixed_payment", "只有“约定每期付款额”的方式才填写每期付款额。"
        return
    if not payment:
        yield "fixed_payment", "请填写全部学校合计的每期付款额。"
        return
    rest = financed(price, terms)
    paid = payment * count + cents(price * terms.residual_percent / 100)
    if paid < rest:
        yield "fixed_payment", f"{count} 期付款合计 {paid:,.2f} 元，少于要分期的 {rest:,.2f} 元。"
    elif terms.timing == RepaymentTiming.ADVANCE and payment >= rest:
        yield "fixed_payment", "首期付款已付清本金，其余各期无从计息。"
