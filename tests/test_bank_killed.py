"""Killed in the middle of an import or of a bulk confirmation: nothing doubled, nothing lost.

A process of its own works on the same database and kills itself (SIGKILL, so nothing tidies up)
before a chosen statement; then somebody does the same again.
"""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection

from accounting.actions.matching import confirm_all
from accounting.actions.statements import import_statement
from accounting.models import Match, StatementFile, StatementLine
from financing.models import Payment
from registry import clock
from registry.enums import Role
from tests import killed
from tests.buyback import apply, make_buybacks, pay_round, review
from tests.statements import as_csv, as_xlsx, make_account, movement, two_columns
from tests.world import make_world
from workflow.models import Duty

DAY, LATER = dt.date(2027, 6, 21), dt.date(2027, 6, 30)
MANY = 400

CHILD = """
import datetime as dt, os, signal, sys
import django
django.setup()
from django.db import connection
from accounting.actions.matching import confirm_all
from accounting.actions.statements import import_statement
from accounting.models import BankAccount
from registry import clock
from registry.models import User

act, path, table, number, user, day = sys.argv[1:]
left = int(number)

def killer(execute, sql, params, many, context):
    global left
    if sql.startswith("INSERT") and table in sql:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)

account, user = BankAccount.objects.get(), User.objects.get(pk=user)
with clock.at(dt.date.fromisoformat(day)), connection.execute_wrapper(killer):
    if act == "import":
        content = open(path, "rb").read()
        import_statement(account=account, user=user, name="示例.csv", content=content)
    else:
        confirm_all(account=account, user=user, level=60)
"""


def run_and_die(tmp_path, act: str, table: str, number: int, user, path="") -> None:
    """``act`` in a process that kills itself before its ``number``-th INSERT into ``table``."""
    killed.run_and_die(CHILD, act, path, table, number, user.pk, LATER.isoformat(), data=tmp_path)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("table", "number"), [("statementfile", 1), ("statementline", 1)])
def test_an_import_that_was_killed_left_nothing_and_is_done_again(tmp_path, table, number):
    world = make_world(schools=1, rooms=1)
    account, cashier = make_account(world), world.person(Role.COUNTY_CASHIER)
    rows = [
        movement(LATER.isoformat(), f"-{n}.01", "示例企业", "货款", f"A{n}")
        for n in range(1, MANY + 1)
    ]
    path = tmp_path / "示例.csv"
    path.write_bytes(as_csv(two_columns(rows)))
    run_and_die(tmp_path, "import", table, number, cashier, path)
    assert (StatementFile.objects.count(), StatementLine.objects.count()) == (0, 0)
    for expected in (MANY, 0):
        with clock.at(LATER):
            outcome = import_statement(
                account=account, user=cashier, name=path.name, content=path.read_bytes()
            )
        assert outcome.added == expected
    total = sum(line.amount for line in StatementLine.objects.all())
    assert total == sum((row["amount"] for row in rows), Decimal(0))
    assert StatementLine.objects.count() == MANY


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("table", "number"),
    [("financing_payment", 2), ("trailevent", 3), ("accounting_match", 2), ("duty", 2)],
)
def test_a_bulk_confirmation_that_was_killed_is_taken_up_where_it_stood(tmp_path, table, number):
    with clock.at(DAY):
        world = make_world(schools=3, rooms=1)
        buybacks = make_buybacks(world)
        for agreement in buybacks:
            apply(world, agreement)
            review(world, agreement)
    account, cashier = make_account(world), world.person(Role.COUNTY_CASHIER)
    rows = [
        movement(
            DAY.isoformat(),
            f"-{agreement.live_application().amount}",
            world.supplier.name,
            f"{agreement.school.name}回购款",
            f"A{agreement.pk}",
        )
        for agreement in buybacks
    ]
    content = as_xlsx(two_columns(rows))
    with clock.at(LATER):
        import_statement(account=account, user=cashier, name="示例.xlsx", content=content)
    run_and_die(tmp_path, "confirm", table, number, cashier)
    done = Payment.objects.count()
    assert done < 3
    # what was paid is matched, and its step is done: a line is confirmed whole or not at all
    assert Match.objects.count() == done
    assert Duty.objects.open().filter(step="pay").count() == 3 - done
    with clock.at(LATER):
        verdicts = confirm_all(account=account, user=cashier, level=60)
        again = confirm_all(account=account, user=cashier, level=60)
    assert [v.done for v in verdicts] == [True] * (3 - done)
    assert again == []
    assert Payment.objects.count() == Match.objects.count() == 3
    assert not StatementLine.objects.unsettled().exists()
    assert not Duty.objects.open().filter(step="pay").exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_confirm_everything_at_once():
    with clock.at(DAY):
        world = make_world(schools=3, rooms=1)
        for agreement in make_buybacks(world):
            pay_round(world, agreement, f"支-{agreement.pk}")
    account = make_account(world)
    rows = [
        movement(DAY.isoformat(), f"-{p.amount}", world.supplier.name, "回购款", p.voucher)
        for p in Payment.objects.all()
    ]
    people = [world.person(Role.COUNTY_CASHIER), world.person(Role.COUNTY_FINANCE)]
    content = as_xlsx(two_columns(rows))
    gate, answers = threading.Barrier(2), {}

    def work(user) -> None:
        try:
            with clock.at(LATER):
                gate.wait(timeout=60)
                import_statement(account=account, user=user, name="示例.xlsx", content=content)
                gate.wait(timeout=60)
                answers[user.pk] = confirm_all(account=account, user=user, level=60)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    assert StatementLine.objects.count() == Match.objects.count() == 3
    verdicts = [verdict for found in answers.values() for verdict in found]
    assert sum(verdict.done for verdict in verdicts) == 3
    assert all("已经核对" in v.sentence for v in verdicts if not v.done)
