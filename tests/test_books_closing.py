"""A month closes once everything is in it, in turn, and then stays as it is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from accounting.actions.books import set_rules
from accounting.actions.closing import checklist, close_month, month_to_close
from accounting.guards import put_up, take_down
from accounting.models import (
    BankAccount,
    Entry,
    ReconciledMonth,
    RuleSet,
    StatementFile,
    StatementLine,
    Voucher,
)
from accounting.periods import month_of, next_month
from financing.models import PeriodClose
from registry import clock
from registry.enums import Role
from tests.books import keep, pay, receive
from tests.buyback import make_buybacks
from tests.world import make_world

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def world():
    return make_world(schools=1)


@pytest.fixture
def agreement(world):
    return make_buybacks(world)[0]


@pytest.fixture
def month(agreement):
    """The month of the signing."""
    return month_of(agreement.signed_on)


def after(month: dt.date):
    """The fifth of the following month."""
    return clock.at(next_month(month) + dt.timedelta(days=4))


def close(world, month, role=Role.COUNTY_FINANCE):
    return close_month(county=world.county, month=month, user=world.person(role))


def refused(world, month, words: str, role=Role.COUNTY_FINANCE) -> None:
    with pytest.raises(ValidationError, match=words):
        close(world, month, role)
    assert not PeriodClose.objects.filter(month=month).exists()


def test_a_month_with_all_its_vouchers_closes_after_its_end(world, agreement, month):
    keep(world)
    refused(world, month, "过后才能结账")
    with after(month):
        assert month_to_close(world.county) == month
        row = close(world, month)
        assert row.closed_by == world.person(Role.COUNTY_FINANCE)
        assert month_to_close(world.county) == next_month(month)
        with pytest.raises(ValidationError, match="已经结账"):
            close(world, month)


def test_an_event_without_a_voucher_keeps_it_open(world, agreement, month):
    keep(world)
    pay(world, agreement, D("100.00"))
    with after(month):
        refused(world, month, "还有 1 个事项没有凭证")
        keep(world, month)
        close(world, month)


@pytest.mark.parametrize("role", [Role.COUNTY_CASHIER, Role.AUDITOR, Role.SCHOOL_FINANCE])
def test_only_county_finance_closes_and_keeps(world, agreement, month, role):
    with after(month):
        refused(world, month, "县财务审核岗", role)
    stranger = make_world(schools=1, county_code="532501")
    with pytest.raises(ValidationError, match="县财务审核岗"):
        close_month(county=world.county, month=month, user=stranger.person(Role.COUNTY_FINANCE))


def test_months_close_in_turn(world, agreement, month):
    keep(world)
    later = next_month(month)
    with after(later):
        refused(world, later, f"现在轮到 {month:%Y 年 %m 月}")
        close(world, month)
        close(world, later)
    with pytest.raises(DatabaseError, match="month closed"), transaction.atomic():
        PeriodClose.objects.create(
            county=world.county,
            month=next_month(next_month(later)),
            closed_by=world.person(Role.COUNTY_FINANCE),
            closed_at=clock.now(),
        )


def test_nothing_more_comes_into_a_closed_month(world, agreement, month):
    keep(world)
    with after(month):
        close(world, month)
        with pytest.raises(ValidationError, match="已经结账"):
            keep(world, month)
    voucher = Voucher.objects.first()
    for model, values in (
        (Voucher, {"number": 9, "event_key": "payment:9"}),
        (Entry, {}),
    ):
        row = voucher if model is Voucher else voucher.entries.last()
        copy = model(**{f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields})
        copy.pk = None
        for name, value in ({"line": 9} if model is Entry else values).items():
            setattr(copy, name, value)
        with pytest.raises(DatabaseError, match="month closed"), transaction.atomic():
            copy.save(force_insert=True)


def test_money_of_a_closed_month_is_refused_by_the_database_and_moved_by_the_acts(
    world, agreement, month
):
    keep(world)
    rebate = agreement.instalments.get(number=1).rebates.first()
    with after(month):
        close(world, month)
    with pytest.raises(DatabaseError, match="month closed"), transaction.atomic():
        _book_on(pay(world, agreement, D("5.00")), month)
    with pytest.raises(DatabaseError, match="month closed"), transaction.atomic():
        _book_on(receive(world, rebate), month)
    # The same day, as the acts book it: on the first day that is open.
    row = pay(world, agreement, D("5.00"))
    assert (row.paid_on, row.booked_on) == (clock.today(), next_month(month))


def _book_on(row, month: dt.date) -> None:
    row.pk, row.booked_on = None, month + dt.timedelta(days=27)
    row.save(force_insert=True)


def test_what_came_late_counts_in_the_first_open_month(world, agreement, month):
    """A payment that slipped in while the month closed has its voucher in the next one."""
    keep(world)
    late = pay(world, agreement, D("100.00"))
    # The closing did not see it yet: the row stands as another transaction would have left it.
    PeriodClose.objects.create(
        county=world.county,
        month=month,
        closed_by=world.person(Role.COUNTY_FINANCE),
        closed_at=clock.now(),
    )
    with after(month):
        (voucher,) = keep(world, next_month(month))
        assert voucher.event_key == f"payment:{late.pk}"
        assert (voucher.month, voucher.day) == (next_month(month), next_month(month))


def test_counties_close_by_themselves(world, agreement, month):
    keep(world)
    other = make_world(schools=1, county_code="532501")
    theirs = make_buybacks(other)[0]
    with after(month):
        close(world, month)
    pay(other, theirs, D("100.00"))
    assert len(keep(other)) == 2


def test_the_banks_accounts_are_reconciled_first(world, agreement, month):
    keep(world)
    user = world.person(Role.COUNTY_CASHIER)
    account = BankAccount.objects.create(
        county=world.county, name="示例县教育局", bank="示例银行", number="6200001", main=True
    )
    with after(month):
        refused(world, month, "还没有导入")
        _line(account, user, month + dt.timedelta(days=3))
        refused(world, month, "本月还没有完成对账")
        ReconciledMonth.objects.create(
            account=account, month=month, data={}, data_hash="0", made_by=user, made_at=clock.now()
        )
        close(world, month)


def test_an_account_that_began_later_is_no_obstacle(world, agreement, month):
    keep(world)
    user = world.person(Role.COUNTY_CASHIER)
    account = BankAccount.objects.create(
        county=world.county, name="示例县教育局", bank="示例银行", number="6200001", main=True
    )
    with after(month):
        _line(account, user, next_month(month))
        (check,) = [one for one in checklist(world.county, month) if "尾号" in one.title]
        assert check.passed is None
        close(world, month)


def _line(account, user, day) -> None:
    file = StatementFile.objects.create(
        account=account,
        name="示例.csv",
        sha256="0" * 64,
        signature="0" * 64,
        first_day=day,
        last_day=day,
        read=1,
        added=1,
        imported_by=user,
        imported_at=clock.now(),
    )
    StatementLine.objects.create(
        account=account, file=file, position=1, key="1", day=day, amount=D("-1.00")
    )


def test_new_rules_do_not_reach_into_a_closed_month(world, agreement, month):
    keep(world)
    common = RuleSet.objects.get(county=None, kind="payment")
    with after(month):
        close(world, month)
        with pytest.raises(ValidationError, match="已经结账"):
            set_rules(
                county=world.county,
                kind="payment",
                valid_from=month,
                basis="示例",
                lines=common.lines.all(),
                user=world.person(Role.COUNTY_FINANCE),
            )


def test_the_guards_stand_down_and_up_again(world, agreement, month):
    """Migrations may rebuild tables in between; put up twice they are still the same."""
    PeriodClose.objects.create(
        county=world.county,
        month=month,
        closed_by=world.person(Role.COUNTY_FINANCE),
        closed_at=clock.now(),
    )
    take_down(connection)
    put_up(connection)
    put_up(connection)
    with pytest.raises(DatabaseError, match="month closed"), transaction.atomic():
        _book_on(pay(world, agreement, D("5.00")), month)
