"""The month's reconciliation: both balances meet, or every fen between them has a row."""

import dataclasses
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader

from accounting.actions.matching import confirm, explain, take_back
from accounting.actions.reconcile import close_month, report
from accounting.actions.statements import import_statement
from accounting.models import Match, ReconciledMonth, StatementLine
from accounting.reconciliation import Explained, Line, Record, in_chain, reconcile
from financing.models import Payment
from registry import clock
from registry.enums import Role
from tests.buyback import make_buybacks, pay_round
from tests.statements import as_xlsx, make_account, movement, two_columns
from tests.world import make_world

D = Decimal
JUNE, JULY = dt.date(2027, 6, 1), dt.date(2027, 7, 1)


def day(n: int, month: int = 6) -> dt.date:
    return dt.date(2027, month, n)


def line(pk, n, amount, balance=None, month=6):
    return Line(pk, day(n, month), D(amount), f"流水 {pk}", balance and D(balance))


def june(lines, records=(), explained=(), opening=None):
    return reconcile(
        first=JUNE,
        last=day(30),
        opening=opening,
        lines=lines,
        records=list(records),
        explained=list(explained),
    )


def test_everything_matched_is_balanced_and_clean():
    found = june(
        [line(1, 5, "-100.00", "900.00"), line(2, 6, "0.50", "900.50")],
        [Record(day(5), D("-100.00"), "付款", 1)],
        [Explained(2, day(6), D("0.50"), "利息")],
    )
    assert (found.bank.opening, found.bank_closing) == (D("1000.00"), D("900.50"))
    assert (found.book.opening, found.book.closing) == (D("1000.00"), D("900.50"))
    assert found.clean


def test_what_stands_on_one_side_only_is_listed_and_both_sides_meet():
    found = june(
        [line(1, 5, "-100.00", "900.00")], [Record(day(30), D("-40.00"), "已付，银行未付")]
    )
    assert [i.amount for i in found.bank_only] == [D("-100.00")]
    assert [i.amount for i in found.book_only] == [D("-40.00")]
    assert found.adjusted_bank == found.adjusted_book == D("860.00")
    assert found.balanced
    assert not found.clean


def test_a_payment_of_one_month_may_reach_the_bank_in_the_next():
    lines = [line(1, 5, "-1.00", "999.00"), line(2, 2, "-40.00", "959.00", month=7)]
    records = [Record(day(5), D("-1.00"), "付款", 1), Record(day(30), D("-40.00"), "付款", 2)]
    found = june(lines, records)
    assert [i.amount for i in found.book_only] == [D("-40.00")]
    after = reconcile(
        first=JULY, last=day(31, 7), opening=None, lines=lines, records=records, explained=[]
    )
    assert after.clean
    assert (after.bank.opening, after.book.opening) == (D("999.00"), D("959.00"))


def test_a_missing_row_is_a_gap_with_its_day():
    found = june([line(1, 5, "-100.00", "900.00"), line(2, 9, "-1.00", "849.00")])
    assert [(i.day, i.amount) for i in found.gaps] == [(day(9), D("-50.00"))]
    assert not found.balanced
    assert found.difference == D("-50.00")
    assert found.unexplained == 0


def test_a_bank_without_balances_is_reckoned_from_the_opening():
    found = june([line(1, 5, "-100.00")], opening=D("500.00"))
    assert (found.told, found.bank_closing) == (None, D("400.00"))


def test_an_opening_that_contradicts_the_bank_is_said():
    found = june([line(1, 5, "-100.00", "900.00")], opening=D("999.00"))
    assert "不符" in found.gaps[0].words
    assert found.unexplained == 0


def test_lines_of_a_day_are_put_in_the_order_that_their_balances_tell():
    lines = [
        line(1, 5, "-1.00", "96.00"),
        line(2, 5, "-1.00", "98.00"),
        line(3, 5, "-1.00", "97.00"),
    ]
    assert [one.pk for one in in_chain(lines)] == [2, 3, 1]
    assert june(lines).gaps == []


amounts = st.integers(-10_000, 10_000).filter(bool)


@given(
    st.lists(st.tuples(st.integers(1, 60), amounts, st.sampled_from("pern")), max_size=20),
    st.lists(st.tuples(st.integers(1, 60), amounts), max_size=5),
    st.integers(0, 100),
)
@settings(deadline=None)
def test_without_gaps_no_fen_is_ever_left_over(moves, loose, late):
    """Lines paid, explained, recorded late or not at all; records that never met a line."""
    start, balance = day(1), D("1000.00")
    lines, records, explained = [], [], []
    for pk, (n, amount, what) in enumerate(sorted(moves)):
        on, amount = start + dt.timedelta(days=n - 1), D(amount)
        balance += amount
        lines.append(Line(pk, on, amount, "流水", balance))
        if what == "p":
            records.append(Record(on, amount, "付款", pk))
        elif what == "r":
            records.append(Record(on + dt.timedelta(days=late), amount, "付款", pk))
        elif what == "e":
            explained.append(Explained(pk, on, amount, "手续费"))
    records += [Record(start + dt.timedelta(days=n - 1), D(a), "未达") for n, a in loose]
    for first, last in ((JUNE, day(30)), (JULY, day(31, 7))):
        found = reconcile(
            first=first, last=last, opening=None, lines=lines, records=records, explained=explained
        )
        assert found.difference == found.unexplained == 0
        assert found.bank.closing == found.bank_closing or not any(x.day <= last for x in lines)


