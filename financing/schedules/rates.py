"""Rates: from a given payment to its rate, and from cash flows to their effective rate."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pyxirr

from financing.schedules.terms import Timing

DIGITS = 120  # working precision; the closed forms below lose at most a third of it near zero
RATE_PLACES = Decimal(1).scaleb(-60)


def rate_of_payment(principal: int, payment: int, residual: int, count: int) -> Decimal:
    """The period rate at which ``count`` payments in arrears and a residual repay ``principal``.

    Amounts in fen, with principal > 0 and count × payment + residual ≥ principal. The rate has
    60 decimals. Thirty are not enough: an interest of 0.0150000000000000000000000138 must be
    told from a half. And a simple rate (1 % a period) comes out simple, so its halves round up.

    Present value falls and bends upward as the rate rises, so Newton's steps from below never
    overshoot: stop when they stop rising. The first one, from zero, needs no closed form.
    """
    surplus = count * payment + residual - principal
    with localcontext(prec=DIGITS):
        rate = Decimal(2 * surplus) / (count * (count + 1) * payment + 2 * count * residual)
        while rate:
            discount = (1 + rate) ** -count
            annuity = (1 - discount) / rate
            slope = count * discount / (1 + rate)  # −d(discount)/d(rate)
            value = payment * annuity + residual * discount - principal
            fall = payment * (annuity - slope) / rate + residual * slope
            step = value / fall
            if step < RATE_PLACES.scaleb(-6):
                break
            rate += step
        return rate.quantize(RATE_PLACES, ROUND_HALF_UP)


def effective_rate(
    principal: Decimal, payments: Sequence[Decimal], payments_per_year: int, timing: Timing | str
) -> Decimal | None:
    """Internal rate of return a year, (1 + i)^m − 1, as a fraction with six decimals.

    ``principal`` flows at the start, ``payments`` at the end (期末) or at the start (期初) of
    equal periods; all in the same unit. Where nothing is paid beyond the principal it is 0;
    None where the library finds no rate.
    For management only: government books know no 未确认融资费用, so this rate is never booked
    (政府会计制度, 财会〔2017〕25号).
    """
    flows = [float(payment) for payment in payments]
    if sum(payments) <= principal:
        return Decimal("0.000000")
    if timing == Timing.ADVANCE:
        flows[0] -= float(principal)
    else:
        flows.insert(0, -float(principal))
    lent = -flows[0]  # pyxirr stops at an absolute error: let it see fractions, not yuan
    rate = pyxirr.irr([flow / lent for flow in flows])
    if rate is None:
        return None
    annual = max((1 + rate) ** payments_per_year - 1, 0.0)
    return Decimal(annual).quantize(Decimal("0.000001"), ROUND_HALF_UP)
