"""The quote's page: every method, the rates beside the LPR, a project's terms, its workbook."""

from decimal import Decimal as D
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procurement.enums import RebateBase
from registry.enums import Role
from tests.reading import Page
from tests.world import make_contract, make_world

pytestmark = pytest.mark.django_db
ASKED = {
    "principal": "9154000",
    "starts_on": "2026-10-31",
    "v1-years": "5",
    "v1-annual_rate": "3.5",
}


@pytest.fixture
def world():
    return make_world(schools=2, rooms=2)


@pytest.fixture
def ask(world, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))

    def get(**asked) -> Page:
        answer = browser.get(reverse("financing:quote"), asked)
        assert answer.status_code == 200
        return Page(answer.content.decode(), "/")

    return get


def dated(names: dict) -> dict:
    return {name.replace("_", "-", 1): value for name, value in names.items()}


def test_all_methods_stand_side_by_side(ask):
    page = ask(
        **ASKED,
        **dated({"v2_years": "6", "v2_method": "fixed_payment", "v2_fixed_payment": "1800000"}),
        **dated({"v3_years": "5", "v3_method": "custom_percent", "v3_annual_rate": "0"}),
        **{"v3-percents": "30，25 20、15;10"},
        **dated({"v4_years": "5", "v4_method": "equal_principal", "v4_annual_rate": "4.2"}),
        **{"v4-payments_per_year": "12", "v4-timing": "advance", "v4-grace": "6"},
    )
    for words in (
        "10,137,202.45",  # level payment: 9,154,000 at 3.5 % in five
        "10,800,000.00",  # six payments of 1,800,000
        "2,746,200.00",  # 30 % in the first year, without interest
        "方案四的分期表",
    ):
        assert words in page.text


def test_sums_without_interest_are_paid_beside_the_instalments(ask):
    page = ask(
        **ASKED,
        **{"v1-down": "1000000", "v1-retention": "154000", "v1-retention_months": "12"},
    )
    first = page.first("details", css="panel").text
    assert "2026-10-31 1,000,000.00 0.00 1,000,000.00" in first
    # 8,000,000 at 3.5 % is 1,771,850.99 a year; the retention falls on the first of them.
    assert "2027-10-31 1,645,850.99 280,000.00 1,925,850.99" in first


@pytest.mark.parametrize(
    ("starts_on", "told", "untold"),
    [
        (
            "2026-10-31",
            ["LPR 1年期 3.00%", "LPR 5年期以上 3.50%", "LPR 1年期 +50.0 基点"],
            ["基准"],
        ),
        (
            "2019-08-20",
            ["LPR 1年期 4.25%", "LPR 5年期以上 4.85%", "LPR 1年期 −75.0 基点"],
            ["基准"],
        ),
        ("2019-08-19", ["贷款基准利率（1至5年） 4.75%"], ["LPR 1年期"]),
        ("2014-12-01", ["贷款基准利率（1至5年） 6.00%", "−250.0 基点"], ["LPR 1年期"]),
        ("2000-01-01", ["没有登记的 LPR"], ["LPR 1年期 ", "+50.0"]),
    ],
)
def test_the_rate_stands_beside_what_money_cost_on_the_first_day(ask, starts_on, told, untold):
    page = ask(**(ASKED | {"starts_on": starts_on}))
    assert all(words in page.text for words in told)
    panel = next(p for p in page.all("section", css="panel") if "实际利率" in p.text)
    table = panel.first("table").text
    assert not any(words in table for words in untold)
    assert "仅供管理分析，不入账" in page.text


def test_both_conventions_are_told(ask):
    table = ask(**ASKED).text
    assert "期末口径 3.5000%" in table
    assert "期初口径 5.3778%" in table


@pytest.mark.parametrize(
    ("years", "codes"),
    [("1", ["1年期"]), ("3", ["1年期", "5年期以上"]), ("8", ["5年期以上"])],
)
def test_the_lpr_of_the_term_is_taken(ask, years, codes):
    page = ask(**(ASKED | {"v1-years": years}))
    cell = next(p for p in page.all("tr") if p.text.startswith("期末口径")).text
    assert [code for code in ("1年期", "5年期以上") if f"LPR {code}" in cell] == codes


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"v1-method": "custom_percent", "v1-percents": "50,50"}, "须有 5 个"),
        ({"v1-method": "custom_percent", "v1-percents": "20,20,20,20,19"}, "合计须为 100"),
        ({"v1-method": "custom_percent", "v1-percents": "20,20,20,20,x"}, "只填数字"),
        ({"v1-method": "custom_percent", "v1-percents": "NaN,20,20,20,20"}, "只填数字"),
        ({"v1-method": "custom_percent", "v1-percents": "33.33333,20,20,20,6.66667"}, "4 位小数"),
        ({"v1-method": "custom_percent", "v1-percents": "-1e999,20,20,20,20"}, "。"),
        ({"v1-method": "fixed_payment"}, "请填写每期付款额"),
        (
            {"v1-method": "fixed_payment", "v1-fixed_payment": "9154000", "v1-timing": "advance"},
            "。",
        ),
        ({"v1-down": "9154000"}, "须小于本金总额"),
        ({"v1-retention": "1"}, "几个月返还"),
        ({"v1-residual": "9154000.01"}, "不能大于本金"),
        ({"v1-grace": "5"}, "宽限期须少于总期数"),
        ({"starts_on": "1900-01-01"}, "1950"),
        ({"starts_on": "9999-12-31"}, "2200"),
        ({"v1-years": "51"}, "50"),
        ({"v1-method": "balloon"}, "balloon"),
        ({"v1-retention": "1", "v1-retention_months": "601"}, "600"),
    ],
)
def test_what_makes_no_sense_is_answered_in_words(ask, wrong, sentence):
    page = ask(**(ASKED | wrong))
    assert sentence in page.text
    assert "比较" not in [heading.text for heading in page.all("h2")]


