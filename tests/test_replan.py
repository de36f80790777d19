"""Drawing the rest of a plan anew: known cases by hand, and what holds whatever the terms."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from financing.schedules import Method, ScheduleError, Terms, Timing, schedule
from financing.schedules.replan import (
    Lump,
    NewTerms,
    Row,
    RunUp,
    bought_out,
    cut,
    given_up,
    replan,
)
from registry.dates import add_months
from registry.money import ZERO, half_up

D = Decimal
START = date(2026, 7, 1)


def terms(**changes) -> Terms:
    usual = {
        "principal": D("100000.00"),
        "annual_rate": D("3.65"),
        "years": 5,
        "payments_per_year": 1,
        "method": Method.EQUAL_PRINCIPAL,
        "timing": Timing.ARREARS,
        "starts_on": START,
    }
    return Terms(**usual | changes)


def rows_of(plan, settled: int = 0) -> list[Row]:
    columns = zip(plan.due_on, plan.principal, plan.interest, strict=True)
    return [Row(*row, n < settled) for n, row in enumerate(columns)]


def same(agreed: Terms, **changes) -> NewTerms:
    usual = {
        "method": agreed.method,
        "annual_rate": agreed.annual_rate,
        "payments_per_year": agreed.payments_per_year,
        "residual": agreed.residual,
    }
    return NewTerms(**usual | changes)


def test_a_room_leaves_on_the_seventy_third_day():
    """A fifth of the year's 3650.00 has run up; of the 78500 that are left a year bears 2865.25,
    a fifth of it 573.05, so the rest of the year bears 2292.20.
    """
    agreed = terms()
    found = cut(rows_of(schedule(agreed)), date(2026, 9, 12), START)
    assert (found.outstanding, found.accrued) == (100_000_00, 730_00)
    plan = replan(found, same(agreed, change=-21_500_00))
    assert plan.due_on == tuple(date(year, 7, 1) for year in range(2027, 2032))
    assert plan.principal == (15_700_00,) * 5
    assert plan.interest == (730_00 + 2292_20, 2292_20, 1719_15, 1146_10, 573_05)


def test_bought_back_early():
    rows = rows_of(schedule(terms()))
    for day, interest in (
        (START, 0),
        (date(2026, 7, 2), 10_00),
        (date(2027, 6, 30), 3640_00),
        (date(2027, 7, 1), 0),
    ):
        plan = bought_out(cut(rows, day, START))
        left = 80_000_00 if day == date(2027, 7, 1) else 100_000_00
        assert (plan.due_on, plan.principal, plan.interest) == ((day,), (left,), (interest,)), day


def test_in_advance_the_day_of_the_start_bears_nothing():
    rows = rows_of(schedule(terms(timing=Timing.ADVANCE)))
    found = cut(rows, START, START)
    assert len(found.kept) == 1
    assert bought_out(found).payment == (80_000_00,)


def test_what_is_paid_ahead_stays_and_bears_no_more():
    rows = rows_of(schedule(terms()), settled=2)
    found = cut(rows, date(2026, 9, 12), START)
    assert (len(found.kept), found.accrued) == (2, 0)
    assert bought_out(found).payment == (60_000_00,)
    given_back = cut(rows, date(2026, 9, 12), START, paid_stay=False)
    assert (len(given_back.kept), given_back.outstanding) == (0, 100_000_00)
    assert given_up(given_back).payment == (730_00,)


def test_given_up_on_a_due_date_owes_nothing_more():
    found = cut(rows_of(schedule(terms())), date(2027, 7, 1), START)
    assert given_up(found).payment == ()
    assert found.outstanding == 80_000_00


def test_a_new_rate_a_new_pace_and_a_respite():
    """Half-yearly from October on, first two with interest only: the way to October is pro rata."""
    rows = rows_of(schedule(terms()))
    found = cut(rows, date(2027, 7, 1), START)
    plan = replan(
        found,
        NewTerms(
            method=Method.LEVEL_PAYMENT,
            annual_rate=D(4),
            payments_per_year=2,
            count=6,
            grace=2,
            first_due_on=date(2028, 10, 1),
        ),
    )
    assert plan.due_on[:3] == (date(2028, 10, 1), date(2029, 4, 1), date(2029, 10, 1))
    # 1600.00 a half-year of 183 days (1 April to 1 October), for 458 days
    assert plan.interest[0] == 1600_00 + half_up(1600_00 * 275, 183)
    assert plan.principal[:2] == (0, 0)
    assert plan.interest[1:3] == (1600_00, 1600_00)
    assert sum(plan.principal) == 80_000_00


def test_two_changes_in_one_period_count_each_day_once():
    agreed = terms()
    rows = rows_of(schedule(agreed))
    first = cut(rows, date(2026, 9, 12), START)  # 73 days: 730.00
    once = replan(first, same(agreed, change=100_000_00))
    again = cut(rows_of(once), date(2026, 11, 24), START, run_up=RunUp(first.day, first.accrued))
    assert again.accrued == 730_00 + 1460_00


def test_the_retention_keeps_its_day():
    """Held back 5000 until a day on which nothing else falls due, and on one that has an instalment."""
    agreed = terms()
    for day in (date(2027, 6, 20), date(2027, 7, 1)):
        rows = [
            row._replace(principal=row.principal + 5000_00 * (row.due_on == day))
            for row in rows_of(schedule(agreed))
        ]
        if day == date(2027, 6, 20):
            rows.insert(0, Row(day, 5000_00, 0))
        found = cut(rows, date(2026, 9, 12), START, lump=Lump(day, 5000_00))
        assert (found.outstanding, found.accrued) == (105_000_00, 730_00)
        plan = replan(found, same(agreed, count=2, first_due_on=date(2028, 7, 1)))
        assert plan.due_on == (day, date(2028, 7, 1), date(2029, 7, 1))
        assert plan.principal == (5000_00, 50_000_00, 50_000_00)
        assert plan.interest[0] == 0


def test_custom_parts_keep_their_proportion():
    agreed = terms(method=Method.CUSTOM_PERCENT, percents=tuple(map(D, (10, 20, 30, 20, 20))))
    found = cut(rows_of(schedule(agreed)), date(2027, 7, 1), START)
    assert replan(found, same(agreed, change=-45_000_00)).principal == (
        10_000_00,
        15_000_00,
        10_000_00,
        10_000_00,
    )
    assert replan(found, same(agreed, count=3)).principal == (30_000_00,) * 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"change": -80_000_01}, "principal_change"),
        ({"first_due_on": date(2027, 7, 1)}, "first_due_on"),
        ({"grace": 4}, "grace"),
        ({"annual_rate": D(1001)}, "annual_rate"),
    ],
)
def test_what_cannot_be_planned_is_refused(changes, field):
    found = cut(rows_of(schedule(terms())), date(2027, 7, 1), START)
    with pytest.raises(ScheduleError) as refused:
        replan(found, same(terms(), **changes))
    assert refused.value.field == field


def test_after_the_last_due_date_there_is_nothing_to_plan():
    found = cut(rows_of(schedule(terms())), date(2031, 7, 1), START)
    for act in (bought_out, lambda it: replan(it, same(terms()))):
        with pytest.raises(ScheduleError):
            act(found)


def test_everything_that_leaves_leaves_what_has_run_up():
    found = cut(rows_of(schedule(terms())), date(2026, 9, 12), START)
    plan = replan(found, same(terms(), change=-100_000_00))
    assert (plan.due_on, plan.payment) == ((date(2027, 7, 1),), (730_00,))
    on_the_day = cut(rows_of(schedule(terms())), date(2027, 7, 1), START)
    assert replan(on_the_day, same(terms(), change=-80_000_00)).payment == ()


# --- whatever the terms -----------------------------------------------------------------------
@st.composite
def agreed_terms(draw):
    years, per_year = draw(st.integers(1, 6)), draw(st.sampled_from((1, 2, 4, 12)))
    principal = D(draw(st.integers(100_00, 10_000_000_00))) / 100
    method = draw(st.sampled_from((Method.LEVEL_PAYMENT, Method.EQUAL_PRINCIPAL)))
    return terms(
        principal=principal,
        annual_rate=D(draw(st.integers(0, 2400))) / 100,
        years=years,
        payments_per_year=per_year,
        method=method,
        timing=draw(st.sampled_from(list(Timing))),
        starts_on=START + timedelta(draw(st.integers(0, 800))),
        residual=draw(st.sampled_from((ZERO, (principal / 10).quantize(D("0.01"))))),
    )


def plans(draw, agreed: Terms):
    rows = rows_of(schedule(agreed), settled=draw(st.integers(0, agreed.instalments - 1)))
    day = agreed.starts_on + timedelta(draw(st.integers(0, 366 * agreed.years)))
    lump = None
    if draw(st.booleans()):
        lump = Lump(add_months(agreed.starts_on, draw(st.integers(1, 30))), 50_00)
        if lump.due_on in (days := [row.due_on for row in rows]):
            at = days.index(lump.due_on)
            rows[at] = rows[at]._replace(principal=rows[at].principal + lump.amount)
        else:
            rows = sorted([*rows, Row(lump.due_on, lump.amount, 0)])
    return rows, day, lump


@given(st.data(), agreed_terms())
def test_nothing_is_lost_and_nothing_is_negative(data, agreed):
    rows, day, lump = plans(data.draw, agreed)
    found = cut(rows, day, agreed.starts_on, lump=lump)
    assume(found.replaced)
    assert sum(row.principal for row in rows) == found.outstanding + sum(
        row.principal for row in found.kept
    )
    change = data.draw(st.integers(-found.bearing, 1_000_000_00))
    count = data.draw(st.sampled_from((None, 1, 3, 24)))
    plan = replan(
        found,
        NewTerms(
            method=data.draw(st.sampled_from(list(Method))),
            annual_rate=D(data.draw(st.integers(0, 2400))) / 100,
            payments_per_year=data.draw(st.sampled_from((1, 2, 4, 12)))
            if count
            else agreed.payments_per_year,
            change=change,
            residual=agreed.residual,
            count=count,
            grace=data.draw(st.integers(0, (count or len(found.replaced)) - 1)),
        ),
    )
    assert sum(plan.principal) == found.outstanding + change
    assert min((*plan.principal, *plan.interest, 0)) == 0
    assert all(due > found.day for due in plan.due_on)
    assert list(plan.due_on) == sorted(set(plan.due_on))


@given(st.data(), agreed_terms())
def test_interest_runs_up_to_the_period_s_own_and_never_back(data, agreed):
    rows, day, lump = plans(data.draw, agreed)
    found = cut(rows, day, agreed.starts_on, lump=lump)
    assume(found.replaced)
    assert 0 <= found.accrued <= found.replaced[0].interest
    later = cut(rows, day + timedelta(1), agreed.starts_on, lump=lump)
    if len(later.kept) == len(found.kept):
        assert later.accrued >= found.accrued
    if found.outstanding:
        assert sum(bought_out(found).payment) == found.outstanding + found.accrued


@given(st.data(), agreed_terms())
def test_the_same_terms_give_the_same_interest_for_the_running_period(data, agreed):
    """A cut anywhere that changes nothing charges no fen more or less in the period it cuts."""
    rows, day, lump = plans(data.draw, agreed)
    found = cut(rows, day, agreed.starts_on, lump=lump)
    assume(found.replaced)
    assume(agreed.method == Method.EQUAL_PRINCIPAL)
    plan = replan(found, same(agreed))
    first = found.replaced[0]
    assert plan.interest[plan.due_on.index(first.due_on)] == first.interest
