"""回购台账 and 逾期账龄: every amount equals the list it opens, every total its rows and its sheet."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from financing.actions.ledger import accounts_of
from financing.models import Agreement, Instalment
from registry import clock
from registry.enums import Role
from registry.money import from_fen
from tests.reports import NOW, cells, make_town, read, yuan

pytestmark = pytest.mark.django_db
LEDGER, AGEING = reverse("accounting:ledger"), reverse("accounting:ageing")
FINANCE, SUPPLIER = Role.COUNTY_FINANCE, Role.SUPPLIER


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic(), clock.at(NOW):
        yield make_town()
        transaction.set_rollback(True)


# The column of the list that belongs to a column of the report.
SHOWN = {
    "应付合计": "应付（元）",
    "已到期": "应付（元）",
    "已付": "已付（元）",
    "逾期未付": "尚欠（元）",
    "逾期利息": "逾期利息（元）",
    "应得奖补": "应得（元）",
    "可申领": "应得（元）",
    "已申领": "申领（元）",
    "已批复": "批复（元）",
    "已到账": "到账（元）",
    "申领未到账": "未到账（元）",
}


def compare(client_of, user, url: str) -> int:
    """Open every amount of a report; how many there were."""
    page, seen = read(client_of, user, url), 0
    for link in page.all("a"):
        cell = link.under("td")
        if cell is None or "num" not in cell["class"]:
            continue
        totals = read(client_of, user, link["href"]).totals
        column = SHOWN.get(cell["data-label"], "尚欠（元）")
        assert yuan(totals[column]) == yuan(link.text), (cell["data-label"], link["href"])
        seen += 1
    return seen


@pytest.mark.parametrize("by", ["school", "supplier", "year"])
@pytest.mark.parametrize("show", ["debt", "rebates"])
def test_every_amount_of_the_ledger_is_the_total_of_its_list(town, client_of, by, show):
    with clock.at(NOW):
        finance = town.world.person(FINANCE)
        assert compare(client_of, finance, f"{LEDGER}?by={by}&show={show}") >= 6


def test_rebates_by_level_are_the_totals_of_their_lists(town, client_of):
    with clock.at(NOW):
        url = f"{LEDGER}?by=funder"
        assert compare(client_of, town.world.person(FINANCE), url) >= 9
        rows = read(client_of, town.world.person(FINANCE), url).first("tbody").all("tr")
        assert [row.all("td")[0].text for row in rows] == ["县级", "州级", "省级"]


@pytest.mark.parametrize("by", ["school", "supplier", "year"])
def test_every_amount_of_the_ageing_is_the_total_of_its_list(town, client_of, by):
    with clock.at(NOW):
        assert compare(client_of, town.world.person(FINANCE), f"{AGEING}?by={by}") >= 6


def test_the_classes_add_up_to_what_is_owed(town, client_of):
    with clock.at(NOW):
        header, *rows = cells(client_of, town.world.person(FINANCE), f"{AGEING}?export=xlsx")
        first, owed = header.index("未逾期"), header.index("尚欠合计")
        for row in rows:
            ages = [Decimal(str(value)) for value in row[first : first + 6]]
            assert sum(ages) == Decimal(str(row[owed]))
        unpaid = sum(one.remaining for one in Instalment.objects.unpaid())
        assert Decimal(str(rows[-1][owed])) == unpaid


def test_the_ledger_says_what_the_accounts_say(town, client_of):
    """Paid, overdue and late interest by school, against the account of each agreement."""
    with clock.at(NOW):
        header, *rows, _ = cells(client_of, town.world.person(FINANCE), f"{LEDGER}?export=xlsx")
        accounts = accounts_of(Agreement.objects.all())
        for row in rows:
            told = dict(zip(header, row, strict=True))
            agreement = Agreement.objects.get(project_school__school__name=told["学校"])
            account = accounts[agreement.pk]
            assert Decimal(str(told["尚欠"])) == from_fen(account.unpaid)
            assert Decimal(str(told["逾期利息"])) == from_fen(account.late_interest)
            late = sum(one.unpaid for one in account.standings if one.debt.due_on < NOW)
            assert Decimal(str(told["逾期未付"])) == from_fen(late)


def test_the_sheet_holds_both_halves_and_its_sums(town, client_of):
    with clock.at(NOW):
        header, *rows = cells(client_of, town.world.person(FINANCE), f"{LEDGER}?export=xlsx")
    assert {"应付合计", "逾期利息", "应得奖补", "申领未到账"} <= set(header)
    assert rows[-1][0] == "合计"
    for at, title in enumerate(header):
        if title in SHOWN:
            added = sum(Decimal(str(row[at])) for row in rows[:-1])
            assert added == Decimal(str(rows[-1][at])), title


def test_filters_stay_in_the_links(town, client_of):
    township = town.world.schools[0].township
    with clock.at(NOW):
        page = read(
            client_of, town.world.person(FINANCE), f"{LEDGER}?township={township.pk}&by=year"
        )
        assert all(
            f"township={township.pk}" in link["href"]
            for link in page.all("a")
            if "/instalments/" in link["href"]
        )
        finance = town.world.person(FINANCE)
        assert compare(client_of, finance, f"{LEDGER}?township={township.pk}&by=year") >= 3


def test_a_supplier_sees_its_own_money_and_no_rebates(town, client_of):
    with clock.at(NOW):
        supplier = town.world.person(SUPPLIER)
        page = read(client_of, supplier, LEDGER)
        assert "奖补" not in page.first("main").text
        assert compare(client_of, supplier, LEDGER) >= 6
        header, *_ = cells(client_of, supplier, f"{LEDGER}?export=xlsx&show=rebates&by=funder")
        assert "应得奖补" not in header
        rival = town.world.person(SUPPLIER, town.world.suppliers[1])
        assert read(client_of, rival, LEDGER).all("tbody") == []
        assert read(client_of, supplier, reverse("accounting:rebates")).count == 0


def test_a_school_sees_its_own_row(town, client_of):
    with clock.at(NOW):
        page = read(client_of, town.world.person(Role.SCHOOL_FINANCE), LEDGER)
        (row,) = page.first("tbody").all("tr")
        assert row.all("td")[0].text == town.world.school.name


@pytest.mark.parametrize("url", [LEDGER, AGEING, reverse("accounting:forecast")])
def test_the_paper_is_a_pdf_with_the_same_numbers(town, client_of, url):
    from io import BytesIO

    from pypdf import PdfReader

    with clock.at(NOW):
        answer = client_of(town.world.person(FINANCE)).get(f"{url}?export=pdf")
        assert answer["Content-Type"] == "application/pdf"
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
        page = read(client_of, town.world.person(FINANCE), url)
        words = "".join(text.split())
        assert page.heading in words
        assert all(amount.replace(" ", "") in words for amount in page.totals.values())


@pytest.mark.parametrize("name", ["ledger", "ageing", "forecast", "instalments", "rebates", "hub"])
def test_more_schools_cost_no_more_queries(name, client_of):
    def count(schools: int, code: str) -> int:
        town = make_town(schools=schools, code=code)
        browser, url = client_of(town.world.person(FINANCE)), reverse(f"accounting:{name}")
        browser.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(url).status_code == 200
        return len(seen)

    with clock.at(NOW):
        few, many = count(2, "530423"), count(4, "532501")
    assert few == many <= 24
