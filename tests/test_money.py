"""registry.money: the one zero, the one rounding, the one way to share."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.money import ZERO, cents, from_fen, split, to_fen, wan

amounts = st.integers(-(10**14), 10**14).map(from_fen)
weights = st.lists(
    st.decimals(0, 1000, places=3) | st.integers(0, 10**9), min_size=1, max_size=200
).filter(any)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("7", "7.00")],
)
def test_cents_rounds_half_up(amount, rounded):
    assert str(cents(D(amount))) == rounded


@pytest.mark.parametrize("wrong", [0.1, 1.0, True, "1.00", None])
def test_only_exact_numbers_are_money(wrong):
    for verb in (cents, to_fen, wan, lambda x: split(x, [1]), lambda x: split(ZERO, [x])):
        with pytest.raises(TypeError):
            verb(wrong)


@pytest.mark.parametrize("wrong", [D("NaN"), D("Infinity"), D("-Infinity")])
def test_nan_and_infinity_are_not_money(wrong):
    for verb in (cents, to_fen, wan):
        with pytest.raises(ValueError, match="not an amount"):
            verb(wrong)


def test_part_of_a_fen_is_not_lost_silently():
    with pytest.raises(ValueError, match="whole fen"):
        split(D("100.005"), [1, 1])


def test_split_puts_the_odd_fen_where_the_running_total_crosses_it():
    assert split(D("100.00"), [1, 1, 1]) == [D("33.33"), D("33.34"), D("33.33")]
    assert split(D("0.05"), [1, 1]) == [D("0.03"), D("0.02")]
    assert split(D("-0.05"), [1, 1]) == [D("-0.03"), D("-0.02")]
    assert split(D("9154000"), [D("0.5"), 0, D("1.5")]) == [D(2288500), ZERO, D(6865500)]


@pytest.mark.parametrize("wrong", [[], [0, 0], [2, -1], [-1]])
def test_split_refuses_weights_without_meaning(wrong):
    with pytest.raises(ValueError, match="weights"):
        split(D("1.00"), wrong)


@given(amounts, weights)
def test_split_conserves_and_is_never_a_fen_off(total, weights):
    shares = split(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * whole - total * weight) < D("0.01") * whole + D("1E-9")
        assert weight or share == ZERO


@given(amounts)
def test_fen_and_back(amount):
    assert from_fen(to_fen(amount)) == amount
    assert from_fen(to_fen(amount)).as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("9154000.00", "915.4"), ("2000000", "200"), ("0.01", "0.000001"), ("0.00", "0")],
)
def test_wan_shows_no_idle_zero_and_loses_nothing(amount, shown):
    assert str(wan(D(amount))) == shown
