"""The roof's lists: one number of queries for one row and for three, and what each list shows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.enums import Role
from tests.life import Life
from tests.reading import Page
from tests.world import make_world

pytestmark = pytest.mark.django_db
MOST = 12


@pytest.fixture(scope="module")
def one_and_three(django_db_setup, django_db_blocker):
    """Two counties: in one of them one of everything, in the other three."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield [_county(1, "522631"), _county(3, "532501")]
        transaction.set_rollback(True)


def _county(size: int, code: str) -> list[Life]:
    """``size`` schools booked in one project, and ``size`` projects in all."""
    world = make_world(schools=size, rooms=1, county_code=code)
    lives = [Life(world).contract(f"示例{code}项目")]
    for at in range(size):
        lives[0].build(at)
    for more in range(1, size):
        lives.append(Life(world).open(f"示例{code}项目之{more}"))
    return lives


LISTS = {
    "projects": Role.PROJECT_OFFICE,
    "project_schools": Role.PROJECT_OFFICE,
    "inbox": Role.PROJECT_OFFICE,
    "overdue": Role.AUDITOR,
    "acceptance:schools": Role.STATION,
    "acceptance:rectifications": Role.STATION,
    "procurement:tenders": Role.PROCUREMENT,
    "assets:cards": Role.AUDITOR,
    "assets:registrations": Role.AUDITOR,
    "financing:agreements": Role.COUNTY_FINANCE,
    "financing:payments": Role.COUNTY_FINANCE,
    "financing:claims": Role.COUNTY_FINANCE,
    "documents:papers": Role.AUDITOR,
    "documents:trail": Role.AUDITOR,
}


def queries(browser, url: str) -> int:
    browser.get(url)  # what is remembered between requests is not this page's cost
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("name", LISTS)
def test_three_rows_cost_as_many_queries_as_one(one_and_three, client_of, name):
    found = []
    for lives in one_and_three:
        args = [lives[0].project.pk] if name == "project_schools" else []
        browser = client_of(lives[0].world.person(LISTS[name]))
        found.append(queries(browser, reverse(name, args=args)))
    one, three = found
    assert one == three
    assert three <= MOST


def read(client_of, life: Life, role: Role, name: str, *args, query: str = "") -> Page:
    url = reverse(name, args=args) + query
    return Page(client_of(life.world.person(role)).get(url).content.decode(), url)


def test_the_number_above_each_list_is_the_number_of_its_rows(one_and_three, client_of):
    for size, lives in zip((1, 3), one_and_three, strict=True):
        for name, role in LISTS.items():
            if name == "inbox":
                continue
            args = [lives[0].project.pk] if name == "project_schools" else []
            page = read(client_of, lives[0], role, name, *args)
            rows = [tr for body in page.all("tbody") for tr in body.all("tr")]
            assert page.count == len(rows) or page.count > 50, name
        schools = read(client_of, lives[0], Role.STATION, "acceptance:schools")
        assert schools.count == size


# --- projects, schools of a project ---------------------------------------------------------------
def test_the_list_of_projects_says_what_each_waits_for(one_and_three, client_of):
    lives = one_and_three[1]
    page = read(client_of, lives[0], Role.PROJECT_OFFICE, "projects")
    rows = {tr.all("td")[0].text: tr.text for tr in page.first("tbody").all("tr")}
    assert "编制方案" in rows["示例532501项目之1"]
    assert "学校申请付款 3 件" in rows["示例532501项目"]
    assert page.totals["班数"] == "3"


def test_only_the_project_office_is_offered_a_new_project(one_and_three, client_of):
    life = one_and_three[0][0]
    assert "立项" in [a.text for a in _acts(read(client_of, life, Role.PROJECT_OFFICE, "projects"))]
    assert _acts(read(client_of, life, Role.AUDITOR, "projects")) == []
    opened = client_of(life.world.person(Role.LEADING_GROUP)).get(reverse("project_open"))
    assert opened.status_code == 403


def _acts(page: Page) -> list:
    return page.first(css="page-actions").all("a")


def test_a_filter_on_stage_and_township_shows_just_those_schools(one_and_three, client_of):
    life = one_and_three[1][0]
    township = life.world.schools[0].township
    pk, query = life.project.pk, f"?township={township.pk}&stage=buyback"
    page = read(client_of, life, Role.PROJECT_OFFICE, "project_schools", pk, query=query)
    names = {tr.all("td")[0].text for tr in page.first("tbody").all("tr")}
    assert names == {s.name for s in life.world.schools if s.township == township}
    none = read(client_of, life, Role.PROJECT_OFFICE, "project_schools", pk, query="?stage=train")
    assert none.count == 0
    wrong = read(
        client_of, life, Role.PROJECT_OFFICE, "project_schools", pk, query="?stage=nonsense"
    )
    assert wrong.count == 0


