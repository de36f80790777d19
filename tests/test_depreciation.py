"""assets.depreciation: straight line by month, the odd fen in the last one."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.depreciation import Depreciation
from registry.dates import add_months
from registry.money import from_fen


def test_a_classroom_set_over_six_years():
    card = Depreciation(cost=D("21000.00"), months=72, acquired_on=date(2026, 10, 15))
    assert card.monthly == D("291.67")
    assert card.last_month == date(2032, 9, 1)
    assert card.charge(date(2026, 9, 30)) == D("0.00")
    assert card.charge(date(2026, 10, 31)) == D("291.67")
    assert card.charge(date(2032, 8, 1)) == D("291.67")
    assert card.charge(date(2032, 9, 1)) == D("291.43")
    assert card.charge(date(2032, 10, 1)) == D("0.00")
    assert card.net_value(date(2032, 8, 31)) == D("291.43")
    assert card.net_value(date(2040, 1, 1)) == D("0.00")


def test_the_month_of_disposal_is_not_charged():
    card = Depreciation(
        cost=D("7200.00"),
        months=72,
        acquired_on=date(2026, 10, 1),
        disposed_on=date(2027, 1, 31),
    )
    assert card.charge(date(2026, 12, 1)) == D("100.00")
    assert card.charge(date(2027, 1, 1)) == D("0.00")
    assert card.net_value(date(2030, 1, 1)) == D("6900.00")


@given(st.integers(0, 10**10).map(from_fen), st.integers(1, 240), st.dates(date(2000, 1, 1)))
def test_the_months_add_up_to_the_cost(cost, months, acquired_on):
    acquired_on = acquired_on.replace(year=2000 + acquired_on.year % 50, day=1)
    card = Depreciation(cost=cost, months=months, acquired_on=acquired_on)
    charges = [card.charge(add_months(acquired_on, n)) for n in range(months)]
    assert sum(charges) == cost
    assert min(charges) >= 0
    assert card.accumulated(card.last_month) == cost


@pytest.mark.parametrize(
    "wrong",
    [
        {"cost": D("-0.01")},
        {"cost": D("0.001")},
        {"months": 0},
        {"disposed_on": date(2026, 9, 30)},
    ],
)
def test_a_card_that_cannot_be_is_refused(wrong):
    card = {"cost": D("100.00"), "months": 12, "acquired_on": date(2026, 10, 1)}
    with pytest.raises(ValueError):
        Depreciation(**{**card, **wrong})
