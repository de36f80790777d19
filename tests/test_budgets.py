"""Year budgets: without an approval nobody applies, beyond it nobody applies; the last one counts."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from financing.actions import reverse_payment
from financing.actions.gate import approve_budgets
from financing.budget import budget_of, with_budget
from financing.models import BudgetApproval, Payment
from registry import clock
from registry.enums import Role
from registry.models import School
from tests.buyback import apply, make_buybacks, pay, review
from tests.reading import Page
from tests.sheets import xlsx
from tests.world import make_user, make_world

pytestmark = pytest.mark.django_db
BUDGETS, ENTER = reverse("financing:budgets"), reverse("financing:budget_enter")


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def buybacks(world):
    """Agreements of two schools, none of which has a budget; it is the first due year."""
    found = make_buybacks(world, budgets=False)
    with clock.at(found[0].due_instalment().due_on):
        yield found


def approve(world, amounts: dict, document="财预1号", year=None, user=None):
    return approve_budgets(
        county=world.county,
        year=year or clock.today().year,
        document=document,
        approved_on=clock.today(),
        amounts={school: Decimal(amount) for school, amount in amounts.items()},
        user=user or world.person(Role.COUNTY_FINANCE),
    )


def budget(school):
    return budget_of(school, clock.today().year)


# --- the gate ---------------------------------------------------------------------------------------
def test_without_this_year_s_approval_nobody_applies(world, buybacks):
    agreement = buybacks[0]
    approve(world, {agreement.school: "999999"}, year=clock.today().year - 1)
    with pytest.raises(AssertionError, match=f"还没有 {clock.today().year} 年的回购预算批复"):
        apply(world, agreement)
    approve(world, {agreement.school: "999999"})
    apply(world, agreement)


def test_beyond_the_approval_nobody_applies_and_to_the_fen_they_may(world, buybacks):
    agreement = buybacks[0]
    approve(world, {agreement.school: "1000.00"})
    with pytest.raises(AssertionError, match=r"还可申请 1,000.00 元，本次 1,000.01 元超出预算"):
        apply(world, agreement, "1000.01")
    apply(world, agreement, "1000.00")
    assert budget(agreement.school).left == Decimal("0.00")


def test_what_is_asked_paid_returned_and_reversed_counts_in_turn(world, buybacks):
    agreement = buybacks[0]
    approve(world, {agreement.school: "1000.00"})
    apply(world, agreement, "600.00")
    assert budget(agreement.school).used == Decimal("600.00"), "asked for"
    review(world, agreement, "return", "科目不对")
    assert budget(agreement.school).used == Decimal("0.00"), "returned"
    apply(world, agreement, "700.00")
    review(world, agreement)
    pay(world, agreement, "支-1")
    assert budget(agreement.school).used == Decimal("700.00"), "paid"
    other = make_user("示例冲销人", Role.COUNTY_FINANCE, world.county)
    reverse_payment(payment=Payment.objects.get(), user=other, reason="账号错误")
    assert budget(agreement.school).used == Decimal("0.00"), "reversed"


def test_the_last_document_counts_whole_and_the_earlier_stay(world, buybacks, client_of):
    school = buybacks[0].school
    approve(world, {school: "1000.00"})
    approve(world, {school: "400.00"}, "财预2号（调整）")
    assert budget(school).approved == Decimal("400.00")
    assert budget(school).document == "财预2号（调整）"
    page = client_of(world.person(Role.SCHOOL_FINANCE, school))
    told = Page(page.get(reverse("financing:budget", args=[school.pk])).content.decode())
    assert "执行中" in told.text
    assert "已被后文替代" in told.text
    with pytest.raises(DatabaseError), transaction.atomic():
        BudgetApproval.objects.update(amount=1)


def test_an_adjustment_below_what_is_used_leaves_nothing(world, buybacks):
    agreement = buybacks[0]
    approve(world, {agreement.school: "1000.00"})
    apply(world, agreement, "600.00")
    approve(world, {agreement.school: "500.00"}, "财预2号（调整）")
    assert budget(agreement.school).left == Decimal("-100.00")
    review(world, agreement, "return", "超预算")
    with pytest.raises(AssertionError, match=r"还可申请 500.00 元"):
        apply(world, agreement, "500.01")


# --- entering -----------------------------------------------------------------------------------------
def test_refused_documents_leave_nothing(world, buybacks):
    one, two = (row.school for row in buybacks)
    approve(world, {one: "10"})
    away = make_world(schools=1, county_code="530423")
    for amounts, words in (
        ({two: "10", one: "10"}, "已登记过"),
        ({two: "-1"}, "批复金额不对"),
        ({two: "1.005"}, "批复金额不对"),
        ({away.school: "1"}, "不是本县的学校"),
        ({}, "没有填写任何学校"),
    ):
        with pytest.raises(ValidationError, match=words):
            approve(world, amounts)
    with pytest.raises(ValidationError, match="文号"):
        approve(world, {two: "10"}, document=" ")
    for role in (Role.COUNTY_CASHIER, Role.SCHOOL_FINANCE, Role.LEADING_GROUP):
        with pytest.raises(ValidationError, match="由县财务审核岗登记"):
            approve(world, {two: "10"}, user=world.person(role))
    assert BudgetApproval.objects.count() == 1


def test_one_document_for_many_schools_starts_from_what_is_due(world, buybacks, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    form = Page(finance.get(ENTER).content.decode(), ENTER).form("登记批复")
    answer = form.fill(document="财预7号").post(finance)
    page = Page(answer.content.decode())
    assert f"已登记 2 所学校的 {clock.today().year} 年预算批复" in page.messages[0]
    for row in buybacks:
        assert budget(row.school).approved == row.due_instalment().payment
    assert page.totals["待批复（元）"] == "0.00"


def test_a_single_amount_can_be_changed_and_a_school_left_out(world, buybacks, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    one, two = (row.school for row in buybacks)
    form = Page(finance.get(ENTER).content.decode(), ENTER).form("登记批复")
    form.fill(**{"document": "财预7号", f"amount-{one.pk}": "123.45", f"amount-{two.pk}": ""})
    form.post(finance)
    assert budget(one).approved == Decimal("123.45")
    assert budget(two).approved is None


def sheet(*rows) -> SimpleUploadedFile:
    return SimpleUploadedFile(
        "批复.xlsx", xlsx(rows, headers=("学校标识码", "学校", "批复金额（元）"))
    )


def post_sheet(finance, upload):
    data = {"document": "财预9号", "approved_on": clock.today().isoformat(), "upload": upload}
    return Page(finance.post(ENTER, data, follow=True).content.decode(), ENTER)


def test_amounts_are_read_from_excel_shown_and_then_kept(world, buybacks, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    one, two = (row.school for row in buybacks)
    page = post_sheet(finance, sheet([one.code, one.name, 1234.5], [two.code, two.name, ""]))
    assert "已读入 1 所学校的金额" in page.messages[0]
    assert BudgetApproval.objects.count() == 0
    page.form("登记批复").post(finance)
    assert budget(one).approved == Decimal("1234.50")
    assert budget(one).document == "财预9号"
    assert budget(two).approved is None


def test_a_bad_sheet_says_which_rows_are_wrong_and_keeps_nothing(world, buybacks, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    one = buybacks[0].school
    page = post_sheet(
        finance,
        sheet([one.code, "", "abc"], ["9999999999", "", 1], [one.code, "", 1], [one.code, "", 2]),
    )
    said = " ".join(page.errors)
    assert "第 2 行：批复金额“abc”" in said
    assert "第 3 行：学校标识码“9999999999”不是本县" in said
    assert "第 5 行：学校标识码" in said
    for content in (b"", b"no workbook"):
        upload = SimpleUploadedFile("x.xlsx", content)
        assert post_sheet(finance, upload).errors
    assert BudgetApproval.objects.count() == 0


def test_the_sheet_to_fill_in_can_be_read_back(world, buybacks, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    answer = finance.get(reverse("financing:budget_template"))
    content = b"".join(answer.streaming_content)
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert len(rows) == 1 + len(buybacks)
    page = post_sheet(finance, SimpleUploadedFile("表.xlsx", content))
    assert "已读入 2 所学校的金额" in page.messages[0]


# --- reading --------------------------------------------------------------------------------------------
def test_the_list_s_figures_are_those_of_the_gate(world, buybacks):
    approve(world, {buybacks[0].school: "5000"})
    apply(world, buybacks[0], "1200.10")
    year = clock.today().year
    for row in with_budget(School.objects.filter(county=world.county), year):
        one = budget_of(row, year)
        assert (row.approved, row.used) == (one.approved, one.used)
        due = sum(
            i.payment for a in buybacks if a.school == row for i in a.instalments.all()
            if i.due_on.year == year
        )  # fmt: skip
        assert row.due == due
        assert row.missing == max(due - (row.approved or 0), Decimal(0))


def test_schools_read_their_own_suppliers_none_strangers_nothing(world, buybacks, client_of):
    one, two = (row.school for row in buybacks)
    approve(world, {one: "10", two: "20"})
    url = reverse("financing:budget", args=[one.pk])
    away = make_world(schools=1, county_code="530423")
    for role, count in ((Role.COUNTY_FINANCE, 2), (Role.AUDITOR, 2), (Role.PROVINCE, 2)):
        browser = client_of(world.person(role))
        assert Page(browser.get(BUDGETS).content.decode()).count == count, role
        assert browser.get(url).status_code == 200
        assert client_of(away.person(role)).get(url).status_code == 404, role
    own, other = (client_of(world.person(Role.SCHOOL_FINANCE, s)) for s in (one, two))
    assert Page(own.get(BUDGETS).content.decode()).count == 1
    assert own.get(url).status_code == 200
    assert other.get(url).status_code == 404
    supplier = client_of(world.person(Role.SUPPLIER))
    assert Page(supplier.get(BUDGETS).content.decode()).count == 0
    assert supplier.get(url).status_code == 404
    for role in (Role.SUPPLIER, Role.SCHOOL_FINANCE, Role.COUNTY_CASHIER):
        assert client_of(world.person(role)).get(ENTER).status_code == 403, role


def test_another_year_shows_that_year_s_due(world, buybacks, client_of):
    auditor = client_of(world.person(Role.AUDITOR))
    later = clock.today().year + 1
    page = Page(auditor.get(BUDGETS, {"year": later}).content.decode())
    assert page.heading == f"{later} 年学校预算"
    due = sum(i.payment for a in buybacks for i in a.instalments.all() if i.due_on.year == later)
    assert page.totals["当年应付（元）"] == f"{due:,.2f}"
    assert Page(auditor.get(BUDGETS, {"state": "missing"}).content.decode()).count == 2


def test_more_schools_cost_no_more_queries(client_of):
    def count(schools, code):
        world = make_world(schools=schools, county_code=code)
        make_buybacks(world)
        browser = client_of(world.person(Role.COUNTY_FINANCE))
        found = []
        for url in (BUDGETS, ENTER):
            browser.get(url)
            with CaptureQueriesContext(connection) as seen:
                assert browser.get(url).status_code == 200
            found.append(len(seen))
        return found

    one, three = count(1, "522631"), count(3, "530423")
    assert one == three
    assert max(three) <= 12