def test_a_school_sees_only_itself_in_a_project(one_and_three, client_of):
    life = one_and_three[1][0]
    page = read(client_of, life, Role.HEAD, "project_schools", life.project.pk)
    assert [tr.all("td")[0].text for tr in page.first("tbody").all("tr")] == ["示例1小学"]
    project = read(client_of, life, Role.HEAD, "project", life.project.pk)
    assert "账账相符" not in project.text
    assert "示例2小学" not in project.text


# --- 待办, 已办, 我发起, 逾期 ------------------------------------------------------------------------
def test_the_inbox_has_three_drawers(one_and_three, client_of):
    life = one_and_three[0][0]
    open_now = read(client_of, life, Role.SCHOOL_FINANCE, "inbox")
    assert [row.first("b").text for row in open_now.all("a", "inbox-row")] == ["学校申请付款"]
    done = read(client_of, life, Role.SCHOOL_FINANCE, "inbox", query="?tab=done")
    assert [row.first("b").text for row in done.all("a", "inbox-row")] == ["入账"]
    started = read(client_of, life, Role.PROJECT_OFFICE, "inbox", query="?tab=started")
    (row,) = started.all("a", "inbox-row")
    assert row.first("b").text == "立项"
    assert row["href"] == life.project.get_absolute_url()


def test_what_is_late_says_how_many_days_and_is_urged_from_the_list(one_and_three, client_of):
    life = one_and_three[1][1]  # planned since March, never submitted
    office = client_of(life.world.person(Role.PROJECT_OFFICE))
    page = Page(office.get("/overdue/").content.decode(), "/overdue/")
    row = next(tr for tr in page.first("tbody").all("tr") if life.project.name in tr.text)
    assert "编制方案" in row.text
    answer = office.post(row.first("form")["action"], follow=True)
    assert "已催办" in answer.content.decode()
    planner = read(client_of, life, Role.PROJECT_OFFICE, "inbox")
    assert any("催办" in one.text for one in planner.all("a", "inbox-row"))
    auditor = read(client_of, life, Role.AUDITOR, "overdue")
    assert auditor.count == page.count
    assert not auditor.first("tbody").all("form")


# --- the classroom's passport ---------------------------------------------------------------------
def test_a_room_that_waits_says_what_will_stand_there(client_of):
    life = Life(make_world(schools=1, rooms=1, county_code="532502")).contract()
    line = life.school(0).lines.get()
    page = read(client_of, life, Role.HEAD, "room", line.pk)
    assert "供应商登记序列号后" in page.text
    assert "移交后自动建卡" in page.text
    assert life.project.current_contract().number in page.text


# --- search ---------------------------------------------------------------------------------------
def hits(client_of, life: Life, role: Role, words: str) -> list[str]:
    page = read(client_of, life, role, "search", query=f"?q={words}")
    return [a["href"] for a in page.first("main").all("a", "row-line")]


def test_search_finds_by_initials_serial_and_number(one_and_three, client_of):
    life = one_and_three[0][0]
    row, line = life.school(0), life.school(0).lines.get()
    row.school.initials = "sl1xx"
    row.school.save()
    paper = row.school.paper_set.filter(kind="handover").get()
    card = line.passed.cards.first()
    piece = line.installed.present().first()
    for words, url in {
        "SL1X": row.get_absolute_url(),
        row.school.code: row.get_absolute_url(),
        piece.serial: reverse("room", args=[line.pk]),
        piece.serial.lower(): reverse("room", args=[line.pk]),
        paper.number: paper.get_absolute_url(),
        card.number: card.get_absolute_url(),
        life.project.current_contract().number: life.project.current_contract().get_absolute_url(),
        life.project.name: life.project.get_absolute_url(),
    }.items():
        assert url in hits(client_of, life, Role.PROJECT_OFFICE, words), words


def test_search_shows_nothing_of_another_county_and_nothing_odd(one_and_three, client_of):
    here, there = one_and_three[0][0], one_and_three[1][0]
    line = here.school(0).lines.get()
    own = line.installed.present().first().serial
    for words in (
        own,
        here.project.name,
        here.project.current_contract().number,
        here.world.school.code,
    ):
        assert hits(client_of, there, Role.PROJECT_OFFICE, words) == []
        assert hits(client_of, there, Role.HEAD, words) == []
    for words in ("", "%25", "%00", "x" * 500, "';--"):
        assert hits(client_of, here, Role.PROJECT_OFFICE, words) == [], words
