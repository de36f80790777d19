"""Rebates of a schedule by base, cap and order: never more than was paid, nothing lost."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financing.schedules import Base, Funder, Method, Terms, Timing, rebated, schedule
from registry.money import ZERO, cents, from_fen

SCHOOL_LEAST = D(5)
"""The school bears five percent at least, so that a fen of rounding always has room in a row."""


def plan_of(principal, *, years=5, per_year=1, rate="3.5", method=Method.LEVEL_PAYMENT):
    return schedule(
        Terms(
            principal=principal,
            annual_rate=D(rate),
            years=years,
            payments_per_year=per_year,
            method=method,
            timing=Timing.ARREARS,
            starts_on=date(2026, 6, 18),
        )
    )


@st.composite
def funding(draw):
    """Up to four funders of any kind whose percentages leave the school its part."""
    left, funders = 10000 - int(SCHOOL_LEAST * 100), []
    for n in range(draw(st.integers(1, 4))):
        hundredths = draw(st.integers(0, left))
        left -= hundredths
        cap = draw(st.none() | st.integers(0, 10**8).map(from_fen))
        funders.append(Funder(f"F{n}", D(hundredths) / 100, cap, draw(st.sampled_from(Base))))
    return funders


plans = st.builds(
    plan_of,
    st.integers(10**5, 10**10).map(from_fen),
    years=st.integers(1, 6),
    per_year=st.sampled_from([1, 2, 4]),
    rate=st.sampled_from(["0", "3.5", "12"]),
    method=st.sampled_from([Method.LEVEL_PAYMENT, Method.EQUAL_PRINCIPAL]),
)


@given(plans, funding())
def test_no_rebate_is_negative_and_no_row_gives_back_more_than_was_paid(plan, funders):
    for row in rebated(plan, funders).instalments:
        assert all(amount >= 0 for amount in row.rebates.values())
        assert sum(row.rebates.values()) <= row.payment
        assert row.net >= 0


@given(plans, funding())
def test_every_funder_gives_its_rule_of_the_whole_and_never_beyond_its_cap(plan, funders):
    totals = rebated(plan, funders).totals
    left = totals.payment
    for funder in funders:
        base = {Base.PAYMENT: totals.payment, Base.PRINCIPAL: totals.principal, Base.REST: left}
        rule = cents(base[funder.base] * funder.percent / 100)
        wanted = rule if funder.cap is None else min(rule, funder.cap)
        assert totals.rebates[funder.code] == wanted
        left -= totals.rebates[funder.code]
    assert totals.payment == totals.net + sum(totals.rebates.values())


@given(plans, st.lists(st.integers(0, 3000), min_size=1, max_size=3))
def test_the_plain_kind_is_what_the_quote_gives_whatever_stands_after_it(plan, hundredths):
    """round(percent × payments up to k) − what was given before, beside any other kind."""
    plain = [Funder(f"P{n}", D(share) / 100) for n, share in enumerate(hundredths)]
    found = rebated(plan, [*plain, Funder("rest", D(3), base=Base.REST)])
    for funder in plain:
        paid = given_before = ZERO
        for row in found.instalments:
            paid += row.payment
            upto = cents(paid * funder.percent / 100)
            assert row.rebates[funder.code] == upto - given_before
            given_before = upto


def test_each_base_by_hand():
    plan = plan_of(D("1000.00"), years=2, rate="10")  # 576.19 and 576.19: 476.19 + 523.81
    assert [row.payment for row in plan.instalments] == [D("576.19"), D("576.19")]
    found = rebated(
        plan,
        [
            Funder("province", D(30)),
            Funder("prefecture", D(50), base=Base.REST),
            Funder("county", D(10), base=Base.PRINCIPAL),
        ],
    )
    first, second = found.instalments
    assert first.rebates == {
        "province": D("172.86"),  # 30 % of 576.19
        "prefecture": D("201.67"),  # half of the 403.33 that are left
        "county": D("47.62"),  # 10 % of 476.19
    }
    assert second.rebates["county"] == D("52.38")
    assert found.totals.rebates["prefecture"] == D("403.34")  # half of 1152.38 − 345.71


def test_what_a_cap_keeps_back_is_left_for_the_next_in_order():
    plan = plan_of(D("1000.00"), years=2, rate="0")
    funders = [Funder("province", D(50), D("300.00")), Funder("county", D(50), base=Base.REST)]
    rows = rebated(plan, funders).instalments
    assert [row.rebates["province"] for row in rows] == [D(250), D(50)]
    assert [row.rebates["county"] for row in rows] == [D(125), D(225)]


@pytest.mark.parametrize("base", Base)
def test_where_nothing_is_left_nothing_is_given(base):
    plan = plan_of(D("0.05"), years=5, rate="0")
    found = rebated(plan, [Funder("all", D(100)), Funder("late", D(100), D(1), base)])
    assert [row.rebates["late"] for row in found.instalments] == [ZERO] * 5
