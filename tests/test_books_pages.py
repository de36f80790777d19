"""Pages of the books: who reads what, what they add up to, rules, exports."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounting.entries import PARTS
from accounting.enums import EventKind
from accounting.models import BookAccount, Entry, EntryRule, RuleSet, Voucher
from accounting.periods import month_of, next_month
from financing.models import PeriodClose
from registry import clock
from registry.enums import Role
from registry.models import Post, School
from tests.books import balance, keep, pay, undo
from tests.buyback import make_buybacks
from tests.world import make_user, make_world

pytestmark = pytest.mark.django_db
D = Decimal
BOOKS, VOUCHERS = reverse("accounting:books"), reverse("accounting:vouchers")
BALANCES, PAYABLES = reverse("accounting:balances"), reverse("accounting:payables")
ENTRIES, RULES = reverse("accounting:entries"), reverse("accounting:rules")
PAYMENT_RULE = reverse("accounting:rule", args=["payment"])


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def buybacks(world):
    rows = make_buybacks(world)
    pay(world, rows[0], D("1234.56"))
    keep(world)
    return rows


def text(response) -> str:
    assert response.status_code == 200
    content = b"".join(response) if response.streaming else response.content
    return content.decode()


READERS = [Role.COUNTY_FINANCE, Role.COUNTY_CASHIER, Role.AUDITOR, Role.LEADING_GROUP]
NO_READERS = [Role.SUPPLIER, Role.PROCUREMENT, Role.STATION, Role.TECHNICIAN, Role.PREFECTURE]
COUNTY_PAGES = [BOOKS, RULES, PAYMENT_RULE]
SHARED_PAGES = [VOUCHERS, BALANCES, PAYABLES, ENTRIES]


def test_county_finance_and_its_readers_read_everything(world, buybacks, client_of):
    for role in READERS:
        browser = client_of(world.person(role))
        for url in [*COUNTY_PAGES, *SHARED_PAGES]:
            assert browser.get(url).status_code == 200, (role, url)
        assert "共 <b>3</b> 张凭证" in text(browser.get(VOUCHERS))


def test_a_school_reads_its_own_part(world, buybacks, client_of):
    for agreement, count in zip(buybacks, (2, 1), strict=True):
        browser = client_of(world.person(Role.SCHOOL_FINANCE, agreement.school))
        other = next(one for one in buybacks if one != agreement)
        assert f"共 <b>{count}</b> 张凭证" in text(browser.get(VOUCHERS))
        for url in COUNTY_PAGES:
            assert browser.get(url).status_code == 404, url
        shown = text(browser.get(PAYABLES))
        assert agreement.number in shown
        assert other.number not in shown
        assert other.school.name not in text(browser.get(BALANCES))
        assert browser.get(f"{BALANCES}?school={other.school.pk}").status_code == 404
        lines = list(csv.reader(io.StringIO(text(browser.get(f"{ENTRIES}?format=csv")))))
        assert {line[8] for line in lines[1:]} == {
            f"{agreement.school.code} {agreement.school.name}"
        }
        voucher = Voucher.objects.filter(agreement=other).first()
        assert browser.get(voucher.get_absolute_url()).status_code == 404


def test_nobody_else_finds_the_books(world, buybacks, client_of):
    stranger = make_world(schools=1, county_code="530423")
    voucher = Voucher.objects.first()
    for role in NO_READERS:
        browser = client_of(world.person(role))
        for url in [*COUNTY_PAGES, *SHARED_PAGES, voucher.get_absolute_url()]:
            assert browser.get(url).status_code == 404, (role, url)
    away = client_of(stranger.person(Role.COUNTY_FINANCE))
    for url in [*COUNTY_PAGES, BALANCES, PAYABLES, ENTRIES]:
        assert away.get(f"{url}?county={world.county.pk}").status_code == 404, url
    assert away.get(voucher.get_absolute_url()).status_code == 404
    assert "共 <b>0</b> 张凭证" in text(away.get(VOUCHERS))


@pytest.mark.parametrize("role", [Role.COUNTY_CASHIER, Role.AUDITOR, Role.LEADING_GROUP])
def test_readers_cannot_act(world, buybacks, client_of, role):
    pay(world, buybacks[0], D("1.00"))
    browser = client_of(world.person(role))
    at = {"county": world.county.pk, "month": f"{clock.today():%Y-%m}"}
    for name in ("vouchers_make", "close_month", "close_waiting"):
        assert browser.post(reverse(f"accounting:{name}"), at).status_code == 403, name
    assert browser.post(PAYMENT_RULE, {}).status_code == 403
    assert browser.post(reverse("accounting:account_new"), {}).status_code == 403
    assert "生成本月凭证" not in text(browser.get(BOOKS))
    assert Voucher.objects.count() == 3


def test_finance_keeps_and_closes_a_month_from_one_page(world, client_of):
    agreement = make_buybacks(world)[0]
    month = month_of(agreement.signed_on)
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    at = {"county": world.county.pk, "month": f"{month:%Y-%m}"}
    shown = text(browser.get(BOOKS))
    assert "还有 2 个事项没有凭证" in shown
    answer = browser.post(reverse("accounting:vouchers_make"), at, follow=True)
    assert "已生成 2 张凭证，从记-0001到记-0002" in text(answer)
    again = browser.post(reverse("accounting:vouchers_make"), at, follow=True)
    assert "没有新生成" in text(again)
    early = browser.post(reverse("accounting:close_month"), at, follow=True)
    assert "过后才能结账" in text(early)
    with clock.at(next_month(month)):
        assert f"{month.year} 年 {month.month} 月结账</button>" in text(browser.get(BOOKS))
        done = text(browser.post(reverse("accounting:close_month"), at, follow=True))
        assert "已结账，此后不能再记入或修改" in done
    assert PeriodClose.objects.filter(county=world.county, month=month).exists()


def test_months_that_waited_are_caught_up_in_turn(world, buybacks, client_of):
    first = month_of(buybacks[0].signed_on)
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    day = first
    for _ in range(14):
        day = next_month(day)
    with clock.at(day):
        pay(world, buybacks[1], D("10.00"))
        data = {"county": world.county.pk}
        shown = text(browser.get(BOOKS))
        assert "逐月补做（最多 12 个月）" in shown
        done = text(browser.post(reverse("accounting:close_waiting"), data, follow=True))
        assert "已逐月结账 12 个月" in done
        done = text(browser.post(reverse("accounting:close_waiting"), data, follow=True))
        assert "已逐月结账 2 个月" in done
    assert PeriodClose.objects.count() == 14
    assert not Voucher.objects.filter(month=day).exists()


def test_an_event_from_before_the_rules_stops_it_and_says_why(world, client_of):
    agreement = make_buybacks(world)[0]
    type(agreement).objects.filter(pk=agreement.pk).update(signed_on=dt.date(2018, 5, 2))
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    data = {"county": world.county.pk}
    done = text(browser.post(reverse("accounting:close_waiting"), data, follow=True))
    assert "请先为“签订回购协议”设置 2018-05-02 或更早启用的对应" in done
    assert not PeriodClose.objects.exists()
    assert not Voucher.objects.exists()


def test_what_the_balances_show_is_what_they_export(world, buybacks, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    shown = text(browser.get(BALANCES))
    total = sum(one.totals()["payment"] for one in buybacks) - D("1234.56")
    assert f"{total:,.2f}" in shown
    assert "试算平衡" in shown
    answer = browser.get(f"{BALANCES}?export=xlsx")
    page = openpyxl.load_workbook(io.BytesIO(b"".join(answer))).active
    rows = {row[1]: row for row in page.iter_rows(min_row=2, values_only=True)}
    assert D(str(rows["2502"][7])) == total
    assert rows["2502"][3] == "贷"


def test_one_school_s_balances_are_its_own(world, buybacks, client_of):
    browser = client_of(world.person(Role.AUDITOR))
    shown = text(browser.get(f"{BALANCES}?school={buybacks[1].school.pk}"))
    assert f"{buybacks[1].totals()['payment']:,.2f}" in shown
    assert "4001" not in shown


def test_a_voucher_shows_both_books_and_leads_to_its_agreement(world, buybacks, client_of):
    voucher = Voucher.objects.get(kind=EventKind.PAYMENT)
    page = text(client_of(world.person(Role.COUNTY_CASHIER)).get(voucher.get_absolute_url()))
    for words in ("财务会计", "预算会计", "长期应付款", "事业支出", "1,234.56", "记-0003"):
        assert words in page
    assert buybacks[0].get_absolute_url() in page


# --- for the accounting package ---------------------------------------------------------------
def test_every_entry_is_one_line_of_the_export(world, buybacks, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    answer = browser.get(f"{ENTRIES}?format=csv")
    raw = b"".join(answer)
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert lines[0][:4] == ["凭证日期", "凭证字", "凭证号", "摘要"]
    assert len(lines) - 1 == Entry.objects.count()
    debit = sum(D(line[6]) for line in lines[1:] if line[6])
    assert debit == sum(D(line[7]) for line in lines[1:] if line[7])
    book = openpyxl.load_workbook(io.BytesIO(b"".join(browser.get(f"{ENTRIES}?format=xlsx"))))
    sheet = [["" if cell is None else cell for cell in row] for row in book.active.values]
    assert len(sheet) == len(lines)
    assert [row[4] for row in sheet] == [line[4] for line in lines]
    only = list(csv.reader(io.StringIO(text(browser.get(f"{ENTRIES}?format=csv&book=budget")))))
    assert {line[4] for line in only[1:]} == {"7201", "6001"}
    assert browser.get(f"{ENTRIES}?format=pdf").status_code == 404
    assert browser.get(f"{ENTRIES}?book=x").status_code == 404
    assert browser.get(f"{ENTRIES}?month=2026-13").status_code == 404


def test_a_summary_never_becomes_a_formula(world, client_of):
    School.objects.filter(pk=world.school.pk).update(name='=HYPERLINK("x")')
    make_buybacks(world)
    keep(world)
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    lines = list(csv.reader(io.StringIO(text(browser.get(f"{ENTRIES}?format=csv")))))
    assert any(line[3].startswith("'=HYPERLINK") for line in lines)
    assert not any(cell.startswith("=") for line in lines for cell in line)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(browser.get(f"{ENTRIES}?format=xlsx"))))
    kinds = {cell.data_type for row in book.active.iter_rows() for cell in row}
    assert "f" not in kinds


# --- rules --------------------------------------------------------------------------------------
def rule_data(kind: str, **changes) -> dict:
    """The set in force as a posted form, with ``changes`` to its fields."""
    lines = RuleSet.objects.filter(kind=kind).order_by("valid_from").last().lines.order_by("line")
    data = {
        "valid_from": clock.today().isoformat(),
        "basis": "示例县财会〔2026〕3号",
        "lines-TOTAL_FORMS": str(lines.count()),
        "lines-INITIAL_FORMS": str(lines.count()),
    }
    for at, line in enumerate(lines):
        for name in ("side", "part", "note"):
            data[f"lines-{at}-{name}"] = getattr(line, name)
        data[f"lines-{at}-account"] = str(line.account_id)
    return data | changes


def test_finance_pays_from_the_bank_from_some_day_on(world, buybacks, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    bank, balance_account = (BookAccount.objects.get(code=code).pk for code in ("1002", "8001"))
    data = rule_data("payment", **{"lines-4-account": bank, "lines-9-account": balance_account})
    tried = text(browser.post(PAYMENT_RULE, data | {"preview": "1"}))
    assert "1,234.56" in tried
    assert RuleSet.objects.filter(county=world.county).count() == 0
    done = text(browser.post(PAYMENT_RULE, data, follow=True))
    assert "按新的对应生成凭证" in done
    assert done.count("rule-lines") == 2  # the old set stays on record
    before = balance("4001")
    pay(world, buybacks[0], D("100.00"))
    keep(world)
    assert balance("1002") == D("-100.00")
    assert balance("4001") == before
    assert balance("8001") == D("-100.00")


def test_a_reversal_meets_the_accounts_of_its_payment(world, buybacks, client_of):
    """The rules changed in between; the red entries still clear what the payment wrote."""
    payment = buybacks[0].instalments.first().payments.get()
    with clock.at(next_month(month_of(clock.today()))):
        browser = client_of(world.person(Role.COUNTY_FINANCE))
        bank = BookAccount.objects.get(code="1002").pk
        browser.post(PAYMENT_RULE, rule_data("payment", **{"lines-4-account": bank}))
        undo(world, payment)
        keep(world)
    assert balance("4001") == balance("1002") == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lines-0-DELETE": "on"}, "“本金”借方记了 0 次、贷方记了 1 次"),
        ({"lines-0-side": "credit"}, "不平衡"),
        ({"lines-3-part": "principal"}, "“本金”借方记了 2 次"),
        ({"lines-9-DELETE": "on"}, "预算会计的分录不平衡"),
        ({"lines-0-account": "999999"}, "选择"),
        ({"lines-0-part": "retention"}, "选择"),
        ({"basis": ""}, "必填"),
    ],
)
def test_rules_that_could_not_balance_are_refused(world, buybacks, client_of, changes, words):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    for verb in ({}, {"preview": "1"}):
        answer = browser.post(PAYMENT_RULE, rule_data("payment", **changes) | verb)
        assert words in text(answer)
    assert not RuleSet.objects.filter(county=world.county).exists()


def test_a_day_that_has_a_set_already_is_refused(world, buybacks, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    browser.post(PAYMENT_RULE, rule_data("payment"))
    again = browser.post(PAYMENT_RULE, rule_data("payment"))
    assert "新的启用日期应更晚" in text(again)
    assert RuleSet.objects.filter(county=world.county).count() == 1


def test_the_rules_of_one_county_are_not_another_s(world, buybacks, client_of):
    client_of(world.person(Role.COUNTY_FINANCE)).post(PAYMENT_RULE, rule_data("payment"))
    other = make_world(schools=1, county_code="530423")
    page = text(client_of(other.person(Role.COUNTY_FINANCE)).get(PAYMENT_RULE))
    assert "示例县财会〔2026〕3号" not in page
    assert (
        client_of(world.person(Role.AUDITOR))
        .get(reverse("accounting:rule", args=["reversal"]))
        .status_code
        == 404
    )


def test_a_detail_account_stands_below_a_known_one(world, buybacks, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    url = reverse("accounting:account_new")
    wrong = browser.post(url, {"code": "9901", "name": "示例"})
    assert "请在已有科目下增加明细" in text(wrong)
    assert "已经有了" in text(browser.post(url, {"code": "2502", "name": "示例"}))
    done = browser.post(url, {"code": "250201", "name": "长期应付款—设备款"}, follow=True)
    assert "已新增科目 250201" in text(done)
    row = BookAccount.objects.get(code="250201")
    assert (row.county, row.side, row.book) == (world.county, "credit", "financial")
    other = make_world(schools=1, county_code="530423")
    assert "250201" not in text(client_of(other.person(Role.COUNTY_FINANCE)).get(PAYMENT_RULE))
    assert "250201" in text(browser.get(PAYMENT_RULE))


def test_every_kind_has_sound_rules_from_the_beginning():
    for kind in PARTS:
        lines = EntryRule.objects.filter(rule_set__kind=kind, rule_set__county=None)
        assert lines.exists(), kind


def test_pages_cost_the_same_for_one_school_and_for_three(client_of):
    counted = []
    for schools, code in ((1, "522631"), (3, "532501")):
        world = make_world(schools=schools, rooms=1, county_code=code)
        rows = make_buybacks(world)
        for row in rows:
            pay(world, row, D("10.00"))
        browser = client_of(world.person(Role.COUNTY_FINANCE))
        keep(world)
        counts = []
        for url in (VOUCHERS, BALANCES, PAYABLES, RULES):
            browser.get(url)
            with CaptureQueriesContext(connection) as seen:
                assert browser.get(url).status_code == 200
            counts.append(len(seen))
        counted.append(counts)
    assert counted[0] == counted[1]


def test_colleagues_in_two_counties_choose_one(world, buybacks, client_of):
    """A person with a post in two counties sees each by name, never a mixture."""
    other = make_world(schools=1, county_code="530423")
    user = make_user("示例审计", Role.AUDITOR, world.county)
    Post.objects.create_for(user, Role.AUDITOR, other.county, valid_from=dt.date(2020, 1, 1))
    browser = client_of(user)
    mine = text(browser.get(f"{PAYABLES}?county={world.county.pk}"))
    theirs = text(browser.get(f"{PAYABLES}?county={other.county.pk}"))
    assert buybacks[0].number in mine
    assert buybacks[0].number not in theirs
