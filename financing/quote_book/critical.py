"""Amounts so near to half a fen that a spreadsheet's arithmetic could round them the wrong way.

An annuity and the interest at a derived rate are no fractions of small whole numbers: a
spreadsheet computes them in floating point, wrong by less than ``ERROR`` fen for any amount the
page takes (10¹² fen). Where the exact amount lies within ``NEAR`` of a half, the sheet adds
``NUDGE`` towards the side on which exact arithmetic rounds; everywhere else it adds 0. The nudge
counts only while the terms are those of the export.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from itertools import accumulate
from operator import sub

from financing.schedules import Schedule, Terms
from financing.schedules.methods import implied_rate
from registry.money import to_fen

ERROR = Decimal("0.005")
NEAR, NUDGE = 2 * ERROR, 4 * ERROR
HALF = Decimal("0.5")
TIE = Decimal("1e-30")
PRECISION = 100


def nudge(exact: Decimal) -> Decimal:
    """What to add to ``exact`` fen before a spreadsheet may round it half up."""
    beside = exact % 1 - HALF
    if abs(beside) > NEAR:
        return Decimal(0)
    return NUDGE if beside > -TIE else -NUDGE


def annuity(terms: Terms) -> Decimal:
    """The level payment in fen before it is rounded, to about a hundred digits."""
    with localcontext(prec=PRECISION):
        growth = 1 + terms.annual_rate / 100 / terms.payments_per_year
        factors = [growth**-t for t in level_periods(terms)]
        rest = to_fen(terms.residual) * factors[-1]
        return (to_fen(terms.principal) - rest) / sum(factors)


def level_periods(terms: Terms) -> range:
    """How many periods each payment of the annuity is away from the day it is reckoned on."""
    first = 0 if terms.in_advance and not terms.grace else 1
    return range(first, first + terms.instalments - terms.grace)


def interest_before_rounding(terms: Terms, plan: Schedule) -> list[Decimal]:
    """Of a fixed payment: balance × derived rate of each period in fen, before it is rounded."""
    with localcontext(prec=PRECISION):
        rate = implied_rate(terms)
        balances = accumulate(plan.principal[:-1], sub, initial=to_fen(terms.principal))
        exact = [balance * rate for balance in balances]
    if terms.in_advance:
        exact[0] = Decimal(0)
    return exact
