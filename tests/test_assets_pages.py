"""Pages of the register: list, card, registration, labels, classes; who sees them and how dear."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from assets.actions import book, confirm, open_registration
from assets.flows import RegistrationFlow
from assets.models import AssetCard, AssetClass, Registration
from procurement.models import ProjectSchool
from registry import clock
from registry.enums import Role
from tests.world import make_contract, make_passed, make_world

pytestmark = pytest.mark.django_db


def make_register(**size):
    """A county whose schools all have their cards; ``(world, registrations)``."""
    world = make_world(**size)
    contract = make_contract(world)
    make_passed(world, contract)
    rows = ProjectSchool.objects.filter(project=contract.project).order_by("school__code")
    return world, [open_registration(project_school=row) for row in rows]


@pytest.fixture
def register():
    return make_register()


def test_the_list_counts_sums_and_filters(register, client_of):
    world, (first, _) = register
    browser = client_of(world.person(Role.PROJECT_OFFICE))
    html = browser.get(reverse("assets:cards")).content.decode()
    assert "<b>12</b> 张卡片" in html and "86,000.00" in html
    for query, count in (
        (f"school={first.school.pk}", 6),
        (f"township={first.school.township_id}", 6),
        (f"asset_class={AssetClass.objects.get(code='A02020200').pk}", 4),
        ("title=owned", 0),
        ("condition=in_use", 12),
        ("room=教学楼101", 6),
        (f"q={AssetCard.objects.first().installed.serial}", 1),
        ("q=投影", 4),
    ):
        html = browser.get(f"{reverse('assets:cards')}?{query}").content.decode()
        assert f"<b>{count}</b> 张卡片" in html, query


def test_the_sheet_holds_exactly_the_filtered_rows(register, client_of):
    world, (first, _) = register
    browser = client_of(world.person(Role.AUDITOR))
    answer = browser.get(f"{reverse('assets:cards')}?school={first.school.pk}&export=xlsx")
    rows = list(load_workbook(io.BytesIO(b"".join(answer))).active.iter_rows(values_only=True))
    head, *cards, total = rows
    assert head[:3] == ("资产编号", "资产名称", "分类代码") and "选" not in head
    assert {row[0] for row in cards} == set(first.cards.values_list("number", flat=True))
    assert total[0] == "合计" and total[head.index("价值（元）")] == 43000


def test_a_school_sees_its_own_cards_only(register, client_of):
    world, (first, second) = register
    browser = client_of(world.person(Role.HEAD))
    html = browser.get(reverse("assets:cards")).content.decode()
    assert "<b>6</b> 张卡片" in html
    for thing in (second, second.cards.first()):
        assert browser.get(thing.get_absolute_url()).status_code == 404
    assert browser.get(second.labels_url).status_code == 404
    assert browser.get(first.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("role", [Role.SUPPLIER, Role.TOWNSHIP_OFFICE, Role.PROVINCE])
def test_who_reaches_a_card(register, client_of, role):
    world, rows = register
    first = next(row for row in rows if row.school.township == world.schools[1].township)
    browser = client_of(world.person(role))
    reaches = role != Role.SUPPLIER
    for address in (
        first.cards.first().get_absolute_url(),
        first.get_absolute_url(),
        first.labels_url,
    ):
        assert browser.get(address).status_code == (200 if reaches else 404), address


def test_another_county_is_not_there(register, client_of):
    _, (first, _) = register
    stranger = make_world(county_code="522632")
    browser = client_of(stranger.person(Role.PROJECT_OFFICE))
    assert browser.get(first.get_absolute_url()).status_code == 404
    assert "<b>0</b> 张卡片" in browser.get(reverse("assets:cards")).content.decode()


def test_the_card_tells_its_worth_only_once_booked(register, client_of):
    world, (first, _) = register
    card = first.cards.get(asset_class__code="A02020200", room_pass=first.cards.first().room_pass)
    browser = client_of(world.person(Role.SCHOOL_FINANCE))
    html = browser.get(card.get_absolute_url()).content.decode()
    assert "入账后自取得当月起计提" in html and "111.11" in html
    first.cards.update(custodian="示例班主任", checked_on=clock.today(), labelled_on=clock.today())
    confirm(registration=first, user=world.person(Role.TECHNICIAN))
    book(
        registration=first,
        user=world.person(Role.SCHOOL_FINANCE),
        voucher="记-9",
        booked_on=clock.today(),
    )
    with clock.at(card.acquired_on.replace(year=card.acquired_on.year + 1)):
        browser = client_of(world.person(Role.SCHOOL_FINANCE))
        html = browser.get(card.get_absolute_url()).content.decode()
    # 13 months are charged by then: 13 × 111.11 of 8,000.00
    assert "1,444.43" in html and "6,555.57" in html
    assert card.plan_line.get_absolute_url() in html and "data:image/png" in html


def test_the_registration_shows_its_story_and_its_rooms(register, client_of):
    world, (first, _) = register
    RegistrationFlow.start.run(subject=first)
    html = client_of(world.person(Role.TECHNICIAN)).get(first.get_absolute_url()).content.decode()
    assert "学校核对贴标签" in html and "/tasks/" in html and "待学校核对" in html
    for card in first.cards.all():
        assert card.number in html
    html = client_of(world.person(Role.STATION)).get(first.get_absolute_url()).content.decode()
    assert "等待示例1小学学校技术员/资产员办理" in html


def pages_of(answer) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]


def test_labels_of_a_school_stand_twenty_four_on_a_page(client_of):
    world, (first,) = make_register(schools=1, rooms=9)
    answer = client_of(world.person(Role.TECHNICIAN)).get(first.labels_url)
    assert answer["Content-Type"] == "application/pdf"
    pages = pages_of(answer)
    numbers = list(first.cards.by_room().values_list("number", flat=True))
    assert len(pages) == 2
    assert [n for n in numbers if n in pages[0]] == numbers[:24]
    assert [n for n in numbers if n in pages[1]] == numbers[24:]
    assert pages[0].count("示例1小学") == 24 and "教学楼101（1年级1班）" in pages[0]
    assert "投影机" in pages[0] and "第 1 页" not in pages[0]


def test_labels_of_ticked_cards_leave_out_what_one_may_not_see(register, client_of):
    world, (first, second) = register
    mine, other = first.cards.first(), second.cards.first()
    browser = client_of(world.person(Role.TECHNICIAN))
    text = "".join(
        pages_of(browser.get(f"{reverse('assets:labels')}?card={mine.pk}&card={other.pk}"))
    )
    assert mine.number in text and other.number not in text


@pytest.mark.parametrize(
    "query", ["", "card=", "card=x", "card=999999", "card=99999999999999999999"]
)
def test_without_a_card_there_is_a_hint_instead_of_a_sheet(register, client_of, query):
    world, _ = register
    answer = client_of(world.person(Role.TECHNICIAN)).get(
        f"{reverse('assets:labels')}?{query}", follow=True
    )
    assert "请先在列表中勾选资产卡片" in answer.content.decode()


def test_registrations_filter_by_where_they_stand(register, client_of):
    world, (first, _) = register
    first.cards.update(custodian="示例班主任", checked_on=clock.today(), labelled_on=clock.today())
    confirm(registration=first, user=world.person(Role.TECHNICIAN))
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    for state, count in (("", 2), ("check", 1), ("book", 1), ("booked", 0)):
        html = browser.get(f"{reverse('assets:registrations')}?state={state}").content.decode()
        assert f"<b>{count}</b> 所学校" in html


def test_queries_do_not_grow_with_the_rows(client_of):
    counts = []
    for code, rooms in (("522631", 1), ("522632", 3)):
        world, (row,) = make_register(schools=1, rooms=rooms, county_code=code)
        RegistrationFlow.start.run(subject=row)
        browser = client_of(world.person(Role.TECHNICIAN))
        found = []
        for address in (
            reverse("assets:cards"),
            reverse("assets:registrations"),
            row.get_absolute_url(),
            row.cards.first().get_absolute_url(),
            row.labels_url,
        ):
            browser.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(address).status_code == 200
            found.append(len(queries))
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[0][:2]) <= 12


def test_the_project_office_adds_a_class_and_nobody_else(register, client_of):
    world, _ = register
    data = {
        "code": "A02019900",
        "edition": "GB/T 14885-2022",
        "name": "其他计算机",
        "life_years": 6,
    }
    assert (
        client_of(world.person(Role.HEAD)).post(reverse("assets:class_create"), data).status_code
        == 403
    )
    office = client_of(world.person(Role.PROJECT_OFFICE))
    again = office.post(reverse("assets:class_create"), data | {"code": "A02020200"})
    assert "该版本已有这个分类代码" in again.content.decode()
    assert (
        "一个大写字母加"
        in office.post(reverse("assets:class_create"), data | {"code": "投影"}).content.decode()
    )
    office.post(reverse("assets:class_create"), data)
    assert AssetClass.objects.get(code="A02019900").life_years == 6


def test_registrations_of_nobody_are_nobody_s(register, client):
    _, (first, _) = register
    assert Registration.objects.visible_to(None).count() == 0
    assert client.get(first.get_absolute_url()).status_code == 302
