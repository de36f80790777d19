"""The matching desk without a mouse, in a real browser."""

import datetime as dt

import pytest

from accounting.actions.statements import import_statement
from accounting.models import Match
from registry import clock
from registry.enums import Role
from tests.statements import as_xlsx, make_account, movement, two_columns
from tests.world import make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINES = [
    ("2026-03-02", "-1.00", "", "手续费", "F1"),
    ("2026-03-03", "-2.00", "", "手续费", "F2"),
    ("2026-03-04", "-300.00", "示例文具店", "购纸", "F3"),
    ("2026-03-05", "-4.00", "", "手续费", "F4"),
]


@pytest.fixture
def desk(live_server, client_of, browse):
    """``desk(width)``: the cashier's desk with four lines, three of which explain themselves."""
    world = make_world(schools=1, rooms=1)
    account, cashier = make_account(world), world.person(Role.COUNTY_CASHIER)
    content = as_xlsx(two_columns([movement(*line) for line in LINES]))
    with clock.at(dt.date(2026, 4, 1)):
        import_statement(account=account, user=cashier, name="示例.xlsx", content=content)
    cookie = client_of(cashier).cookies["sessionid"].value

    def open_desk(width: int = 1280):
        page = browse(width)
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page.goto(f"{live_server.url}/accounting/bank/accounts/{account.pk}/desk/")
        return page

    return open_desk


def focused(page) -> str:
    return page.evaluate("document.activeElement.querySelector('.desk-party small')?.textContent")


def said() -> list[tuple[str, str]]:
    return [(m.line.serial, m.reason) for m in Match.objects.order_by("line__day")]


def test_lines_are_confirmed_and_explained_from_the_keyboard(desk):
    page = desk()
    assert "F1" in focused(page)
    page.keyboard.press("j")
    assert "F2" in focused(page)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    # the next line is under the hand at once
    assert "F4" in focused(page)
    page.keyboard.press("j")
    assert "F3" in focused(page)
    page.keyboard.press("e")
    page.keyboard.press("7")
    page.keyboard.press("Tab")
    page.keyboard.type("购打印纸")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "待核对 2 笔" in page.inner_text(".page-sub")
    assert said() == [("F2", "fee"), ("F3", "unrelated")]


def test_all_above_the_mark_and_the_search_from_the_keyboard(desk):
    page = desk()
    page.keyboard.press("/")
    page.keyboard.type("300")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("[data-desk-row]").count() == 1
    page.goto(page.url.split("?")[0])
    page.keyboard.press("a")
    page.locator("dialog[open]").wait_for()
    page.locator("dialog[open] [data-answer=yes]").press("Enter")
    page.wait_for_url("**/confirm/")
    assert "已核对 3 笔" in page.inner_text(".page-sub")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("[data-desk-row]").count() == 1
    assert len(said()) == 3


def test_on_a_phone_nothing_is_wider_than_the_screen(desk):
    page = desk(390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="确认", exact=True).first.tap()
    page.wait_for_url("**/desk/?level=80#line-*")
    assert len(said()) == 1
