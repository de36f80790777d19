"""Pages of the plan: the programme, the list, the sheet to fill in, the marked workbook, 立项."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl.utils import range_boundaries

from procurement.enums import ImportMode
from procurement.models import Programme, Project
from procurement.resources import import_plan
from registry.enums import Role
from registry.models import School
from tests.sheets import HEADERS, line, opened, saved, xlsx
from tests.world import make_project, make_world

pytestmark = pytest.mark.django_db
COUNTY = [r for r in Role if r.scope == "county"]
ABOVE = [Role.PREFECTURE, Role.PROVINCE, Role.ADMINISTRATOR]


@pytest.fixture
def world():
    return make_world(schools=3, rooms=2)


def make_programme(world, **changes) -> Programme:
    facts = {
        "county": world.county,
        "name": "示例总规划",
        "first_year": 2024,
        "last_year": 2026,
        "target_schools": 187,
        "target_classrooms": 1086,
        "done_before": 55,
    }
    return Programme.objects.create(**facts | changes)


def queries(browser, url) -> int:
    """How many queries a page costs, once the session is warm."""
    browser.get(url)
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(url).status_code == 200
    return len(caught)


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


# --- the programme --------------------------------------------------------------------------
def test_the_programme_shows_two_levels_of_target(world, client_of):
    plan = make_programme(world)
    project = make_project(world)
    Project.objects.filter(pk=project.pk).update(programme=plan, target_classrooms=398)
    page = client_of(world.person(Role.AUDITOR)).get(plan.get_absolute_url())
    assert page.context["remaining"] == 1086 - 55 - 398
    assert "1086 − 55 − 398" in page.text
    project.approvals.create(
        planned_by=world.person(Role.PROJECT_OFFICE),
        decided_by=world.person(Role.LEADING_GROUP),
        decided_at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
        approved=True,
    )
    page = client_of(world.person(Role.AUDITOR)).get(plan.get_absolute_url())
    assert page.context["remaining"] == 1086 - 55 - 6, "once approved, its real rooms count"
    assert "已批准" in page.text


def test_schools_done_before_are_not_taken_for_rooms(world, client_of):
    plan = make_programme(world, done_before_unit="school")
    page = client_of(world.person(Role.PROJECT_OFFICE)).get(plan.get_absolute_url())
    assert page.context["remaining"] == 1086
    assert "55 是学校数，不能折算成班" in page.text


def test_the_unit_of_what_was_done_is_asked_not_assumed(world, client_of):
    browser = client_of(world.person(Role.PROJECT_OFFICE))
    url = reverse("procurement:programme_create")
    assert "checked" not in browser.get(url).text
    data = {
        "name": "新规划",
        "first_year": "2026",
        "last_year": "2025",
        "target_schools": "10",
        "target_classrooms": "100",
        "done_before": "55",
    }
    page = browser.post(url, data)
    assert page.context["form"].errors["done_before_unit"] == ["这个字段是必填项。"]
    page = browser.post(url, data | {"done_before_unit": "school"})
    assert "已完成数不能超过规划数 10。" in page.text
    page = browser.post(url, data | {"done_before_unit": "classroom"})
    assert "截止年度不能早于起始年度。" in page.text
    answer = browser.post(url, data | {"done_before_unit": "classroom", "last_year": "2028"})
    assert answer.url == Programme.objects.get().get_absolute_url()
    assert Programme.objects.get().county == world.county
    page = browser.post(url, data | {"done_before_unit": "classroom", "last_year": "2028"})
    assert "本县已有同名规划。" in page.text
    assert Programme.objects.count() == 1


def test_who_reads_and_who_writes_a_programme(world, client_of):
    plan = make_programme(world)
    edit = reverse("procurement:programme_edit", args=[plan.pk])
    for role in Role:
        browser = client_of(world.person(role))
        reads = role in COUNTY + ABOVE
        assert browser.get(plan.get_absolute_url()).status_code == (200 if reads else 404), role
        writes = role is Role.PROJECT_OFFICE
        expected = 200 if writes else 403 if reads else 404
        assert browser.get(edit).status_code == expected, role
        assert browser.post(edit, {"name": "改"}).status_code == expected, role
    far = make_world(schools=1, county_code="522632")
    assert client_of(far.person(Role.PROJECT_OFFICE)).get(edit).status_code == 404
    assert Programme.objects.get().name == "示例总规划"


def test_the_programmes_list_costs_the_same_with_one_and_three(world, client_of):
    browser = client_of(world.person(Role.PROJECT_OFFICE))
    url = reverse("procurement:programmes")
    make_programme(world)
    one = queries(browser, url)
    make_programme(world, name="规划2")
    make_programme(world, name="规划3")
    assert queries(browser, url) == one <= 12
    assert browser.get(url).context["count"] == 3


def test_a_programme_costs_the_same_with_one_and_three_projects(world, client_of):
    browser = client_of(world.person(Role.PROJECT_OFFICE))
    plan = make_programme(world)
    costs = []
    for n in range(3):
        project = make_project(world, lines=False, name=f"项目{n}")
        Project.objects.filter(pk=project.pk).update(programme=plan)
        costs.append(queries(browser, plan.get_absolute_url()))
    assert costs[0] == costs[2] <= 12


# --- the list -------------------------------------------------------------------------------
def test_the_list_costs_the_same_for_one_and_three_schools(client_of):
    costs = []
    for schools, code in ((1, "522631"), (3, "522632")):
        world = make_world(schools=schools, rooms=2, county_code=code)
        browser, url = client_of(world.person(Role.AUDITOR)), make_project(world).plan_url
        costs.append(queries(browser, url))
        assert browser.get(url).context["count"] == 2 * schools
    assert costs[0] == costs[1] <= 12


def test_everybody_sees_their_own_part_of_the_list(world, client_of):
    project = make_project(world)
    for role in Role:
        page = client_of(world.person(role)).get(project.plan_url)
        if role in COUNTY + ABOVE:
            assert page.context["count"] == 6, role
        elif role in (Role.HEAD, Role.TECHNICIAN, Role.SCHOOL_FINANCE):
            assert page.context["count"] == 2, role
            assert "示例2小学" not in page.text
        elif role is Role.TOWNSHIP_OFFICE:
            township = world.person(role).posts.get().township
            mine = School.objects.filter(township=township).count()
            assert page.context["count"] == 2 * mine, role
        else:
            assert page.status_code == 404, role
    far = make_world(schools=1, county_code="522632")
    for role in (Role.PROJECT_OFFICE, Role.HEAD, Role.AUDITOR):
        assert client_of(far.person(role)).get(project.plan_url).status_code == 404


def test_the_list_can_be_narrowed_and_taken_along(world, client_of):
    project = make_project(world)
    browser = client_of(world.person(Role.PROJECT_OFFICE))
    page = browser.get(project.plan_url, {"school": "示例2", "state": "live"})
    assert page.context["count"] == 2
    sheet = opened(body(browser.get(project.plan_url, {"school": "示例2", "export": "xlsx"})))
    rows = list(sheet.active.iter_rows(values_only=True))
    assert rows[0][:4] == ("学校标识码", "学校", "乡镇", "班级")
    assert [row[3] for row in rows[1:]] == ["1年级1班", "2年级1班"]
    assert rows[1][0] == world.schools[1].code


# --- 附表1 to fill in -----------------------------------------------------------------------
def test_the_template_goes_in_as_it_comes_out(world, client_of):
    world.schools[2].closed_on = dt.date(2025, 8, 31)
    world.schools[2].save()
    project = make_project(world, lines=False)
    url = reverse("procurement:plan_template", args=[project.pk])
    answer = client_of(world.person(Role.PROJECT_OFFICE)).get(url)
    assert "xlsx" in answer["Content-Disposition"]
    book = opened(answer.content)
    assert book.sheetnames == ["附表1", "学校名录", "填表说明"]
    page, directory = book["附表1"], book["学校名录"]
    assert [cell.value for cell in page[1]] == list(HEADERS)
    assert page.column_dimensions["A"].number_format == "@"
    listed = [row[:3] for row in directory.iter_rows(min_row=2, values_only=True) if row[0]]
    assert {row[1] for row in listed} == {"示例1小学", "示例2小学"}
    rules = {rule.type: rule for rule in page.data_validations.dataValidation}
    source = rules["list"].formula1.split("!")[1].replace("$", "")
    left, top, right, bottom = range_boundaries(source)
    names = [directory.cell(n, left).value for n in range(top, bottom + 1)]
    assert (left, names) == (right, ["示例102镇", "示例103镇"])
    for n, row in enumerate(listed, 2):
        for column, value in enumerate([*row, "七年级", 2], 1):
            page.cell(n, column, value)
    done = import_plan(
        project=project,
        user=world.person(Role.PROJECT_OFFICE),
        name="附表1.xlsx",
        content=saved(book),
        mode=ImportMode.REPLACE,
    )
    assert (done.errors, done.added) == (0, 4)


def refused_import(world, project):
    return import_plan(
        project=project,
        user=world.person(Role.PROJECT_OFFICE),
        name="附表1 第一稿.xlsx",
        content=xlsx([line(world.school, code="1")]),
        mode=ImportMode.REPLACE,
    )


def test_template_and_marked_workbook_are_the_countys_own(world, client_of):
    project = make_project(world)
    done = refused_import(world, make_project(world, lines=False, name="第二个"))
    template = reverse("procurement:plan_template", args=[project.pk])
    for role in Role:
        browser = client_of(world.person(role))
        expected = 200 if role in COUNTY + ABOVE else 404
        assert browser.get(template).status_code == expected, role
        assert browser.get(done.get_absolute_url()).status_code == expected, role
    far = make_world(schools=1, county_code="522632")
    browser = client_of(far.person(Role.PROJECT_OFFICE))
    assert browser.get(template).status_code == 404
    assert browser.get(done.get_absolute_url()).status_code == 404


def test_the_marked_workbook_comes_back_under_its_own_name(world, client_of):
    done = refused_import(world, make_project(world, lines=False))
    answer = client_of(world.person(Role.PROJECT_OFFICE)).get(done.get_absolute_url())
    assert answer.filename == "附表1 第一稿 问题标注.xlsx"
    assert opened(body(answer))["附表1"]["F2"].value.startswith("本县没有标识码为“1”的学校")


def test_an_import_that_went_in_leaves_no_workbook_to_download(world, client_of):
    done = import_plan(
        project=make_project(world, lines=False),
        user=world.person(Role.PROJECT_OFFICE),
        name="附表1.xlsx",
        content=xlsx([line(world.school)]),
        mode=ImportMode.REPLACE,
    )
    browser = client_of(world.person(Role.PROJECT_OFFICE))
    assert browser.get(done.get_absolute_url()).status_code == 404
