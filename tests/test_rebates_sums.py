"""Rebates in sums: every number equals the list behind it, by level, age and school."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from financing.actions import end_claim, receive_claim
from financing.models import Rebate
from registry import clock
from registry.enums import Role
from tests.buyback import claim, granted, make_buybacks, pay_round
from tests.reading import Page
from tests.world import make_world

pytestmark = pytest.mark.django_db
CLAIMS, AGEING = reverse("financing:claims"), reverse("financing:claim_ageing")
TOTALS = reverse("financing:claim_totals")
COLUMN = {"计划": "应奖补（元）", "待申领": "应奖补（元）", "待到账": "待到账（元）"}


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def somewhere(world):
    """Rebates in every state: arrived, short, in parts, granted, claimed long ago and today."""
    one, two = make_buybacks(world)
    pay_round(world, one, "支-1")
    rows = {b.funder: b.claims.get() for b in claim(world, one)}
    user = world.person(Role.COUNTY_CASHIER)
    province = granted(world, rows["province"])
    receive_claim(claim=province, user=user, amount=Decimal(100), voucher="收1")
    county = granted(world, rows["county"], rows["county"].claimed_amount - 50)
    receive_claim(claim=county, user=user, amount=Decimal(10), voucher="收2")
    end_claim(claim=county, user=world.person(Role.COUNTY_FINANCE), reason="没有资金")
    with clock.at(clock.today() + dt.timedelta(days=100)):
        pay_round(world, two, "支-2")
        claim(world, two)
        pay_round(world, two, "支-3")
        yield one, two


def read(browser, url, **query) -> Page:
    answer = browser.get(url, query)
    assert answer.status_code == 200
    return Page(answer.content.decode(), url)


def cells(page: Page):
    """``(row, column, amount, address)`` of every linked number of the ageing page."""
    for row in [tr for body in page.all("tr") for tr in [body]]:
        found = row.all("td")
        if not found:
            continue
        for cell in found[1:]:
            for link in cell.all("a"):
                yield found[0].text, cell["data-label"], link.text, link["href"]


@pytest.mark.parametrize("role", [Role.COUNTY_FINANCE, Role.PROVINCE, Role.SCHOOL_FINANCE])
def test_every_number_is_the_sum_of_the_list_it_opens(world, somewhere, client_of, role):
    browser = client_of(world.person(role))
    seen = 0
    for level, column, amount, url in cells(read(browser, AGEING)):
        listed = Page(browser.get(url).content.decode(), url)
        name = COLUMN.get(column, f"{column}（元）" if len(column) == 2 else "待到账（元）")
        name = "待到账（元）" if column == "合计" else name
        assert listed.totals.get(name, "0.00") == amount, (level, column, url)
        seen += 1
    assert seen > 20


def test_ages_are_counted_from_the_claim(world, somewhere, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    page = read(browser, AGEING)
    first = page.all("table")[0]
    found = {
        row.all("td")[0].text: [cell.text for cell in row.all("td")[1:]]
        for row in first.all("tr")[1:4]
    }
    province = Rebate.objects.filter(funder="province", claim__isnull=False).with_money()
    old, new = province.order_by("claim__claimed_on").values_list("outstanding", flat=True)
    assert found["省级"][0] == f"{new:,.2f} 1 笔"
    assert found["省级"][3] == f"{old:,.2f} 1 笔"
    assert found["县级"][3] == "—"  # ended: nothing more will come
    assert read(browser, CLAIMS, age="90").count == 2
    assert read(browser, CLAIMS, age="0").count == 3
    assert read(browser, CLAIMS, age="180").count == 0
    with clock.at(clock.today() + dt.timedelta(days=81)):
        assert read(browser, CLAIMS, age="180").count == 2
        assert read(browser, CLAIMS, age="60").count == 3


def test_the_sheet_of_ages_holds_the_same_numbers(world, somewhere, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    answer = browser.get(AGEING, {"export": "xlsx"})
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
    heads, *levels, whole = rows
    assert [row[0] for row in levels] == ["县级", "州级", "省级"]
    assert whole[0] == "合计"
    for column in range(1, len(heads)):
        assert round(sum(row[column] for row in levels), 2) == round(whole[column], 2)
    page = read(browser, AGEING)
    assert f"{whole[heads.index('待到账（元）')]:,.2f} 元" in page.first(css="list-count").text


def test_each_school_s_sums_are_those_of_its_rebates(world, somewhere, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    page = read(browser, TOTALS)
    assert page.count == 2
    claims = read(browser, CLAIMS, state="asked").totals
    for column in ("申领（元）", "审核（元）", "批复（元）", "到账（元）", "待到账（元）"):
        assert page.totals[column] == claims[column]
    assert page.totals["待申领（元）"] == read(browser, CLAIMS, state="open").totals["应奖补（元）"]
    planned = read(browser, CLAIMS, state="planned").totals["应奖补（元）"]
    assert page.totals["计划（元）"] == planned
    one = read(browser, TOTALS, funder="county").totals
    assert one["到账（元）"] == "10.00"
    answer = browser.get(TOTALS, {"export": "xlsx"})
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
    assert f"{rows[-1][rows[0].index('计划（元）')]:,.2f}" == planned


def test_a_school_reads_its_own_sums_only(world, somewhere, client_of):
    browser = client_of(world.person(Role.SCHOOL_FINANCE))
    assert read(browser, TOTALS).count == 1
    mine = Rebate.objects.filter(
        instalment__agreement__project_school__school=world.school
    ).values_list("amount", flat=True)
    assert read(browser, TOTALS).totals["计划（元）"] == f"{sum(mine):,.2f}"
    supplier = client_of(world.person(Role.SUPPLIER))
    assert read(supplier, TOTALS).count == 0
    assert "签订回购协议后" in read(supplier, AGEING).text


def test_states_of_the_list_do_not_overlap(world, somewhere, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    states = ("open", "year", "claimed", "reviewed", "approved", "received")
    counts = {state: read(browser, CLAIMS, state=state).count for state in states}
    assert counts == {
        "open": 3,
        "year": 0,
        "claimed": 4,
        "reviewed": 0,
        "approved": 1,
        "received": 1,
    }
    assert sum(counts.values()) == read(browser, CLAIMS).count
    assert read(browser, CLAIMS, state="short").count == 1
