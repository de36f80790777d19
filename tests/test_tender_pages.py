"""The tender's list and page, the contract's page, and the steps through the browser's door."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procurement.findings import law_of
from procurement.models import Project, Tender
from procurement.timeline import timeline_of
from registry import clock
from registry.enums import Role
from registry.models import User
from tests import tender_story as story
from tests.world import make_project, make_world

pytestmark = pytest.mark.django_db

LIST = "procurement:tenders"
READERS = [
    Role.PROCUREMENT,
    Role.PROJECT_OFFICE,
    Role.LEADING_GROUP,
    Role.AUDITOR,
    Role.PREFECTURE,
    Role.PROVINCE,
]
SCHOOL_PEOPLE = [Role.HEAD, Role.TECHNICIAN, Role.SCHOOL_FINANCE, Role.TOWNSHIP_OFFICE]


@pytest.fixture
def world():
    return make_world()


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def rows_of(answer) -> list[tuple]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return list(book.active.iter_rows(values_only=True))


def queries_of(browser, url: str) -> int:
    browser.get(url)  # what is remembered between requests is not this page's cost
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert browser.get(url).status_code == 200
    return len(caught)


# --- the story through the door ---------------------------------------------------------------
def test_the_whole_story_by_posting_to_the_steps_pages(world, client_of):
    tender = story.start(world)

    def post(role: Role, day: dt.date, data: dict) -> None:
        with clock.at(day):
            browser = client_of(world.person(role))
            url = story.duty_of(tender).get_absolute_url()
            assert text_of(browser.get(url))
            answer = browser.post(url, data)
            assert answer.status_code == 302, answer.content.decode()
            assert answer.url == tender.get_absolute_url()
        tender.refresh_from_db()

    post(Role.PROCUREMENT, story.MONDAY, story.announcement())
    post(Role.PROCUREMENT, story.DEADLINE, story.opening(story.three_bids(world)))
    winner = tender.bids.ranked()[0]
    post(Role.PROJECT_OFFICE, dt.date(2026, 3, 27), story.award(winner))
    post(Role.PROCUREMENT, dt.date(2026, 4, 8), story.draft())
    post(Role.SUPPLIER, dt.date(2026, 4, 10), {"decision": "pass"})
    assert tender.contract.signed_on == dt.date(2026, 4, 10)


def test_a_step_twice_posted_is_told_and_written_once(world, client_of):
    tender = story.to_opening(world)
    browser = client_of(world.person(Role.PROCUREMENT))
    url, data = story.duty_of(tender).get_absolute_url(), story.opening(story.three_bids(world))
    with clock.at(story.DEADLINE):
        browser.post(url, data)
        again = browser.post(url, data, follow=True)
    assert "没有重复写入" in text_of(again)
    assert tender.bids.count() == 3


def test_what_was_typed_comes_back_with_the_reason(world, client_of):
    tender = story.to_draft(world)
    browser = client_of(world.person(Role.PROCUREMENT))
    wrong = story.draft() | story.items("8000.00", "7000.00", "6400.00")
    with clock.at(dt.date(2026, 4, 8)):
        page = text_of(browser.post(story.duty_of(tender).get_absolute_url(), wrong))
    assert "少 400.00 元" in page
    assert 'value="6400.00"' in page
    assert 'value="SL-2"' in page


def test_the_confirming_supplier_reads_the_prices_before_signing(world, client_of):
    contract = story.to_confirm(world)
    url = story.duty_of(contract.tender).get_absolute_url()
    page = text_of(client_of(world.person(Role.SUPPLIER)).get(url))
    for words in ("86,000.00", "8,000.00", "采购合同要素表", "等额本息"):
        assert words in page


# --- the list ---------------------------------------------------------------------------------
def three_tenders(world) -> None:
    for number in range(3):
        project = make_project(world, name=f"示例项目{number}", lines=False)
        story.start(world, project)


def test_the_list_says_what_will_be_here(world, client_of):
    page = text_of(client_of(world.person(Role.PROCUREMENT)).get(reverse(LIST)))
    assert "领导小组批准建设方案后" in page


def test_the_list_costs_the_same_with_one_row_and_three(world, client_of):
    browser = client_of(world.person(Role.PROCUREMENT))
    story.to_signed(world)
    one = queries_of(browser, reverse(LIST))
    three_tenders(world)
    assert queries_of(browser, reverse(LIST)) == one <= 12
    assert "共 <b>4</b> 次招标" in text_of(browser.get(reverse(LIST)))


def test_filters_find_the_stage_and_the_sheet_holds_the_same_rows(world, client_of):
    story.to_signed(world)
    three_tenders(world)
    browser = client_of(world.person(Role.AUDITOR))
    counts = {"signed": 1, "prepare": 3, "failed": 0, "running": 0, "decide": 0, "contract": 0}
    for stage, count in counts.items():
        url = f"{reverse(LIST)}?stage={stage}"
        assert f"共 <b>{count}</b> 次招标" in text_of(browser.get(url)), stage
        if count:
            rows = rows_of(browser.get(f"{url}&export=xlsx"))
            assert len(rows) == count + 2  # heading and totals


def test_county_and_region_people_read_tender_and_contract(world, client_of):
    contract = story.to_signed(world)
    for role in READERS:
        browser = client_of(world.person(role))
        assert "共 <b>1</b> 次招标" in text_of(browser.get(reverse(LIST))), role
        assert "22,400.00" in text_of(browser.get(contract.tender.get_absolute_url())), role
        assert "示例牌 SL-0" in text_of(browser.get(contract.get_absolute_url())), role


def test_school_people_find_neither_tender_nor_contract(world, client_of):
    contract = story.to_signed(world)
    doors = [contract.tender.get_absolute_url(), contract.get_absolute_url()]
    doors.append(f"{contract.get_absolute_url()}?export=lines")
    for role in SCHOOL_PEOPLE:
        browser = client_of(world.person(role))
        assert [browser.get(door).status_code for door in doors] == [404] * 3, role
        assert "共 <b>0</b> 次招标" in text_of(browser.get(reverse(LIST))), role


def test_another_county_finds_nothing(world, client_of):
    contract = story.to_signed(world)
    other = make_world(county_code="530001")
    for role in (*READERS, Role.SUPPLIER):
        browser = client_of(other.person(role))
        assert browser.get(contract.tender.get_absolute_url()).status_code == 404
        assert browser.get(contract.get_absolute_url()).status_code == 404


def test_who_lost_sees_the_own_bid_and_no_contract(world, client_of):
    contract = story.to_signed(world)
    browser = client_of(world.person(Role.SUPPLIER, world.suppliers[1]))
    page = text_of(browser.get(contract.tender.get_absolute_url()))
    assert "88,000.00" in page
    assert "89,600.00" not in page
    assert "规则核对" not in page
    assert contract.number not in page
    assert browser.get(contract.get_absolute_url()).status_code == 404
    sheet = rows_of(browser.get(f"{contract.tender.get_absolute_url()}?export=bids"))
    assert [row[0] for row in sheet[1:]] == [world.suppliers[1].name]


def test_who_did_not_bid_finds_no_tender(world, client_of):
    tender = story.to_opening(world)
    browser = client_of(world.person(Role.SUPPLIER))
    assert browser.get(tender.get_absolute_url()).status_code == 404
    assert browser.get(story.duty_of(tender).get_absolute_url()).status_code == 404


# --- the tender's page ------------------------------------------------------------------------
@pytest.mark.parametrize("to", [story.start, story.to_award, story.to_confirm])
def test_every_stage_has_its_page_and_says_who_is_asked(world, client_of, to):
    row = to(world)
    tender = row if isinstance(row, Tender) else row.tender
    duty = story.duty_of(tender)
    asked = client_of(world.person(Role(duty.role)))
    watching = client_of(world.person(Role.AUDITOR))
    assert f'href="{duty.get_absolute_url()}"' in text_of(asked.get(tender.get_absolute_url()))
    page = text_of(watching.get(tender.get_absolute_url()))
    assert f"等待{duty.who}办理" in page
    assert f'href="{duty.get_absolute_url()}"' not in page


def test_the_page_costs_the_same_with_three_bids_and_four(world, client_of):
    tender = story.to_award(world)
    browser = client_of(world.person(Role.AUDITOR))
    three = queries_of(browser, tender.get_absolute_url())
    first = tender.bids.first()
    first.pk, first.supplier = (
        None,
        type(first.supplier).objects.create(name="示例四号", uscc=story.new_code()),
    )
    first.save()
    assert queries_of(browser, tender.get_absolute_url()) == three <= 18


def test_a_late_decision_stands_out(world, client_of):
    tender = story.to_award(world)
    winner = tender.bids.ranked()[0]
    late = story.award(winner, decided_on="2026-04-07", notified_on="2026-04-07")
    with clock.at(dt.date(2026, 4, 7)):
        assert not story.step(tender, world.person(Role.PROJECT_OFFICE), late).errors
        page = text_of(client_of(world.person(Role.AUDITOR)).get(tender.get_absolute_url()))
    assert "最迟 2026-03-31，实际 2026-04-07，已逾期" in page
    assert "1 项须注意" in page


def states(tender: Tender, day: dt.date) -> dict[str, str]:
    line = timeline_of(tender, law_of(tender.project.county, tender.announced_on), day)
    assert all(bar.x >= 0 and bar.x + bar.width <= 101 for bar in line.bars)
    return {bar.title: bar.state for bar in line.bars}


def test_the_timeline_tells_running_met_and_late(world):
    tender = story.to_opening(world)
    early = states(tender, dt.date(2026, 3, 5))
    assert early["招标公告期"] == early["投标准备期"] == "running"
    assert early["定标"] == "waiting"
    assert states(tender, dt.date(2026, 3, 30))["开标"] == "late"
    with clock.at(story.DEADLINE):
        story.step(tender, world.person(Role.PROCUREMENT), story.opening(story.three_bids(world)))
    tender.refresh_from_db()
    assert states(tender, dt.date(2026, 3, 31))["定标"] == "running"
    assert states(tender, dt.date(2026, 4, 1))["定标"] == "late"


def test_today_leaves_the_line_when_all_is_over(world):
    tender = story.to_signed(world).tender
    law = law_of(tender.project.county, tender.announced_on)
    assert timeline_of(tender, law, dt.date(2026, 4, 12)).today is not None
    over = timeline_of(tender, law, dt.date(2027, 1, 1))
    assert (over.today, over.last) == (None, dt.date(2026, 4, 27))


def test_a_failed_tender_shows_no_period_it_never_came_to(world):
    tender = story.to_opening(world)
    data = story.opening([], result="too_few", bidders="1", failure_reason="仅一家")
    with clock.at(story.DEADLINE):
        story.step(tender, world.person(Role.PROCUREMENT), data)
    tender.refresh_from_db()
    assert set(states(tender, dt.date(2026, 5, 1))) == {
        "招标公告期",
        "招标文件提供期",
        "投标准备期",
    }


# --- the contract's page ----------------------------------------------------------------------
def test_the_contracts_sheets_add_up(world, client_of):
    contract = story.to_signed(world)
    browser = client_of(world.person(Role.SUPPLIER))
    items = rows_of(browser.get(f"{contract.get_absolute_url()}?export=items"))
    lines = rows_of(browser.get(f"{contract.get_absolute_url()}?export=lines"))
    assert (len(items), len(lines)) == (5, 6)
    assert items[-1][-1] == lines[-1][-1] == 86000
    assert lines[1][0] == world.schools[1].code  # township 102 comes first


def test_the_contract_costs_the_same_with_one_school_and_four(client_of):
    costs = []
    for schools, rooms, code in ((1, 4, "522631"), (4, 1, "522632")):
        world = make_world(schools=schools, rooms=rooms, county_code=code)
        contract = story.to_signed(world)
        browser = client_of(world.person(Role.AUDITOR))
        costs.append(queries_of(browser, contract.get_absolute_url()))
    assert costs[0] == costs[1] <= 18


def test_a_school_keeps_its_lines_out_of_the_contract_page(world):
    """What a school may see of the contract is its own lines, elsewhere."""
    contract = story.to_signed(world)
    head = User.objects.get(pk=world.person(Role.HEAD).pk)
    project = Project.objects.visible_to(head).get()
    assert project == contract.project
    assert not type(contract).objects.visible_to(head).exists()
