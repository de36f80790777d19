"""Pages of the bank: a cashier's morning from the bank's file to the confirmed lines; who sees them."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounting.models import BankAccount, Match, StatementLine
from financing.models import Payment
from registry import clock
from registry.enums import Role
from tests.buyback import apply, make_buybacks, review
from tests.doors import DOORS, Town
from tests.reading import Page
from tests.statements import (
    as_csv,
    as_xlsx,
    bank_samples,
    make_account,
    movement,
    signed,
    titled,
    two_columns,
)
from tests.world import make_world

pytestmark = pytest.mark.django_db
DAY, LATER = dt.date(2027, 6, 21), dt.date(2027, 6, 30)


@pytest.fixture
def world():
    with clock.at(LATER):
        yield make_world()


@pytest.fixture
def cashier(world, client_of):
    return client_of(world.person(Role.COUNTY_CASHIER))


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def upload(browser, account, rows, name="流水.xlsx") -> str:
    content = as_xlsx(rows) if name.endswith("xlsx") else as_csv(rows)
    url = reverse("accounting:statement_upload", args=[account.pk])
    return text(browser.post(url, {"file": SimpleUploadedFile(name, content)}, follow=True))


def columns(page: str) -> dict[str, str]:
    """What the form of the columns holds, as a browser would send it."""
    found = Page(page)
    return {
        select["name"]: next(
            (o["value"] for o in select.all("option") if "selected" in o.attrs), ""
        )
        for select in found.all("select")
    }


def test_a_cashier_s_morning(world, cashier):
    with clock.at(DAY):
        buybacks = make_buybacks(world)
        for agreement in buybacks:
            apply(world, agreement)
            review(world, agreement)
    page = text(cashier.get(reverse("accounting:bank_accounts")))
    assert "还没有登记银行账户" in page
    data = {
        "county": world.county.pk,
        "name": "示例县教育局",
        "bank": "示例银行",
        "number": "5226 3100 0000 0012 345",
        "kind": "zero",
        "main": "on",
    }
    cashier.post(reverse("accounting:bank_account_new"), data)
    account = BankAccount.objects.get()
    assert account.number == "5226310000000012345"
    rows = [
        movement(
            "2027-06-21",
            f"-{agreement.live_application().amount}",
            world.supplier.name,
            f"{agreement.school.name}回购款",
            f"A{n}",
        )
        for n, agreement in enumerate(buybacks)
    ]
    rows.append(movement("2027-06-22", "-0.50", "", "手续费", "A9"))
    page = upload(cashier, account, titled(two_columns(rows)))
    assert "读到 3 笔，其中新的 3 笔" in page
    assert StatementLine.objects.count() == 0
    url = reverse("accounting:statement_preview", args=[account.pk])
    page = text(cashier.post(url, columns(page), follow=True))
    assert "已导入 3 笔流水" in page
    assert "共 <b>3</b> 笔" in page
    answer = cashier.post(reverse("accounting:bulk_confirm", args=[account.pk]), {"level": 80})
    assert "已核对 <b>3</b> 笔" in text(answer)
    assert Payment.objects.count() == 2
    page = text(cashier.get(reverse("accounting:desk", args=[account.pk])))
    assert "流水都已核对" in page
    again = text(cashier.post(reverse("accounting:bulk_confirm", args=[account.pk])))
    assert "可能刚被别人核对" in again


def test_unknown_columns_are_chosen_looked_at_and_imported(world, cashier):
    account = make_account(world)
    rows = [["Datum", "Betrag", "Wer"], ["2027-06-05", "-5.00", "示例邮局"]]
    page = upload(cashier, account, rows, "流水.csv")
    assert "没有指明“日期”" in page
    url = reverse("accounting:statement_preview", args=[account.pk])
    chosen = {"day": "0", "amount": "1", "party": "2", "order": "ymd"}
    page = text(cashier.get(url, chosen))
    assert "读到 1 笔，其中新的 1 笔" in page
    assert columns(page)["party"] == "2"
    assert "已导入 1 笔" in text(cashier.post(url, chosen, follow=True))
    more = [*rows, ["2027-06-06", "-6.00", "示例邮局"]]
    page = upload(cashier, account, more, "流水.csv")
    assert "列的含义已记住" in page
    assert "已有的 1 笔不再写入" in page


def test_a_faulty_file_is_shown_and_comes_back_marked(world, cashier):
    account = make_account(world)
    rows = signed([movement("2027-06-05", "-5.00", "示例")])
    rows[1][1] = "五元"
    page = upload(cashier, account, rows)
    assert "1 行有问题，整份都不能导入" in page
    url = reverse("accounting:statement_preview", args=[account.pk])
    page = text(cashier.post(url, columns(page), follow=True))
    assert "1 行有问题" in page
    assert StatementLine.objects.count() == 0
    answer = cashier.get(reverse("accounting:statement_marked", args=[account.pk]))
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert "不是金额" in sheet.cell(2, 6).value


def test_refusals_are_sentences_above_the_desk(world, client_of):
    with clock.at(DAY):
        agreement = make_buybacks(world)[0]
        apply(world, agreement)
        review(world, agreement)
    account = make_account(world)
    amount = agreement.live_application().amount
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    rows = [movement("2027-06-21", f"-{amount}", world.supplier.name, "回购", "A1")]
    page = upload(finance, account, two_columns(rows))
    url = reverse("accounting:statement_preview", args=[account.pk])
    page = text(finance.post(url, columns(page), follow=True))
    assert "须由出纳确认" in page
    line = StatementLine.objects.get()
    keys = Page(page).first("input", name="keys")["value"]
    url = reverse("accounting:line_confirm", args=[line.pk])
    page = text(finance.post(url, {"keys": keys}, follow=True))
    assert "付款登记由县财务出纳办理" in page
    for data in ({"keys": ""}, {"keys": "payment:x"}, {"keys": "nonsense"}, {}):
        page = text(finance.post(url, data, follow=True))
        assert "note" in page
    assert not Match.objects.exists()
    explain = reverse("accounting:line_explain", args=[line.pk])
    page = text(finance.post(explain, {"reason": "other", "from": "line"}, follow=True))
    assert "选“其他”时请写明是什么" in page
    text(finance.post(explain, {"reason": "unrelated", "remark": "购纸"}, follow=True))
    match = Match.objects.get()
    undo = reverse("accounting:match_take_back", args=[match.pk])
    page = text(finance.post(undo, {"reason": "看错"}, follow=True))
    assert "已撤销核对" in page
    assert "看错" in page


BANK = sorted(route for route in DOORS if route.startswith("accounting/bank/"))
OUTSIDERS = [
    Role.HEAD,
    Role.SCHOOL_FINANCE,
    Role.SUPPLIER,
    Role.PROJECT_OFFICE,
    Role.STATION,
    Role.PROCUREMENT,
    Role.INSPECTOR,
    Role.TOWNSHIP_OFFICE,
    Role.PREFECTURE,
    Role.ADMINISTRATOR,
]


@pytest.fixture
def addresses(world):
    """Every address of the bank with a real row behind it."""
    town = Town({}, {}, {}, bank_samples(world), [])
    return [town.address(route) for route in BANK]


@pytest.mark.parametrize("role", OUTSIDERS)
def test_nobody_else_of_the_county_finds_a_door(world, addresses, client_of, role):
    browser = client_of(world.person(role))
    wrong = [
        f"{verb} {url} {code}"
        for url in addresses
        for verb in ("get", "post")
        if (code := getattr(browser, verb)(url).status_code) not in (404, 405)
    ]
    assert wrong == []


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.LEADING_GROUP])
def test_readers_read_and_change_nothing(world, addresses, client_of, role):
    browser = client_of(world.person(role))
    before = Match.objects.count(), StatementLine.objects.count()
    opened = [url for url in addresses if browser.get(url).status_code == 200]
    assert len(opened) >= 8
    for url in addresses:
        assert browser.post(url, {"reason": "试", "keys": "explained:fee"}).status_code >= 400
    assert (Match.objects.count(), StatementLine.objects.count()) == before
    assert Match.objects.filter(undone_at=None).count() == 1
    page = text(browser.get(next(url for url in addresses if url.endswith("/desk/"))))
    assert "data-desk-confirm" not in page


def test_a_stranger_finds_no_door_and_reads_no_number(world, addresses, client_of):
    away = make_world(schools=1, county_code="532501")
    make_account(away, number="9999000011")
    browser = client_of(away.person(Role.COUNTY_CASHIER))
    for url in addresses:
        answer = browser.get(url)
        if answer.status_code == 200:
            assert "2345" not in answer.content.decode(), url
            assert "甲县" not in answer.content.decode(), url
    number = "5226310000000012345"
    page = text(browser.get(reverse("accounting:bank_lines"), {"q": number}))
    assert "共 <b>0</b> 笔" in page


@pytest.mark.parametrize("name", ["bank_lines", "desk", "bank_accounts", "bank_account"])
def test_more_lines_cost_no_more_queries(client_of, name):
    def count(size, code):
        world = make_world(schools=1, rooms=1, county_code=code)
        account = make_account(world)
        browser = client_of(world.person(Role.COUNTY_CASHIER))
        rows = [movement("2026-03-05", f"-{n}.00", "示例", "货款", f"S{n}") for n in range(1, size)]
        page = upload(browser, account, two_columns(rows))
        url = reverse("accounting:statement_preview", args=[account.pk])
        browser.post(url, columns(page))
        url = reverse(
            f"accounting:{name}",
            args=[] if name in ("bank_lines", "bank_accounts") else [account.pk],
        )
        browser.get(url)
        with CaptureQueriesContext(connection) as seen:
            text(browser.get(url))
        return len(seen)

    one, three = count(2, "522631"), count(4, "532501")
    assert one == three <= 15
