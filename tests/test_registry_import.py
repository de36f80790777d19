"""The county's list of schools from Excel: taken over whole, or sent back with its reasons."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from registry.actions import save_school
from registry.enums import Role
from registry.models import FormerName, School
from registry.school_sheet import COLUMNS, import_schools
from tests.sheets import opened, xlsx
from tests.world import make_world

pytestmark = pytest.mark.django_db
DOOR = "/settings/schools/import/"


@pytest.fixture
def world():
    return make_world(schools=2, rooms=1)


@pytest.fixture
def office(client, world):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    return client


def sheet(rows, **shape) -> bytes:
    return xlsx(rows, **{"headers": COLUMNS, "sheet": "学校名录"} | shape)


def row(world, code="2152909001", name="示例新小学", **other) -> list:
    found = {"township": world.school.township.name, "kind": "小学", "pupils": 300, "staff": 20}
    return [code, name, *(found | other).values()]


def send(client, content: bytes, name="名录.xlsx"):
    return client.post(DOOR, {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_new_schools_are_added_and_known_ones_brought_up_to_date(office, world):
    old, same = (save_school(school) for school in world.schools)
    content = sheet(
        [
            row(world),
            row(world, "3152909002", "示例初级中学", kind="初中"),
            row(world, old.code, "示例1完全小学", pupils=99),
            row(
                world,
                same.code,
                same.name,
                township=same.township.name,
                pupils=same.pupils,
                staff=same.staff,
            ),
            ["", "", "", "", "", ""],
        ]
    )
    answer = send(office, content)
    assert "已读 4 行：新增 2 所，更新 1 所。" in answer.text
    old.refresh_from_db()
    assert (old.name, old.pupils, old.initials) == ("示例1完全小学", 99, "sl1wqxx")
    assert old.classrooms.count() == 1
    new = School.objects.get(code="3152909002")
    assert (new.county, new.kind, new.initials) == (world.county, "31", "slcjzx")
    page = office.get(reverse("registry:school", args=[old.pk])).text
    assert "学校名称由“示例1小学”改为“示例1完全小学”" in page
    assert "新增 0 所，更新 0 所" in send(office, content).text


def test_a_former_name_of_the_township_is_understood(world):
    FormerName.objects.create(township=world.school.township, name="旧镇", valid_to="2016-01-01")
    done = import_schools(
        county=world.county, name="x.xlsx", content=sheet([row(world, township="旧镇")])
    )
    assert done.added == 1
    assert School.objects.get(code="2152909001").township == world.school.township


BAD = {
    "code": (["215", "示例新小学"], "学校标识码应为 10 位数字"),
    "no code": (["", "示例新小学"], "不能为空"),
    "no name": (["2152909001", ""], "不能为空"),
    "township": (["2152909001", "示例新小学", {"township": "无此镇"}], "本县没有“无此镇”"),
    "kind": (["2152909001", "示例新小学", {"kind": "大学"}], "办学类型不认识"),
    "pupils": (["2152909001", "示例新小学", {"pupils": -3}], "在校生数应是 0 到"),
    "staff": (["2152909001", "示例新小学", {"staff": "十人"}], "教职工数应是 0 到"),
    "formula": (["2152909001", "示例新小学", {"pupils": "=1+1"}], "不能用公式"),
    "same name": (["2152909001", "示例1小学"], "两所学校用这个名称"),
}


@pytest.mark.parametrize("case", BAD)
def test_one_bad_row_stops_the_whole_list_and_is_marked(office, world, case):
    (code, name, *other), words = BAD[case]
    good = row(world, "2152909009", "示例另一小学")
    answer = send(office, sheet([good, row(world, code, name, **(other[0] if other else {}))]))
    assert "整份没有导入" in answer.text and words in answer.text
    assert School.objects.count() == 2
    marked = office.get(reverse("registry:school_marked"))
    page = opened(b"".join(marked.streaming_content))["学校名录"]
    assert page.cell(1, 7).value == "问题"
    assert page.cell(2, 7).value is None and words in page.cell(3, 7).value


def test_a_code_twice_and_a_code_of_another_county(office, world):
    other = make_world(schools=1, rooms=1, county_code="522632")
    rows = [
        row(world),
        row(world, name="示例再来小学"),
        row(world, other.school.code, "示例外县小学"),
    ]
    answer = send(office, sheet(rows)).text
    assert "出现了两次" in answer and "已是别的县的学校" in answer
    other.school.refresh_from_db()
    assert other.school.county == other.county


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"),
        (b"%PDF-1.7", "不是 Excel 工作簿"),
        (xlsx([["2152909001"]], headers=["学校标识码"]), "缺少列"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(office, content, words):
    assert words in send(office, content).text
    assert School.objects.count() == 2


def test_the_template_can_be_filled_in_and_sent_back(office, world):
    book = opened(office.get(reverse("registry:school_template")).content)
    page = book["学校名录"]
    assert [cell.value for cell in page[1]] == list(COLUMNS)
    for column, value in enumerate(row(world), 1):
        page.cell(2, column, value)
    out = io.BytesIO()
    book.save(out)
    assert "新增 1 所" in send(office, out.getvalue()).text


def test_the_marked_list_is_for_the_session_that_sent_it(office, world, client):
    send(office, sheet([row(world, "215")]))
    assert office.get(reverse("registry:school_marked")).status_code == 200
    office.logout()
    office.force_login(world.person(Role.PROJECT_OFFICE))
    assert office.get(reverse("registry:school_marked")).status_code == 404
