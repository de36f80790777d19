"""Two at once, and killed in the middle: no event has two vouchers, no number is left out."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from accounting.actions.books import make_vouchers
from accounting.actions.closing import close_month
from accounting.models import Entry, Voucher, VoucherSeries
from accounting.periods import month_of, next_month
from financing.models import Agreement, PeriodClose
from registry import clock
from registry.enums import Role
from tests.books import keep, pay
from tests.buyback import make_buybacks
from tests.killed import run_and_die
from tests.world import make_world

D = Decimal


def busy_month(payments: int = 6):
    """A world whose first month has one agreement and some payments, and no voucher yet."""
    world = make_world(schools=1)
    agreement = make_buybacks(world)[0]
    for number in range(payments):
        pay(world, agreement, D(100 + number))
    return world, month_of(agreement.signed_on)


def at_once(*acts) -> list:
    """What each act gave or raised, each in a thread with a connection of its own."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(at: int, act) -> None:
        try:
            gate.wait(timeout=60)
            found[at] = act()
        except Exception as error:
            found[at] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    return found


def numbers_are_whole(count: int) -> None:
    assert list(Voucher.objects.order_by("number").values_list("number", flat=True)) == list(
        range(1, count + 1)
    )
    assert VoucherSeries.objects.get().last == count
    assert Voucher.objects.filter(entries=None).count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_make_the_same_vouchers_at_once():
    world, month = busy_month()
    finance = world.person(Role.COUNTY_FINANCE)

    def make():
        return len(make_vouchers(county=world.county, month=month, user=finance))

    assert sorted(at_once(make, make, make)) == [0, 0, 7]
    numbers_are_whole(7)


@pytest.mark.django_db(transaction=True)
def test_one_closes_while_another_makes_vouchers():
    """Whoever is second finds the month as the first one left it."""
    world, month = busy_month()
    finance = world.person(Role.COUNTY_FINANCE)
    day = next_month(month)

    def make():
        with clock.at(day):
            return len(make_vouchers(county=world.county, month=month, user=finance))

    def close():
        with clock.at(day):
            return close_month(county=world.county, month=month, user=finance)

    made, closed = at_once(make, close)
    assert made == 7
    assert isinstance(closed, PeriodClose) or "没有凭证" in str(closed)
    numbers_are_whole(7)


@pytest.mark.django_db(transaction=True)
def test_two_close_the_same_month_at_once():
    world, month = busy_month(1)
    keep(world, month)
    finance = world.person(Role.COUNTY_FINANCE)

    def close():
        with clock.at(next_month(month)):
            return close_month(county=world.county, month=month, user=finance)

    found = at_once(close, close)
    assert sum(isinstance(one, PeriodClose) for one in found) == 1
    assert sum(isinstance(one, ValidationError) for one in found) == 1, found
    assert PeriodClose.objects.count() == 1


CHILD = """
import datetime as dt, os, signal, sys
import django
django.setup()
from django.db import connection
from accounting.actions.books import make_vouchers
from registry.models import County, User

table, month, user = sys.argv[1:]

def killer(execute, sql, params, many, context):
    if table in sql and not sql.startswith("SELECT"):
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)

with connection.execute_wrapper(killer):
    make_vouchers(
        county=County.objects.get(),
        month=dt.date.fromisoformat(month),
        user=User.objects.get(pk=user),
    )
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["accounting_entry", "accounting_voucherseries"])
def test_killed_in_the_middle_it_left_nothing_and_is_done_again(table, tmp_path):
    """Killed before the entries, and before the last statement that moves the counter on."""
    world, month = busy_month()
    finance = world.person(Role.COUNTY_FINANCE)
    VoucherSeries.objects.create(county=world.county, month=month)
    run_and_die(CHILD, table, month, finance.pk, data=tmp_path)
    assert not Voucher.objects.exists()
    assert not Entry.objects.exists()
    assert len(keep(world, month)) == 7
    numbers_are_whole(7)


@pytest.mark.django_db
def test_a_voucher_and_its_entries_never_change():
    world, month = busy_month(1)
    keep(world, month)
    for table, value in (("voucher", "summary = '改'"), ("entry", "amount = 1")):
        for statement in (
            f"UPDATE accounting_{table} SET {value}",
            f"DELETE FROM accounting_{table}",
        ):
            with (
                pytest.raises(DatabaseError, match="append only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


@pytest.mark.django_db
def test_a_failure_on_the_way_takes_everything_back():
    """The connection is lost while the entries are written; the next try makes all of them."""
    world, month = busy_month()

    def fail(execute, sql, params, many, context):
        if "INSERT" in sql and "accounting_entry" in sql:
            raise DatabaseError("connection lost")
        return execute(sql, params, many, context)

    with pytest.raises(DatabaseError), connection.execute_wrapper(fail):
        keep(world, month)
    assert not Voucher.objects.exists()
    assert len(keep(world, month)) == 7
    numbers_are_whole(7)


@pytest.mark.django_db
def test_numbers_start_anew_each_month():
    world, month = busy_month(1)
    keep(world, month)
    with clock.at(next_month(month) + dt.timedelta(days=2)):
        pay(world, Agreement.objects.get(), D("50.00"))
        (voucher,) = keep(world)
        assert (voucher.number, voucher.month) == (1, next_month(month))
