"""Importing statements: what comes in, that it comes in once, and what is refused whole."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from openpyxl import load_workbook

from accounting.actions.statements import import_statement, look, save_account
from accounting.models import BankAccount, StatementFile, StatementLayout, StatementLine
from accounting.statements.layout import Layout
from registry import clock
from registry.enums import Role
from tests.statements import (
    as_csv,
    as_xlsx,
    directed,
    make_account,
    movement,
    signed,
    titled,
    two_columns,
)
from tests.world import make_world

pytestmark = pytest.mark.django_db
DAY = dt.date(2027, 3, 1)
JANUARY = [
    movement("2027-01-04", "50000.00", "示例县财政局", "拨款", "A001"),
    movement("2027-01-15", "-4761.85", "示例企业有限公司", "回购款", "A002"),
    movement("2027-01-15", "-0.50", "", "手续费", "A002"),
]
FEBRUARY = [movement("2027-02-02", "-100.00", "示例企业有限公司", "回购款", "B001")]
TWINS = [
    movement("2027-01-20", "-8.00", "", "手续费"),
    movement("2027-01-20", "-8.00", "", "手续费"),
]


@pytest.fixture
def world():
    with clock.at(DAY):
        yield make_world(schools=1, rooms=1)


@pytest.fixture
def account(world):
    return make_account(world)


@pytest.fixture
def bring(world, account):
    def bring(rows, name="示例流水.xlsx", **other):
        content = as_xlsx(rows) if name.endswith("xlsx") else as_csv(rows)
        return import_statement(
            account=account,
            user=world.person(Role.COUNTY_CASHIER),
            name=name,
            content=content,
            **other,
        )

    return bring


def amounts() -> list[Decimal]:
    return [line.amount for line in StatementLine.objects.in_order()]


def test_a_statement_comes_in_whole_with_its_file(bring, account):
    outcome = bring(titled(two_columns(JANUARY)))
    assert (outcome.read, outcome.added) == (3, 3)
    assert amounts() == [Decimal("50000.00"), Decimal("-4761.85"), Decimal("-0.50")]
    line = StatementLine.objects.get(serial="A002", amount="-4761.85")
    assert (line.party, line.balance) == ("示例企业有限公司", Decimal("145238.15"))
    row = StatementFile.objects.get()
    assert (row.first_day, row.last_day) == (dt.date(2027, 1, 4), dt.date(2027, 1, 15))
    assert row.file.read().startswith(b"PK")


def test_the_same_file_and_overlapping_months_add_nothing_twice(bring):
    bring(titled(two_columns(JANUARY)))
    assert bring(titled(two_columns(JANUARY))).added == 0
    both = bring(titled(two_columns(JANUARY + FEBRUARY)))
    assert (both.read, both.added) == (4, 1)
    assert bring(two_columns(JANUARY + FEBRUARY), "示例.csv").added == 0
    assert len(amounts()) == 4
    assert StatementFile.objects.count() == 2


def test_equal_lines_without_a_serial_number_are_as_many_as_the_bank_says(bring):
    assert bring(signed(TWINS)).added == 2
    assert bring(signed(TWINS)).added == 0
    assert bring(signed([*TWINS, TWINS[0]])).added == 1
    assert amounts() == [Decimal("-8.00")] * 3


def test_another_layout_of_the_same_month_adds_nothing(bring):
    bring(two_columns(JANUARY))
    assert bring(signed(JANUARY)).added == 0
    assert bring(signed(JANUARY + FEBRUARY), "示例.csv").added == 1
    assert bring(directed(JANUARY + FEBRUARY)).added == 0
    assert len(amounts()) == 4


def test_newest_first_is_the_same_statement(bring):
    rows = two_columns(JANUARY)
    bring([rows[0], *rows[:0:-1]])
    assert amounts() == [Decimal("50000.00"), Decimal("-4761.85"), Decimal("-0.50")]
    assert bring(two_columns(JANUARY)).added == 0


def test_a_bad_row_refuses_the_whole_file_and_comes_back_marked(bring):
    rows = titled(two_columns(JANUARY))
    rows[5][1] = "四千"
    outcome = bring(rows)
    assert (outcome.added, StatementLine.objects.count(), StatementFile.objects.count()) == (0,) * 3
    page = load_workbook(io.BytesIO(outcome.workbook)).active
    head = [cell.value for cell in page[5]]
    assert head[-1] == "问题"
    assert "“四千”不是金额" in page.cell(6, len(head)).value
    # The marked file, put right, is known by its header and comes in.
    page["B6"] = None
    out = io.BytesIO()
    page.parent.save(out)
    found = look(
        account=BankAccount.objects.get(), name="示例 问题标注.xlsx", content=out.getvalue()
    )
    assert found.reading.problems == {}
    assert len(found.new) == 3


def test_a_bad_csv_comes_back_as_a_workbook(bring):
    rows = signed(JANUARY)
    rows[2][0] = "2027-02-30"
    outcome = bring(rows, "示例.csv")
    page = load_workbook(io.BytesIO(outcome.workbook)).active
    assert "没有“2027-02-30”这一天" in page.cell(3, 6).value


def test_formulas_do_not_count(bring):
    rows = two_columns(JANUARY)
    rows[2][1] = "=4761.85"
    outcome = bring(rows)
    assert outcome.added == 0
    assert "不能用公式" in str(outcome.problems)


def test_a_file_of_another_account_is_refused(bring):
    with pytest.raises(ValidationError, match="尾号 9999"):
        bring(titled(two_columns(JANUARY), number="62220000009999"))
    assert StatementLine.objects.count() == 0


def test_swapped_columns_show_in_the_balance(bring):
    swapped = Layout({"day": 0, "out": 2, "income": 1, "balance": 3, "summary": 6})
    with pytest.raises(ValidationError, match="指反了"):
        bring(two_columns(JANUARY), layout=swapped)
    assert StatementLine.objects.count() == 0


def test_columns_are_asked_for_once_and_remembered(bring, account):
    rows = [["甲", "乙", "丙"], ["2027-01-05", "-5.00", "邮费"], ["2027-01-06", "6.00", "退费"]]
    with pytest.raises(ValidationError, match="日期"):
        bring(rows)
    bring(rows, layout=Layout({"day": 0, "amount": 1, "summary": 2}))
    assert StatementLayout.objects.get().columns == {"day": 0, "amount": 1, "summary": 2}
    more = [*rows, ["2027-01-07", "-7.00", "邮费"]]
    assert look(account=account, name="示例.xlsx", content=as_xlsx(more)).remembered
    assert bring(more).added == 1


def test_missing_rows_show_in_the_balance(account):
    rows = two_columns(JANUARY)
    del rows[2]
    found = look(account=account, name="示例.xlsx", content=as_xlsx(rows))
    assert [(entry.row, off) for entry, off in found.breaks] == [(3, Decimal("-4761.85"))]


def test_only_finance_and_cashier_of_the_county_import(world, account):
    stranger = make_world(schools=1, rooms=1, county_code="532501")
    for person in (
        world.person(Role.AUDITOR),
        world.person(Role.PROJECT_OFFICE),
        stranger.person(Role.COUNTY_CASHIER),
    ):
        with pytest.raises(PermissionDenied):
            import_statement(
                account=account, user=person, name="示例.xlsx", content=as_xlsx(signed(TWINS))
            )


def test_lines_and_files_only_grow(bring):
    bring(two_columns(JANUARY))
    line = StatementLine.objects.first()
    for act in (line.delete, lambda: StatementLine.objects.update(amount=1)):
        with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
            act()
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
        StatementFile.objects.update(added=9)


def test_an_account_keeps_its_number_once_it_has_lines_and_one_is_the_main(world, bring, account):
    bring(two_columns(JANUARY))
    cashier = world.person(Role.COUNTY_CASHIER)
    account.number = "1"
    with pytest.raises(ValidationError, match="不能再改"):
        save_account(account=account, user=cashier)
    other = BankAccount(
        county=world.county, name="示例县教育局", bank="示例银行", number="88", kind="special"
    )
    other.main = True
    save_account(account=other, user=cashier)
    assert list(BankAccount.objects.filter(main=True)) == [other]
    twin = BankAccount(
        county=world.county, name="示例", bank="示例银行", number="88", kind="special"
    )
    with pytest.raises(ValidationError, match="已经登记过"):
        save_account(account=twin, user=cashier)