def test_a_report_is_the_same_however_the_lines_arrive():
    lines = [line(n, n, "-1.00", f"{100 - n}.00") for n in range(1, 9)]
    assert dataclasses.asdict(june(lines)) == dataclasses.asdict(june(lines[::-1]))


# --- with the house around it -------------------------------------------------------------------
PAID, LATER = dt.date(2027, 6, 21), dt.date(2027, 7, 5)


@pytest.fixture
def scene():
    """A payment on the bank's statement of June beside a fee, and one that the bank has not yet."""
    with clock.at(PAID):
        world = make_world()
        buybacks = make_buybacks(world)
        pay_round(world, buybacks[0], "支-1")
    with clock.at(dt.date(2027, 6, 30)):
        pay_round(world, buybacks[1], "支-2", amount="100.00")
    account = make_account(world)
    payment = Payment.objects.get(voucher="支-1")
    rows = two_columns(
        [
            movement("2027-06-21", f"-{payment.amount}", world.supplier.name, "回购", "支-1"),
            movement("2027-06-21", "-0.50", "", "手续费", "F1"),
        ]
    )
    with clock.at(LATER):
        import_statement(
            account=account,
            user=world.person(Role.COUNTY_CASHIER),
            name="示例.xlsx",
            content=as_xlsx(rows),
        )
        yield world, account, payment


def settle(world, payment):
    finance = world.person(Role.COUNTY_FINANCE)
    paid, fee = StatementLine.objects.in_order()
    confirm(line=paid, keys=[f"payment:{payment.pk}"], user=finance)
    explain(line=fee, user=finance, reason="fee")


@pytest.mark.django_db
def test_from_statement_to_reconciled_month(scene, client_of):
    world, account, payment = scene
    found = report(account, JUNE)
    assert [i.amount for i in found.bank_only] == [-payment.amount, D("-0.50")]
    assert found.balanced
    settle(world, payment)
    found = report(account, JUNE)
    assert found.bank_only == []
    assert [i.amount for i in found.book_only] == [D("-100.00")]
    page = client_of(world.person(Role.COUNTY_FINANCE))
    url = reverse("accounting:reconciliation", args=[account.pk, "2027-06"])
    text = page.get(url).content.decode()
    assert "已对平，有未达账项" in text
    assert "支-2" in text
    assert f"{found.adjusted_bank:,.2f}" in text
    done = page.post(url + "close/", follow=True).content.decode()
    assert "已完成对账" in done
    row = ReconciledMonth.objects.get()
    assert row.data["difference"] == "0.00"
    assert account.number not in str(row.data)
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
        row.delete()


@pytest.mark.django_db
def test_sheet_and_paper_say_the_same(scene, client_of):
    world, account, payment = scene
    settle(world, payment)
    page = client_of(world.person(Role.AUDITOR))
    url = reverse("accounting:reconciliation", args=[account.pk, "2027-06"])
    sheet = b"".join(page.get(url + "sheet.xlsx").streaming_content)
    rows = {row[0]: row[3] for row in load_workbook(io.BytesIO(sheet)).active.values}
    assert rows["差额"] == 0
    assert rows["减：单位已付，银行未付"] == 100
    answer = page.get(url + "paper.pdf")
    text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(answer.content)).pages)
    assert "银行存款余额调节表" in text.replace(" ", "")
    assert f"{D(rows['调节后的银行余额']):,.2f}" in text
    assert account.number not in text


@pytest.mark.django_db
def test_a_reconciled_month_changes_no_more(scene):
    world, account, payment = scene
    settle(world, payment)
    finance, cashier = world.person(Role.COUNTY_FINANCE), world.person(Role.COUNTY_CASHIER)
    with pytest.raises(PermissionDenied, match="出纳不能编制"):
        close_month(account=account, first=JUNE, user=cashier)
    with pytest.raises(ValidationError, match="还没有过完"):
        close_month(account=account, first=JULY, user=finance)
    close_month(account=account, first=JUNE, user=finance)
    with pytest.raises(ValidationError, match="已经完成对账"):
        close_month(account=account, first=JUNE, user=finance)
    with pytest.raises(ValidationError, match="已完成对账"):
        take_back(match=Match.objects.first(), user=finance, reason="试")
    more = [movement("2027-06-25", "-9.00", "", "手续费", "F9")]
    outcome = import_statement(
        account=account, user=cashier, name="补.xlsx", content=as_xlsx(two_columns(more))
    )
    assert outcome.added == 0
    assert "已完成对账" in str(outcome.problems)


@pytest.mark.django_db
def test_what_was_left_open_is_settled_in_a_later_month(scene):
    world, account, payment = scene
    paid, fee = StatementLine.objects.in_order()
    finance = world.person(Role.COUNTY_FINANCE)
    confirm(line=paid, keys=[f"payment:{payment.pk}"], user=finance)
    close_month(account=account, first=JUNE, user=finance)
    explain(line=fee, user=finance, reason="fee")
    assert Match.objects.get(line=fee).booked_on == JULY
    again = report(account, JUNE)
    assert [i.amount for i in again.bank_only] == [D("-0.50")]
    assert report(account, JULY).bank_only == []


@pytest.mark.django_db
def test_a_gap_keeps_the_month_open(scene):
    world, account, _ = scene
    rows = two_columns([movement("2027-06-28", "-5.00", "", "手续费", "F5")], opening="1.00")
    import_statement(
        account=account,
        user=world.person(Role.COUNTY_CASHIER),
        name="缺行.xlsx",
        content=as_xlsx(rows),
    )
    with pytest.raises(ValidationError, match="差额"):
        close_month(account=account, first=JUNE, user=world.person(Role.COUNTY_FINANCE))
