"""Schools, classrooms, townships and suppliers: entered, changed, and what is refused."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from registry.actions import rename_township
from registry.enums import Role
from registry.models import Classroom, County, FormerName, School, Supplier, Township
from registry.pinyin import initials
from registry.townships import TOWNSHIPS, add_townships
from tests.questions import questions
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world(schools=2, rooms=2)


@pytest.fixture
def office(client, world):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    return client


def school_data(world, **other) -> dict:
    return {
        "township": world.school.township_id,
        "code": "2152909001",
        "name": "示例新小学",
        "kind": "21",
        "pupils": 300,
        "staff": 20,
        "fund_standard": "",
    } | other


def test_new_school_gets_its_county_and_search_key(office, world):
    answer = office.post(reverse("registry:school_create"), school_data(world), follow=True)
    assert "已登记" in answer.text
    row = School.objects.get(code="2152909001")
    assert (row.county, row.initials) == (world.county, "slxxx")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"code": "123"}, "学校标识码应为 10 位数字"),
        ({"code": "9952909001"}, "不是已知的办学类别"),
        ({"name": "示例1小学"}, "本县已有同名学校"),
        ({"pupils": -1}, "大于或等于0"),
        ({"fund_standard": "-5"}, "金额不能为负数"),
        ({"name": ""}, "必填"),
    ],
)
def test_wrong_school_is_refused_with_a_sentence(office, world, wrong, words):
    answer = office.post(reverse("registry:school_create"), school_data(world, **wrong))
    assert words in answer.text
    assert School.objects.count() == 2


def test_a_code_is_given_once(office, world):
    answer = office.post(
        reverse("registry:school_create"), school_data(world, code=world.school.code)
    )
    assert "学校标识码 的 学校 已存在" in answer.text


def test_renamed_school_keeps_code_and_rooms_and_shows_its_old_name(office, world):
    school = world.school
    door = reverse("registry:school_edit", args=[school.pk])
    data = school_data(world, name="示例改名小学", code="2152900099", pupils=91, closed_on="")
    office.post(door, data)
    code, rooms = school.code, school.classrooms.count()
    school.refresh_from_db()
    assert (school.name, school.code, school.initials) == ("示例改名小学", code, "slgmxx")
    assert school.classrooms.count() == rooms == 2
    page = office.get(reverse("registry:school", args=[school.pk])).text
    assert "学校名称由“示例1小学”改为“示例改名小学”" in page
    assert world.person(Role.PROJECT_OFFICE).name in page


def test_a_school_that_came_in_bulk_shows_its_old_name_too(office, world):
    School.history.all().delete()
    school = world.school
    assert office.get(reverse("registry:school", args=[school.pk])).status_code == 200
    data = school_data(world, name="示例改名小学", pupils=school.pupils, staff=school.staff)
    office.post(reverse("registry:school_edit", args=[school.pk]), data)
    page = office.get(reverse("registry:school", args=[school.pk])).text
    assert "学校名称由“示例1小学”改为“示例改名小学”" in page
    assert page.count("改为") == 1


def test_office_cannot_move_a_school_into_another_county(office, world):
    other = make_world(schools=1, rooms=1, county_code="522632")
    door = reverse("registry:school_edit", args=[world.school.pk])
    answer = office.post(door, school_data(world, township=other.school.township_id))
    assert "选择一个有效的选项" in answer.text
    world.school.refresh_from_db()
    assert world.school.county == world.county


def test_classrooms_are_added_renamed_and_not_doubled(office, world):
    door = reverse("registry:classroom_create", args=[world.school.pk])
    office.post(door, {"name": "六年级1班", "room": "综合楼201", "pupils": 40})
    row = Classroom.objects.get(school=world.school, name="六年级1班")
    edit = reverse("registry:classroom_edit", args=[row.pk])
    office.post(edit, {"name": "六年级（1）班", "room": "综合楼202", "pupils": 41})
    row.refresh_from_db()
    assert (row.name, row.room, row.pupils) == ("六年级（1）班", "综合楼202", 41)
    answer = office.post(door, {"name": "1年级1班", "room": "", "pupils": 1})
    assert "本校已有这个班级" in answer.text
    answer = office.post(edit, {"name": "1年级1班", "room": "", "pupils": 1})
    assert "本校已有这个班级" in answer.text


def test_list_finds_by_name_code_and_initials(office, world):
    School.objects.filter(pk=world.school.pk).update(initials="slyxx")

    def count(**query) -> int:
        return office.get(reverse("registry:schools"), query).context["count"]

    assert count() == 2
    assert count(q="示例1") == count(q="SLY") == count(q=world.school.code) == 1
    assert count(township=world.school.township_id) == 1
    assert count(kind="31") == 0


def test_renamed_township_knows_its_name_on_every_day(office, world):
    row = world.school.township
    door = reverse("registry:township_rename", args=[row.pk])
    old = row.name
    office.post(door, {"name": "示例街道", "since": "2020-05-01"})
    row.refresh_from_db()
    assert row.name == "示例街道"
    assert row.name_on(dt.date(2020, 4, 30)) == old
    assert row.name_on(dt.date(2020, 5, 1)) == "示例街道"
    assert f"{old}（至 2020-04-30）" in office.get(reverse("registry:townships")).text
    answer = office.post(door, {"name": "更早街道", "since": "2019-01-01"})
    assert "新名称的启用日应更晚" in answer.text
    answer = office.post(door, {"name": "示例街道", "since": "2024-01-01"})
    assert "新名称与现名相同" in answer.text
    rename_township(row, name="示例新街道", since=dt.date(2024, 1, 1))
    assert row.name_on(dt.date(2022, 1, 1)) == "示例街道"
    assert list(FormerName.objects.values_list("valid_from", flat=True)) == [
        None,
        dt.date(2020, 5, 1),
    ]


def test_new_township_belongs_to_its_county_by_code(office, world):
    door = reverse("registry:township_create")
    data = {"county": world.county.pk, "name": "示例乡"}
    assert "应以 522631 开头" in office.post(door, data | {"code": "522632201"}).text
    office.post(door, data | {"code": "522631201"})
    assert Township.objects.filter(code="522631201").exists()


def test_the_countys_26_townships_come_with_their_codes(db):
    county = County.objects.create(code="522631", name="黎平县")
    rows = add_townships(county, renamed_on=dt.date(2016, 1, 1))
    assert len(rows) == len(TOWNSHIPS["522631"]) == 26
    assert all(row.code.startswith("522631") for row in rows)
    first = rows[0]
    assert (first.name, first.name_on(dt.date(2014, 11, 1))) == ("德凤街道", "德凤镇")
    assert len(add_townships(county, renamed_on=dt.date(2016, 1, 1))) == 26
    assert FormerName.objects.count() == 1


def test_supplier_with_a_wrong_credit_code_is_refused(office, world):
    door = reverse("registry:supplier_create")
    data = {"name": "示例丙公司", "size": "small", "contact": "", "phone": "", "address": ""}
    assert "校验位须相符" in office.post(door, data | {"uscc": "91000000MA0000031X"}).text
    office.post(door, data | {"uscc": "91000000MA0000031W"})
    row = Supplier.objects.get(uscc="91000000MA0000031W")
    edit = reverse("registry:supplier_edit", args=[row.pk])
    office.post(edit, data | {"uscc": row.uscc, "size": "large"})
    row.refresh_from_db()
    assert row.size == "large" and row.history.count() == 2


def test_lists_ask_the_same_number_of_questions_for_any_number_of_rows(office, world):
    doors = [reverse(f"registry:{name}") for name in ("schools", "townships", "suppliers")]
    one = [questions(office, door) for door in doors]
    for n in (3, 4, 5):
        township = Township.objects.create(
            county=world.county, code=f"52263130{n}", name=f"示例{n}乡"
        )
        FormerName.objects.create(township=township, name="旧名", valid_to=dt.date(2020, 1, 1))
        School.objects.create(
            county=world.county,
            township=township,
            code=f"215290800{n}",
            name=f"示例{n}村小",
            kind="21",
            fund_standard=Decimal(650),
        )
        Supplier.objects.create(name=f"示例{n}公司", uscc=f"{n}")
    assert [questions(office, door) for door in doors] == one
    assert max(one) <= 12


@pytest.mark.parametrize(
    ("name", "letters"),
    [("尚重中学", "szzx"), ("黎平县第二中学", "lpxdezx"), ("A区1小（示例）", "aq1xsl"), ("", "")],
)
def test_initials(name, letters):
    assert initials(name) == letters


def test_a_name_of_blanks_is_refused(world):
    with pytest.raises(ValidationError):
        rename_township(world.school.township, name="  ", since=dt.date(2024, 1, 1))
