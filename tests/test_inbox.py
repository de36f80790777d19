"""待办, 已办, 我发起 and 逾期: what each drawer holds, and urging."""

from __future__ import annotations

import pytest

from registry.enums import Role
from tests.life import Life
from tests.reading import Page
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def life():
    """One school with one room, up to its first instalment."""
    life = Life(make_world(schools=1, rooms=1)).contract()
    life.build(0)
    return life


def test_the_inbox_has_three_drawers(life):
    open_now = life.page(Role.SCHOOL_FINANCE, "inbox")
    assert [row.first("b").text for row in open_now.all("a", "inbox-row")] == ["学校申请付款"]
    done = life.page(Role.SCHOOL_FINANCE, "inbox", query="?tab=done")
    assert [row.first("b").text for row in done.all("a", "inbox-row")] == ["入账"]
    started = life.page(Role.PROJECT_OFFICE, "inbox", query="?tab=started")
    (row,) = started.all("a", "inbox-row")
    assert row.first("b").text == "立项"
    assert row["href"] == life.project.get_absolute_url()


def test_what_is_late_says_how_many_days_and_is_urged_from_the_list(life, client_of):
    waiting = Life(life.world).open("示例久等项目")  # since March, never submitted
    office = client_of(life.world.person(Role.PROJECT_OFFICE))
    page = Page(office.get("/overdue/").content.decode(), "/overdue/")
    row = next(tr for tr in page.first("tbody").all("tr") if waiting.project.name in tr.text)
    assert "编制方案" in row.text
    answer = office.post(row.first("form")["action"], follow=True)
    assert "已催办" in answer.content.decode()
    planner = life.page(Role.PROJECT_OFFICE, "inbox")
    assert any("催办" in one.text for one in planner.all("a", "inbox-row"))
    auditor = life.page(Role.AUDITOR, "overdue")
    assert auditor.count == page.count
    assert not auditor.first("tbody").all("form")
