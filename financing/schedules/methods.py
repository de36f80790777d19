"""How each repayment method fills the columns of principal and interest.

The rules, for every method:

* arrears: instalment k is due k·(12/m) months after the start; advance: (k − 1)·(12/m) months
  after it, and the first instalment carries no interest;
* interest = balance × annual rate ÷ 100 ÷ m, rounded half up to the fen. The rate is kept as a
  fraction, so a half is a half;
* principal never exceeds the balance, which therefore never goes below zero.
  (Only debts of a few yuan over many instalments ever meet this: 0.30 yuan in 40 payments
  of 0.0075 rounds to 0.01 each and is paid back after 30.)
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate
from operator import sub

from financing.schedules.columns import Schedule
from financing.schedules.rates import rate_of_payment
from financing.schedules.terms import MAX_RATE, Method, ScheduleError, Terms
from registry.dates import add_months
from registry.money import half_up, split_fen, to_fen, whole_numbers

Rate = tuple[int, int]  # a period's rate as numerator and denominator
Columns = tuple[list[int], list[int]]  # principal and interest, in fen


def level_payment(terms: Terms) -> Columns:
    """等额本息: every payment is the annuity payment, the last one clears the balance.

    With period rate i, n payments and residual R, paid together with the last instalment:
    in arrears A = (P·(1+i)ⁿ − R)·i ÷ ((1+i)ⁿ − 1); in advance A = (P·(1+i)ⁿ⁻¹ − R)·i ÷
    ((1+i)ⁿ − 1), since the residual too falls one period earlier. At rate zero both tend to
    (P − R) ÷ n. After a grace period the next payment is a whole period away, whatever the
    timing: from there it is an annuity in arrears.

    In advance, with nearly all of the principal as residual (more than P ÷ (1+i)), A is less
    than the interest and the balance grows until the last instalment: so it was agreed.
    """
    principal, residual = to_fen(terms.principal), to_fen(terms.residual)
    count = terms.instalments - terms.grace
    rise, whole = rate = period_rate(terms)
    if rise == 0:
        payment = half_up(principal - residual, count)
    else:
        grown, base = _powers(rise, whole, count)  # (1 + i)ⁿ = grown / base
        if terms.in_advance and not terms.grace:
            due = principal * grown // (whole + rise) - residual * base // whole
            payment = half_up(due * rise, grown - base)
        else:
            due = principal * grown - residual * base
            payment = half_up(due * rise, whole * (grown - base))
    return pay_down(terms, rate, payment)


@lru_cache(maxsize=1024)  # a county agrees on few rates
def _powers(rise: int, whole: int, count: int) -> tuple[int, int]:
    return (whole + rise) ** count, whole**count


def equal_principal(terms: Terms) -> Columns:
    """等额本金: principal less residual in equal parts, the residual with the last one."""
    count, residual = terms.instalments - terms.grace, to_fen(terms.residual)
    parts = split_fen(to_fen(terms.principal) - residual, [1] * count)
    parts[-1] += residual
    parts = [0] * terms.grace + parts
    return parts, interest_on(terms, parts)


def custom_percent(terms: Terms) -> Columns:
    """约定各期比例: the principal shared by the percentages of the contract."""
    parts = split_fen(to_fen(terms.principal), whole_numbers(terms.percents))
    return parts, interest_on(terms, parts)


def fixed_payment(terms: Terms) -> Columns:
    """约定每期付款额: the contract names the payment, and the rate follows from it.

    Every payment is exactly the given one; a residual is paid on top of the last. Whatever a
    payment does not repay is its interest, so the last interest takes up the odd fen.
    In advance, the first payment repays at once and the others are an annuity in arrears
    of what is left.
    """
    rate, payment = implied_rate(terms), to_fen(terms.fixed_payment or 0)
    if rate * terms.payments_per_year * 100 > MAX_RATE:
        raise ScheduleError("fixed_payment", f"推算的年利率超过 {MAX_RATE}%，请核对付款额。")
    parts, _ = pay_down(terms, rate.as_integer_ratio(), payment)
    interest = [payment - part for part in parts]
    interest[-1] += to_fen(terms.residual)
    return parts, interest


def implied_rate(terms: Terms) -> Decimal:
    """The period's rate, as a fraction, that the fixed payment of ``terms`` implies."""
    principal, residual = to_fen(terms.principal), to_fen(terms.residual)
    payment, count = to_fen(terms.fixed_payment or 0), terms.instalments
    if not terms.in_advance:
        return rate_of_payment(principal, payment, residual, count)
    if count > 1:
        return rate_of_payment(principal - payment, payment, residual, count - 1)
    return Decimal(0)


def period_rate(terms: Terms) -> Rate:
    numerator, denominator = terms.annual_rate.as_integer_ratio()
    return numerator, denominator * 100 * terms.payments_per_year


def pay_down(terms: Terms, rate: Rate, payment: int) -> Columns:
    """Pay the interest first, the principal with the rest; the last instalment clears it."""
    rise, whole = rate
    double_rise, double_whole = 2 * rise, 2 * whole
    free = 1 if terms.in_advance else 0  # instalments without interest
    grace, last = terms.grace, terms.instalments - 1
    balance = to_fen(terms.principal)
    principal, interest = [], []
    for k in range(last + 1):
        # half_up, written out: this line runs most, and a balance is never negative
        due = 0 if k < free else (balance * double_rise + whole) // double_whole
        part = 0 if k < grace else payment - due
        if part > balance or k == last:
            part = balance
        principal.append(part)
        interest.append(due)
        balance -= part
    return principal, interest


def interest_on(terms: Terms, parts: list[int]) -> list[int]:
    """The interest of each period when the principal is repaid in ``parts``."""
    rise, whole = period_rate(terms)
    balances = accumulate(parts[:-1], sub, initial=to_fen(terms.principal))
    interest = [half_up(balance * rise, whole) for balance in balances]
    if terms.in_advance:
        interest[0] = 0
    return interest


def due_dates(terms: Terms) -> tuple[date, ...]:
    skip = 0 if terms.first_due_on or terms.in_advance else 1
    start = terms.first_due_on or terms.starts_on
    return _every(12 // terms.payments_per_year, start, skip, terms.instalments)


@lru_cache(maxsize=1024)  # the schools of a county start on few different days
def _every(months: int, start: date, skip: int, count: int) -> tuple[date, ...]:
    return tuple(add_months(start, k * months) for k in range(skip, skip + count))


FILL: dict[str, Callable[[Terms], Columns]] = {
    Method.LEVEL_PAYMENT: level_payment,
    Method.EQUAL_PRINCIPAL: equal_principal,
    Method.FIXED_PAYMENT: fixed_payment,
    Method.CUSTOM_PERCENT: custom_percent,
}


def schedule(terms: Terms) -> Schedule:
    """The instalments of ``terms``. ScheduleError if a fixed payment implies an absurd rate."""
    principal, interest = FILL[terms.method](terms)
    return Schedule(due_dates(terms), tuple(principal), tuple(interest))
