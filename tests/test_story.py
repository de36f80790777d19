"""The whole story without a browser: from 立项 to the first instalment and 结项, only by pages."""

import io
import re
from decimal import Decimal

import pytest
from django.db import transaction
from pypdf import PdfReader

from acceptance.models import InstalledItem, RoomPass
from assets.models import AssetCard
from banbantong.balance import books
from documents.models import Paper, TrailEvent
from documents.trail import check
from financing.models import AgreementRoom
from procurement.models import ContractLine, PlanLine, Project
from registry.enums import Role
from registry.templatetags.pages import wan
from tests.story import CHAPTERS, NAME
from tests.story_school import FAULT
from tests.storyteller import ROOMS, Story, sheet_rows, two_schools

pytestmark = pytest.mark.django_db

AMOUNT = Decimal("107500.00")  # five sets at 21 500


@pytest.fixture(scope="module")
def story(django_db_setup, django_db_blocker):
    """Told once for all tests of this file, which look at it inside a transaction of their own."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Story(two_schools()).tell(CHAPTERS)
        transaction.set_rollback(True)


@pytest.fixture
def told(story):
    """The story when it came to its end; who signs in now is forgotten with the test."""
    story.answer_for(CHAPTERS[-1])
    known = dict(story.browsers)
    yield story
    story.browsers = known


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.__name__)
def test_chapter(story, chapter):
    story.answer_for(chapter)


# --- what it all came to --------------------------------------------------------------------------
def test_the_projects_file_lists_every_paper(told):
    page = told.visit(told.person(Role.PROJECT_OFFICE), f"{told.project_url}file/")
    listed = {
        a["href"]: a.text for a in page.all("a") if a["href"].startswith("/documents/papers/")
    }
    current = Paper.objects.filter(replaced_by=None)
    assert set(listed) == {paper.get_absolute_url() for paper in current}
    kinds = sorted(current.values_list("kind", flat=True))
    assert kinds == sorted(
        ["plan", "contract", "contract_acceptance", "payment_order"]
        + 2 * ["school_acceptance", "handover", "buyback_schedule", "buyback_agreement"]
        + 3 * ["county_inspection"]  # the second round of the first school is the third
        + 3 * ["claim_batch"]  # one a level
    )
    signed = [words for url, words in listed.items() if "学校验收表" in words]
    assert all("校长" in words and "已签" in words for words in signed)


def test_the_books_agree_room_by_room(told):
    page = told.visit(told.person(Role.AUDITOR), told.project_url)
    table = page.first("table")
    rows = {tr.all("td")[0].text: [td.text for td in tr.all("td")] for tr in table.all("tr")[1:]}
    assert set(rows) == {"计划", "合同", "到货安装", "验收合格", "资产卡片", "回购本金"}
    for label, cells in rows.items():
        assert (cells[1], cells[-1]) == ("5", "相符"), label
    for label in ("合同", "验收合格", "资产卡片", "回购本金"):
        assert rows[label][2] == "107,500.00"


def test_conservation_counted_by_hand(told):
    """计划 = 合同 = 到货 = 合格 = 资产卡 = 回购本金, per room and in yuan."""
    rooms = set(PlanLine.objects.values_list("pk", flat=True))
    assert len(rooms) == sum(ROOMS)
    assert set(ContractLine.objects.values_list("plan_line", flat=True)) == rooms
    assert set(RoomPass.objects.values_list("plan_line", flat=True)) == rooms
    there = set(InstalledItem.objects.present().values_list("plan_line", flat=True))
    assert there == rooms
    carded = set(AssetCard.objects.values_list("room_pass__plan_line", flat=True))
    assert carded == rooms
    bought = dict(AgreementRoom.objects.values_list("room_pass__plan_line", "amount"))
    assert set(bought) == rooms
    assert sum(bought.values()) == sum(c.price for c in AssetCard.objects.all()) == AMOUNT
    assert all(book.agrees for book in books(Project.objects.get()))


def test_every_link_of_the_trail_holds(told):
    page = told.visit(told.person(Role.AUDITOR), "/documents/trail/check/")
    assert "校验通过" in page.text
    found = check(TrailEvent.objects.all())
    assert (found.broken, found.events) == ([], TrailEvent.objects.count())
    assert f"痕迹 {found.events} 条" in page.text


def test_every_paper_prints_with_the_name_of_its_school(told):
    office, every = told.person(Role.PROJECT_OFFICE), {s.name for s in told.world.schools}
    for paper in Paper.objects.filter(replaced_by=None):
        content = told.fetch(office, f"{paper.get_absolute_url()}paper.pdf")
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        text = re.sub(r"\s+", "", text)
        named = {name for name in every if name in text}
        if paper.school:
            assert named == {paper.school.name}, (paper.kind, text[:400])
        else:
            assert NAME in text
            listed = {"plan": every, "claim_batch": {told.world.schools[0].name}}
            assert named == listed.get(paper.kind, set()), (paper.kind, text[:400])


def test_the_passport_tells_the_failed_rooms_whole_life(told):
    school = told.world.schools[0]
    line = PlanLine.objects.get(project_school__school=school, classroom__name="1年级1班")
    page = told.visit(told.person(Role.HEAD, school), f"/rooms/{line.pk}/")
    chapters = {panel.first("h2").text: panel.text for panel in page.first("ol").all("section")}
    titles = [title.split()[0] for title in chapters]
    assert titles == [
        *("计划", "合同", "到货安装", "培训", "学校验收第1轮"),
        *("县级验收第1轮", "县级验收第2轮", "移交", "资产登记", "回购"),
    ]
    whole = " ".join(chapters.values())
    assert f"不合格：{FAULT}" in whole
    for piece in InstalledItem.objects.filter(plan_line=line):
        assert piece.serial in whole
    for card in AssetCard.objects.filter(room_pass__plan_line=line):
        assert card.number in whole
    assert "21,500.00" in whole


def test_each_number_of_the_board_opens_exactly_its_rows(told):
    office = told.person(Role.PROJECT_OFFICE)
    page = told.visit(office, told.project_url)
    board = page.first("table", "board")
    numbers = [a for a in board.all("a") if a.text.isdigit()]
    assert sum(int(a.text) for a in board.first("tfoot").all("a")) == 2
    assert numbers
    for number in numbers:
        assert told.visit(office, number["href"]).count == int(number.text), number["href"]
    for township in board.first("tbody").all("th"):
        row = told.visit(office, township.first("a")["href"])
        assert row.count == 1


# A tile's label -> the column of the list behind it whose sum it is; None: the number of rows.
TILES = {
    "项目": None,
    "计划班数": "班数",
    "验收合格": "合格",
    "合同金额": "中标价（元）",
    "已付回购款": "已付（元）",
    "逾期事项": None,
    "班班通教室": "班数",
    "县级验收合格": "合格",
}
HOMES = [
    Role.PROJECT_OFFICE,
    Role.LEADING_GROUP,
    Role.COUNTY_FINANCE,
    Role.AUDITOR,
    Role.PREFECTURE,
    Role.HEAD,
    Role.SCHOOL_FINANCE,
    Role.SUPPLIER,
    Role.TOWNSHIP_OFFICE,
]


@pytest.mark.parametrize("role", HOMES)
def test_each_tile_of_the_home_page_is_the_sum_of_its_list(told, role):
    user = told.person(role)
    tiles = told.visit(user, "/").all(css="tile")
    assert tiles
    for tile in tiles:
        label = tile.first("span").text
        if label.startswith("下一期回购款"):
            agreement = told.visit(user, tile["href"])
            assert re.search(r"\d{4}-\d\d-\d\d", label)[0] in agreement.text
            continue
        number = tile.first("b").text.split()[0]
        behind = told.visit(user, tile["href"])
        column = TILES[label]
        if column is None:
            assert behind.count == int(number), label
        elif "万元" in tile.text:
            total = Decimal(behind.totals[column].replace(",", ""))
            assert number == wan(total), label
        else:
            assert behind.totals[column] == number, label


def test_the_exported_cards_are_the_cards_of_the_list(told):
    office = told.person(Role.PROJECT_OFFICE)
    page = told.visit(office, "/assets/cards/")
    head, *rows, total = sheet_rows(told.fetch(office, "/assets/cards/?export=xlsx"))
    assert page.count == len(rows) == sum(ROOMS) * 3
    price = next(at for at, title in enumerate(head) if title.startswith("价值"))
    assert sum(row[price] for row in rows) == total[price] == AMOUNT
    serials = {row[head.index("序列号")] for row in rows}
    assert serials == set(InstalledItem.objects.values_list("serial", flat=True))


def test_nobody_is_asked_for_anything_but_the_next_instalments(told):
    """After 结项 only the schools' applications wait, each with its own school."""
    asked = {
        (user.name, row.first("b").text)
        for user in told.world.people.values()
        if told.visit(user, "/inbox/").heading.startswith("待办")
        for row in told.visit(user, "/inbox/").all("a", "inbox-row")
    }
    expected = {
        (told.person(Role.SCHOOL_FINANCE, school).name, "学校申请付款")
        for school in told.world.schools
    }
    assert asked == expected
