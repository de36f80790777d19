"""现金流预测, 供应商对账单, 年度公开: balances that carry over, sums that come from the plan."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest
from django.urls import reverse

from accounting.models import Disclosure
from accounting.reports.forecast import forecast
from accounting.reports.statement import statement
from financing.actions import reverse_payment
from financing.actions.ledger import accounts_of
from financing.models import Agreement, Instalment, Payment, Rebate
from registry import clock
from registry.enums import Role, SupplierSize
from registry.money import from_fen
from tests.buyback import pay_round
from tests.reports import NOW, cells, make_town, read, yuan
from tests.test_reports_ledger import compare

pytestmark = pytest.mark.django_db
STATEMENT = reverse("accounting:supplier_statement")
DISCLOSURE = reverse("accounting:disclosure")
FORECAST = reverse("accounting:forecast")
FINANCE = Role.COUNTY_FINANCE


@pytest.fixture
def town():
    with clock.at(NOW):
        yield make_town()


# --- forecast -----------------------------------------------------------------------------------
@pytest.mark.parametrize("step", ["year", "month"])
def test_the_forecast_adds_up_to_what_is_owed_and_opens_its_instalments(town, client_of, step):
    finance = town.world.person(FINANCE)
    page = read(client_of, finance, f"{FORECAST}?step={step}")
    unpaid = sum(one.remaining for one in Instalment.objects.unpaid())
    assert yuan(page.totals["合计应付"]) == unpaid
    assert compare(client_of, finance, f"{FORECAST}?step={step}") >= 4
    first = page.first("tbody").all("tr")[0]
    assert first.all("td")[0].text == "逾期未付"


def test_rebates_come_the_stated_months_after_the_payment(town):
    rows, rebates = Instalment.objects.all(), Rebate.objects.all()
    for delay in (0, 6, 14):
        made = forecast(rows, rebates, on=NOW, delay=delay)
        coming = sum(flow.rebated for flow in made.months.values())
        assert coming == sum(rebate.amount for rebate in rebates)  # nothing has arrived yet
        last = max(made.months)
        due = max(one.due_on for one in rows)
        months = (last.year - due.year) * 12 + last.month - due.month
        assert months == delay
        assert min(made.months) >= NOW.replace(day=1)


def test_a_supplier_s_forecast_has_no_rebates(town, client_of):
    page = read(client_of, town.world.person(Role.SUPPLIER), FORECAST)
    assert "奖补" not in page.first("main").text
    assert "学校自担" not in page.first("main").text


# --- statement of account -------------------------------------------------------------------------
def made(since: str, until: str):
    days = map(dt.date.fromisoformat, (since, until))
    return statement(Instalment.objects.all(), **dict(zip(("since", "until"), days, strict=True)))


def test_each_closing_balance_is_the_next_opening_one(town):
    periods = [
        ("2026-01-01", "2027-06-30"),
        ("2027-07-01", "2028-03-31"),
        ("2028-04-01", "2028-10-16"),
    ]
    found = [made(*period) for period in periods]
    assert found[0].opening == 0
    for before, after in pairwise(found):
        assert before.closing == after.opening
    assert made("2026-01-01", "2028-10-16").closing == found[-1].closing


def test_the_lines_lead_from_the_opening_to_the_closing_balance(town):
    found = made("2027-07-01", "2028-10-16")
    assert found.lines[-1].values["balance"] == found.closing
    charged = sum(row.values.get("charge", 0) for row in found.lines)
    paid = sum(row.values.get("payment", 0) for row in found.lines)
    assert found.opening + charged - paid == found.closing
    assert "支-522631-2" in {
        row.values["voucher"] for row in found.lines if "voucher" in row.values
    }


def test_the_closing_balance_is_what_the_accounts_say(town):
    """What has fallen due and is unpaid, and late interest, less what was paid in advance."""
    accounts = accounts_of(Agreement.objects.all()).values()
    due = sum(one.unpaid for acc in accounts for one in acc.standings if one.debt.due_on <= NOW)
    owed = due + sum(account.late_interest - account.credit for account in accounts)
    assert made("2028-01-01", NOW.isoformat()).closing == from_fen(owed)


def test_a_reversal_stands_as_a_line_of_its_own(town):
    before = made("2028-01-01", "2028-10-16")
    payment = Payment.objects.get(voucher="支-522631-2")
    user = town.world.person(FINANCE)
    reverse_payment(payment=payment, user=user, reason="付错账户")
    after = made("2028-01-01", "2028-10-16")
    (line,) = [row for row in after.lines if row.values["what"].startswith("冲销")]
    assert line.values["payment"] == -payment.amount
    assert after.paid == before.paid - payment.amount
    late = after.late_interest - before.late_interest
    assert late > 0
    assert after.closing == before.closing + payment.amount + late


def test_the_supplier_reads_its_statement_and_prints_it_to_be_sealed(town, client_of):
    from io import BytesIO

    from pypdf import PdfReader

    supplier = town.world.person(Role.SUPPLIER)
    asked = f"{STATEMENT}?since=2028-01-01&until=2028-10-16"
    page = read(client_of, supplier, asked)
    closing = f"{made('2028-01-01', '2028-10-16').closing:,.2f}"
    assert closing in page.text
    answer = client_of(supplier).get(f"{asked}&export=pdf")
    words = "".join(p.extract_text() for p in PdfReader(BytesIO(answer.content)).pages)
    assert "请核对后盖章确认" in "".join(words.split())
    assert closing in words
    rows = cells(client_of, supplier, f"{asked}&export=xlsx")
    assert f"{rows[-1][-1]:,.2f}" == closing


def test_another_supplier_s_statement_is_empty(town, client_of):
    rival = town.world.person(Role.SUPPLIER, town.world.suppliers[1])
    mine = town.world.supplier.pk
    page = read(client_of, rival, f"{STATEMENT}?supplier={mine}&since=2026-01-01")
    assert "示例1小学" not in page.text
    assert "0.00 元" in page.text


def test_days_in_the_wrong_order_are_said(town, client_of):
    finance = town.world.person(FINANCE)
    mine = f"supplier={town.world.supplier.pk}"
    page = read(client_of, finance, f"{STATEMENT}?{mine}&since=2028-02-01&until=2028-01-01")
    assert "期初不能晚于期末" in page.text


# --- yearly disclosure --------------------------------------------------------------------------
def test_what_was_unpaid_at_the_end_of_the_year_is_counted(town, client_of):
    """2027: the second school paid a part late, the third nothing; later payments change nothing."""
    second, third = town.agreements[1:]
    account = accounts_of([second, third], dt.date(2027, 12, 31))
    late = sum(
        one.unpaid
        for acc in account.values()
        for one in acc.standings
        if one.debt.due_on < dt.date(2027, 12, 31)
    )
    for paid in (False, True):
        if paid:
            with clock.at(NOW):
                pay_round(town.world, third, "支-迟", amount=Decimal("9000.00"))
        page = read(client_of, town.world.person(FINANCE), f"{DISCLOSURE}?year=2027")
        assert yuan(page.totals["逾期未付金额"]) == from_fen(late)
        assert page.totals["逾期协议（份）"] == "2"
        assert f"合同 1 份，金额 {from_fen(late):,.2f} 元" in page.text


def test_a_large_supplier_is_not_counted(town, client_of):
    town.world.supplier.size = SupplierSize.LARGE
    town.world.supplier.save()
    page = read(client_of, town.world.person(FINANCE), f"{DISCLOSURE}?year=2027")
    assert "合同 0 份，金额 0.00 元" in page.text


def publish(client_of, user, **data):
    page = read(client_of, user, f"{DISCLOSURE}?year=2027")
    given = {"published_on": "2028-10-16", "place": "示例县政府网站"} | data
    return page.form("登记已公开").fill(**given).post(client_of(user))


def test_a_publication_is_kept_word_for_word(town, client_of):
    finance = town.world.person(FINANCE)
    assert "已登记" in publish(client_of, finance).content.decode()
    row = Disclosure.objects.get()
    before = row.amount
    assert before > 0
    assert row.data_hash == Disclosure.hash_of(row.data)
    pay_round(town.world, town.agreements[2], "支-迟", amount=Decimal("9000.00"))
    page = read(client_of, finance, row.get_absolute_url())
    assert yuan(page.totals["逾期未付金额"]) == before
    assert "示例县政府网站" in page.text
    assert client_of(finance).get(f"{row.get_absolute_url()}?export=pdf").status_code == 200
    away = make_town(schools=1, code="530423").world
    assert client_of(away.person(FINANCE)).get(row.get_absolute_url()).status_code == 404


def test_the_same_is_not_recorded_twice_and_never_changed(town, client_of):
    from django.db import DatabaseError, transaction

    finance = town.world.person(FINANCE)
    publish(client_of, finance)
    assert "已经登记过" in publish(client_of, finance).content.decode()
    assert Disclosure.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Disclosure.objects.update(place="别处")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"published_on": "2028-12-01"}, "公开日期须在"),
        ({"published_on": "2027-12-31"}, "公开日期须在"),
        ({"place": ""}, "必填"),
    ],
)
def test_what_cannot_be_is_refused(town, client_of, data, words):
    answer = publish(client_of, town.world.person(FINANCE), **data)
    assert words in answer.content.decode()
    assert not Disclosure.objects.exists()


def test_only_county_finance_records_a_publication(town, client_of):
    office = town.world.person(Role.PROJECT_OFFICE)
    page = read(client_of, office, f"{DISCLOSURE}?year=2027")
    assert "登记已公开" not in page.text
    data = {"published_on": "2028-10-16", "place": "示例"}
    assert client_of(office).post(f"{DISCLOSURE}?year=2027", data).status_code == 404
    for role in (Role.SUPPLIER, Role.HEAD):
        assert client_of(town.world.person(role)).get(DISCLOSURE).status_code == 404
