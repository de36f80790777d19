"""registry.capital: amounts in Chinese capitals."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.capital import capital
from registry.money import from_fen


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("9154000", "玖佰壹拾伍万肆仟元整"),
        ("7960000", "柒佰玖拾陆万元整"),
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.005", "壹分"),
        ("100000.05", "壹拾万元零伍分"),
        ("100010000.01", "壹亿零壹万元零壹分"),
        ("-5.20", "负伍元贰角"),
    ],
)
def test_known_amounts(amount, words):
    assert capital(D(amount)) == words


def test_a_float_is_refused():
    with pytest.raises(TypeError):
        capital(1.5)


@given(st.integers(1, 10**14).map(from_fen))
def test_reading_it_back_gives_the_amount(amount):
    words = capital(amount)
    assert read(words) == amount
    assert words.endswith("整") == (amount == amount.to_integral_value())
    assert "零零" not in words


def read(words: str) -> D:
    """The amount that a clerk reads: digit by digit, with the units as they come."""
    units = {"拾": 10, "佰": 100, "仟": 1000}
    total = section = digit = D(0)
    for sign in words:
        if sign in "零壹贰叁肆伍陆柒捌玖":
            digit = D("零壹贰叁肆伍陆柒捌玖".index(sign))
        elif sign in units:
            section, digit = section + digit * units[sign], D(0)
        elif sign == "万":
            total, section, digit = total + (section + digit) * 10**4, D(0), D(0)
        elif sign == "亿":
            total, section, digit = (total + section + digit) * 10**8, D(0), D(0)
        elif sign == "元":
            total, section, digit = total + section + digit, D(0), D(0)
        elif sign in "角分":
            total, digit = total + digit * {"角": D("0.1"), "分": D("0.01")}[sign], D(0)
    return total
