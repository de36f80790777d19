"""financing.schedules: published schedules, conservation, and how schedules are composed."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financing.schedules import (
    Funder,
    Method,
    ScheduleError,
    Terms,
    Timing,
    effective_rate,
    lump_sum,
    merge,
    rebated,
    schedule,
    shared,
)
from registry.money import ZERO, cents, from_fen

START = date(2026, 1, 31)


def terms(**given_terms):
    usual = {
        "principal": D("1000000.00"),
        "annual_rate": D("4.9"),
        "years": 30,
        "payments_per_year": 12,
        "method": Method.LEVEL_PAYMENT,
        "timing": Timing.ARREARS,
        "starts_on": START,
    }
    return Terms(**(usual | given_terms))


def payments(plan):
    return [row.payment for row in plan.instalments]


def test_a_mortgage_as_the_banks_publish_it():
    plan = schedule(terms())
    assert set(payments(plan)[:-1]) == {D("5307.27")}
    assert abs(payments(plan)[-1] - D("5307.27")) < 3
    assert payments(schedule(terms(years=20)))[0] == D("6544.44")
    equal = schedule(terms(method=Method.EQUAL_PRINCIPAL))
    assert payments(equal)[0] == D("6861.11")
    assert abs(equal.totals.interest - D("737041.67")) < D("0.50")


def test_due_dates_are_counted_from_the_start():
    arrears = schedule(terms(years=1)).due_on
    assert arrears[:3] == (date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30))
    advance = schedule(terms(years=1, payments_per_year=4, timing=Timing.ADVANCE)).due_on
    assert advance[:3] == (START, date(2026, 4, 30), date(2026, 7, 31))
    named = schedule(terms(years=1, payments_per_year=2, first_due_on=date(2026, 5, 20))).due_on
    assert named == (date(2026, 5, 20), date(2026, 11, 20))


def test_the_first_payment_in_advance_carries_no_interest():
    for method in (Method.LEVEL_PAYMENT, Method.EQUAL_PRINCIPAL):
        plan = schedule(terms(timing=Timing.ADVANCE, method=method))
        assert plan.instalments[0].interest == ZERO
        assert plan.instalments[1].interest > 0


def test_level_payment_in_advance_is_the_one_in_arrears_discounted():
    # 10,000 at 8 % a year in five payments: 2,504.56 in arrears, 2,504.5645 / 1.08 in advance.
    plan = terms(principal=D(10000), annual_rate=D(8), years=5, payments_per_year=1)
    assert payments(schedule(plan))[0] == D("2504.56")
    advance = terms(
        principal=D(10000),
        annual_rate=D(8),
        years=5,
        payments_per_year=1,
        timing=Timing.ADVANCE,
    )
    assert payments(schedule(advance))[0] == D("2319.04")


def test_a_residual_is_paid_with_the_last_instalment():
    for method in (Method.LEVEL_PAYMENT, Method.EQUAL_PRINCIPAL):
        plan = schedule(terms(years=5, payments_per_year=1, method=method, residual=D(100000)))
        before, last = plan.instalments[-2:]
        assert before.balance == last.principal
        assert last.principal > plan.instalments[-2].principal + 90000
    bought = schedule(
        terms(
            principal=D("5540000"),
            years=6,
            payments_per_year=1,
            method=Method.FIXED_PAYMENT,
            fixed_payment=D(1070000),
            residual=D(1),
        )
    )
    assert payments(bought) == [D(1070000)] * 5 + [D(1070001)]


def test_a_zero_rate_is_the_same_rule_without_interest():
    plan = schedule(terms(principal=D("100.00"), annual_rate=ZERO, years=3, payments_per_year=1))
    assert payments(plan) == [D("33.33"), D("33.33"), D("33.34")]
    assert plan.totals.interest == ZERO


def test_a_few_fen_over_many_payments_never_go_below_zero():
    plan = schedule(terms(principal=D("0.30"), annual_rate=ZERO, years=10, payments_per_year=4))
    assert payments(plan) == [D("0.01")] * 30 + [ZERO] * 10
    fixed = terms(
        principal=D("0.30"),
        years=10,
        payments_per_year=4,
        method=Method.FIXED_PAYMENT,
        fixed_payment=D("0.01"),
    )
    plan = schedule(fixed)
    assert set(payments(plan)) == {D("0.01")}
    assert min(plan.balance) == 0


def test_grace_carries_interest_only():
    for timing in Timing:
        plan = schedule(
            terms(years=5, payments_per_year=1, annual_rate=D(5), grace=2, timing=timing)
        )
        first, second, third = plan.instalments[:3]
        assert first.principal == second.principal == ZERO
        assert first.interest == (ZERO if timing == Timing.ADVANCE else D(50000))
        assert second.interest == third.interest == D(50000)
        # The three payments left are an annuity in arrears: 1,000,000 at 5 % is 367,208.56.
        assert third.payment == D("367208.56")
        assert plan.instalments[-1].balance == ZERO


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"grace": 360}, "grace"),
        ({"grace": 1, "method": Method.FIXED_PAYMENT}, "grace"),
        ({"first_due_on": date(1900, 1, 1)}, "first_due_on"),
        ({"principal": D("0.001")}, "principal"),
        ({"principal": D("1E+15")}, "principal"),
        ({"method": "balloon"}, "method"),
        ({"timing": "sometimes"}, "timing"),
    ],
)
def test_terms_without_a_schedule_are_refused(wrong, field):
    with pytest.raises(ScheduleError) as refused:
        terms(**wrong)
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["principal", "annual_rate", "residual"])
def test_a_float_never_enters_a_schedule(name):
    with pytest.raises(TypeError):
        terms(**{name: 1.5})


amounts = st.integers(1, 10**12).map(from_fen)
percents = st.decimals(0, 33, places=4)
any_terms = st.builds(
    terms,
    principal=amounts,
    annual_rate=st.decimals(0, 40, places=4),
    years=st.integers(1, 10),
    payments_per_year=st.sampled_from([1, 2, 4, 12]),
    method=st.sampled_from([Method.LEVEL_PAYMENT, Method.EQUAL_PRINCIPAL]),
    timing=st.sampled_from(Timing),
)


@given(
    any_terms, st.lists(percents, max_size=3), st.lists(st.integers(0, 50), min_size=1).filter(any)
)
def test_every_row_and_every_split_add_up(agreed, given_percents, weights):
    funders = [Funder(f"F{n}", percent) for n, percent in enumerate(given_percents)]
    plan = rebated(schedule(agreed), funders)
    parts = shared(plan, {f"S{n}": weight for n, weight in enumerate(weights)})
    for one in (plan, *parts.values()):
        for row in one.instalments:
            assert row.payment == row.principal + row.interest
            assert row.net == row.payment - sum(row.rebates.values())
            assert row.balance >= 0
        assert one.instalments[-1].balance == ZERO
    for rows in zip(plan.instalments, *(part.instalments for part in parts.values()), strict=True):
        whole, *school_rows = rows
        for name in ("payment", "principal", "interest", "balance", "net"):
            assert getattr(whole, name) == sum(getattr(row, name) for row in school_rows)
        for code, rebate in whole.rebates.items():
            assert rebate == sum(row.rebates[code] for row in school_rows)
    assert plan.totals.principal == agreed.principal
    for funder in funders:
        due = cents(plan.totals.payment * funder.percent / 100)
        assert plan.totals.rebates[funder.code] == due


@given(any_terms)
def test_the_effective_rate_is_the_agreed_one(agreed):
    plan = schedule(agreed)
    rate = effective_rate(agreed.principal, payments(plan), agreed.payments_per_year, agreed.timing)
    assert rate is not None
    period = agreed.annual_rate / 100 / agreed.payments_per_year
    nominal = (1 + period) ** agreed.payments_per_year - 1
    # What rounding to the fen may move, on top of the six decimals that are shown.
    slack = D("0.01") * len(plan.due_on) * 12 / agreed.principal + D("0.000001")
    if agreed.principal > 1000 and len(plan.due_on) > 1:
        assert abs(rate - nominal) < slack * (1 + nominal) * 4


def test_both_conventions_of_the_rate():
    flows = [D(1070000)] * 6
    assert effective_rate(D(5540000), flows, 1, Timing.ARREARS) == D("0.043820")
    assert effective_rate(D(5540000), flows, 1, Timing.ADVANCE) == D("0.063056")
    assert effective_rate(D(100), [D(50), D(50)], 1, Timing.ARREARS) == 0


def test_down_payment_retention_and_a_later_batch_are_merged():
    rest = terms(principal=D("850000.00"), years=5, payments_per_year=1)
    later = terms(
        principal=D("200000.00"), years=5, payments_per_year=1, starts_on=date(2026, 7, 31)
    )
    plan = merge(
        lump_sum(D("100000.00"), START),
        schedule(rest),
        schedule(later),
        lump_sum(D("50000.00"), date(2029, 1, 31)),
    )
    assert list(plan.due_on) == sorted(set(plan.due_on))
    assert plan.totals.principal == D("1200000.00")
    assert plan.instalments[0][:5] == (1, START, D("100000.00"), D("100000.00"), ZERO)
    released = next(row for row in plan.instalments if row.due_on == date(2029, 1, 31))
    assert released.payment == payments(schedule(rest))[2] + D("50000.00")
    assert plan.instalments[-1].balance == ZERO
    with pytest.raises(ValueError, match="rebates after"):
        merge(rebated(plan, [Funder("county", D(10))]), schedule(rest))


def test_a_cap_ends_a_rebate():
    plan = schedule(terms(years=5, payments_per_year=1, annual_rate=ZERO))
    capped = rebated(plan, [Funder("province", D(30), cap=D("130000.00"))])
    given_back = [row.rebates["province"] for row in capped.instalments]
    assert given_back == [D(60000), D(60000), D(10000), ZERO, ZERO]