def test_what_belongs_to_another_method_does_not_count(ask):
    page = ask(**ASKED, **{"v1-percents": "1,2", "v1-fixed_payment": "5"})
    assert "10,137,202.45" in page.text


def test_a_project_brings_its_contracts_terms(world, ask):
    contract = make_contract(world)
    contract.repayment, contract.down_percent = "equal_principal", D("10")
    contract.retention_percent, contract.grace = D("5"), 1
    contract.save()
    contract.project.funding.filter(funder="county").update(
        base=RebateBase.PRINCIPAL, cap_per_room=D("1000.00")
    )
    page = ask(project=str(contract.project.pk))
    assert page.first("input", name="principal")["value"] == "86000"
    assert page.first("input", name="v1-down")["value"] == "8600"
    assert page.first("input", name="v1-retention")["value"] == "4300"
    assert page.first("input", name="province")["value"] == "30"
    assert "2 所学校 4 个班" in page.text
    # The county gives 10 % of the principal, at most 1,000 a room: 4,000 of the 8,600 it would.
    rebates = next(row for row in page.all("tr") if row.text.startswith("各级奖补")).text
    payment = next(row for row in page.all("tr") if row.text.startswith("应付合计")).text
    paid = D(payment.split()[-1].replace(",", ""))
    given = D(rebates.split()[-1].replace(",", ""))
    assert given == round(paid * D("0.3"), 2) + round(paid * D("0.2"), 2) + 4000


def test_the_workbook_of_a_project(world, ask, client_of):
    contract = make_contract(world)
    page = ask(project=str(contract.project.pk))
    link = next(a["href"] for a in page.all("a") if "export=xlsx" in a["href"])
    answer = client_of(world.person(Role.COUNTY_FINANCE)).get(reverse("financing:quote") + link)
    file = b"".join(answer.streaming_content)
    formulas, shown = (openpyxl.load_workbook(BytesIO(file), data_only=x) for x in (False, True))
    assert formulas.sheetnames == ["条款", "方案一", "学校", "各校·方案一", "核对"]
    assert str(formulas["方案一"]["C14"].value).startswith("=")
    assert shown["方案一"]["C14"].value == 19047.4  # 86,000 at 3.5 % in five
    assert shown["核对"]["B6"].value == "公式结果与系统逐分一致"


def test_a_schools_workbook_tells_nothing_of_other_schools(world, client_of):
    contract = make_contract(world)
    page = client_of(world.person(Role.HEAD, world.schools[0]))
    asked = {"project": contract.project.pk, "export": "xlsx"}
    answer = page.get(reverse("financing:quote"), asked)
    file = BytesIO(b"".join(answer.streaming_content))
    assert openpyxl.load_workbook(file).sheetnames == ["条款", "方案一", "核对"]


def test_a_workbook_too_large_is_refused_in_a_sentence(world, client_of, monkeypatch):
    contract = make_contract(world)
    monkeypatch.setattr("financing.views.quotes.MAX_ROWS", 9)
    page = client_of(world.person(Role.COUNTY_FINANCE))
    asked = {"project": contract.project.pk, "export": "xlsx"}
    answer = page.get(reverse("financing:quote"), asked)
    assert "超过工作簿的上限 9 行" in answer.content.decode()


def test_the_page_asks_few_questions(client_of):
    found = []
    for size, code in ((1, "522631"), (3, "532501")):
        world = make_world(schools=size, rooms=1, county_code=code)
        project = make_contract(world).project
        page = client_of(world.person(Role.COUNTY_FINANCE))
        page.get(reverse("financing:quote"))
        with CaptureQueriesContext(connection) as caught:
            page.get(reverse("financing:quote"), {"project": project.pk})
        found.append(len(caught))
    assert found[0] == found[1] <= 12
