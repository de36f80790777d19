"""What an agreement takes over from its contract, and the plan that follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError

from financing.models import Agreement
from financing.schedules import Schedule, ScheduleError, Terms, lump_sum, merge, schedule
from financing.schedules.methods import implied_rate
from procurement.enums import RepaymentMethod
from procurement.models import ContractLine
from registry.dates import add_months
from registry.models import Parameter
from registry.money import ZERO, cents, from_fen, split, to_fen

LATE_RATE = "financing.late_rate"
RATE_PLACES = Decimal("0.0001")
MOST_RATE = Decimal(100)  # percent a year: what the column holds


def take_over(
    agreement: Agreement, lines: Iterable[ContractLine], accepted_on: dt.date, on: dt.date
) -> None:
    """Put the contract's terms of repayment onto ``agreement``, for the rooms of ``lines``.

    Down payment, residual and retention are the contract's percent of the school's principal,
    each rounded to the fen; the retention is released some months after ``accepted_on``. Where
    the contract names no daily rate of late interest, the law's of the day ``on`` holds.
    """
    contract, principal = agreement.contract, agreement.principal
    for name in ("annual_rate", "years", "payments_per_year", "repayment", "timing"):
        setattr(agreement, name, getattr(contract, name))
    agreement.percents, agreement.grace = list(contract.percents), contract.grace
    agreement.allocation = contract.allocation
    agreement.down_payment = cents(principal * contract.down_percent / 100)
    agreement.residual = cents(principal * contract.residual_percent / 100)
    agreement.retention = cents(principal * contract.retention_percent / 100)
    if agreement.retention:
        agreement.retention_due_on = add_months(accepted_on, contract.retention_months)
    agreement.late_rate = contract.late_rate
    if contract.late_rate is None:
        county = agreement.dossier.county
        rate = Parameter.objects.value(LATE_RATE, on=on, county=county)
        agreement.late_rate = rate.quantize(RATE_PLACES)
    if contract.repayment == RepaymentMethod.FIXED_PAYMENT:
        agreement.fixed_payment = _fixed_payment(agreement, lines)
        agreement.annual_rate = _annual_rate(agreement)


def financed(agreement: Agreement) -> Decimal:
    """What the instalments spread: the principal without down payment and retention."""
    return agreement.principal - agreement.down_payment - agreement.retention


def terms_of(agreement: Agreement) -> Terms:
    """The terms of what is financed. Raises ``ScheduleError``."""
    fixed = agreement.repayment == RepaymentMethod.FIXED_PAYMENT
    return Terms(
        principal=financed(agreement),
        annual_rate=ZERO if fixed else agreement.annual_rate,
        years=agreement.years,
        payments_per_year=agreement.payments_per_year,
        method=agreement.repayment,
        timing=agreement.timing,
        starts_on=agreement.starts_on,
        residual=agreement.residual,
        grace=agreement.grace,
        percents=tuple(map(Decimal, agreement.percents)),
        fixed_payment=agreement.fixed_payment,
    )


def plan_of(agreement: Agreement) -> Schedule:
    """All instalments, without rebates: down payment, what is financed, retention.

    Raises ``ValidationError`` when the terms make no schedule.
    """
    try:
        plan = schedule(terms_of(agreement))
    except ScheduleError as error:
        raise ValidationError(f"合同的回购条款排不出计划：{error.sentence}") from error
    if agreement.down_payment:
        plan = merge(lump_sum(agreement.down_payment, agreement.starts_on), plan)
    if agreement.retention:
        plan = merge(plan, lump_sum(agreement.retention, agreement.retention_due_on))
    return plan


def _fixed_payment(agreement: Agreement, lines: Iterable[ContractLine]) -> Decimal:
    """The part of the contract's fixed payment that falls on the agreement's rooms.

    The contract's payment is split over all its rooms by their prices, school by school in order
    of their codes: so the schools' payments add up to the contract's. A room that left the
    contract by a change order takes its part with it and changes nobody else's. A part that was
    rounded down below what repays the principal is raised to just that.
    """
    rows = list(
        agreement.contract.lines.order_by(
            "plan_line__project_school__school__code", "plan_line"
        ).values_list("pk", "price")
    )
    mine = {line.pk for line in lines}
    parts = split(agreement.contract.fixed_payment, [price for _, price in rows])
    share = sum((part for (pk, _), part in zip(rows, parts, strict=True) if pk in mine), ZERO)
    count = agreement.years * agreement.payments_per_year
    least = -(-to_fen(financed(agreement) - agreement.residual) // count)
    return max(share, from_fen(least))


def _annual_rate(agreement: Agreement) -> Decimal:
    """What the fixed payment implies, in percent a year with four decimals: for people to read,
    and for drawing the rest of the plan anew if that is ever needed."""
    try:
        rate = implied_rate(terms_of(agreement)) * agreement.payments_per_year * 100
    except ScheduleError as error:
        raise ValidationError(f"合同的回购条款排不出计划：{error.sentence}") from error
    if rate >= MOST_RATE:
        raise ValidationError(f"每期付款额推算的年利率达到 {rate:.2f}%，请核对合同的付款额。")
    return rate.quantize(RATE_PLACES)
