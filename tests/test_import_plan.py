"""附表1 from Excel: what goes in, what is refused row by row, and that a refusal writes nothing."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from openpyxl.worksheet.datavalidation import DataValidation

from procurement.actions.plan import submit_plan
from procurement.enums import ImportMode
from procurement.models import PlanImport, PlanLine, ProjectSchool
from procurement.resources import PlanResource, import_plan
from registry.enums import Role
from registry.models import Classroom, FormerName
from registry.workbook import read_table
from tests.sheets import HEADERS, line, opened, saved, xlsx
from tests.world import make_project, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world(schools=2, rooms=2)


@pytest.fixture
def project(world):
    return make_project(world, lines=False)


def send(world, project, rows, *, mode=ImportMode.REPLACE, **shape) -> PlanImport:
    content = rows if isinstance(rows, bytes) else xlsx(rows, **shape)
    user = world.person(Role.PROJECT_OFFICE)
    return import_plan(project=project, user=user, name="附表1.xlsx", content=content, mode=mode)


def rooms(project) -> list[str]:
    lines = PlanLine.objects.filter(project_school__project=project)
    return sorted(str(row) for row in lines.select_related("classroom", "project_school__school"))


def reasons(done: PlanImport) -> dict[int, str]:
    """Sheet row to the words in the last column of the marked workbook."""
    page = opened(done.file.read())["附表1"]
    assert page.cell(1, page.max_column).value == "问题"
    words = {n: page.cell(n, page.max_column).value for n in range(2, page.max_row + 1)}
    return {n: text for n, text in words.items() if text}


# --- what goes in ---------------------------------------------------------------------------
def test_a_class_and_a_grade(world, project):
    first, second = world.schools
    done = send(world, project, [line(first, "一年级1班"), line(second, "七年级", 3)])
    assert (done.rows, done.added, done.removed, done.errors) == (2, 4, 0, 0)
    assert rooms(project) == [
        "示例1小学一年级1班",
        "示例2小学七年级1班",
        "示例2小学七年级2班",
        "示例2小学七年级3班",
    ]
    assert not done.file


def test_a_class_in_the_register_is_used_however_it_is_spelled(world, project):
    known = Classroom.objects.create(school=world.school, name="七年级（2）班", room="教学楼202")
    send(world, project, [line(world.school, " 七年级 （２）班")])
    assert PlanLine.objects.get().classroom == known
    send(world, project, [line(world.school, "七年级", 2)])
    assert rooms(project) == ["示例1小学七年级1班", "示例1小学七年级（2）班"]


def test_columns_in_any_order_more_columns_and_the_header_further_down(world, project):
    school = world.school
    rows = [["甲", 2, "七年级", school.township.name, school.name, school.code]]
    done = send(
        world,
        project,
        rows,
        headers=("备注", "数量", "班级", "乡镇", "学 校", "学校标识码*"),
        above=[["附表1 初中阶段班班通建设学校及班级数"], [], ["填报单位：示例县"]],
    )
    assert (done.added, done.errors) == (2, 0)


def test_empty_rows_and_totals_are_not_read(world, project):
    rows = [line(world.school), [], ["", "合计", "", "", 1], ["总计", None, None, None, 1]]
    assert send(world, project, rows).rows == 1


def test_a_code_that_excel_keeps_as_a_number_is_still_the_code(world, project):
    assert send(world, project, [line(world.school, code=int(world.school.code))]).errors == 0


def test_a_townships_former_name_is_known(world, project):
    FormerName.objects.create(
        township=world.school.township, name="示例旧镇", valid_to=dt.date(2020, 1, 1)
    )
    assert send(world, project, [line(world.school, township="示例旧镇")]).errors == 0


def test_replacing_takes_out_what_is_not_listed_and_keeps_the_lines_that_stay(world, project):
    send(world, project, [line(world.school, "七年级", 3), line(world.schools[1], "一年级1班")])
    kept = PlanLine.objects.get(classroom__name="七年级1班").pk
    done = send(world, project, [line(world.school, "七年级", 1)])
    assert (done.added, done.removed) == (0, 3)
    assert rooms(project) == ["示例1小学七年级1班"]
    assert PlanLine.objects.get().pk == kept
    assert ProjectSchool.objects.filter(project=project).count() == 1


def test_classes_that_only_a_slip_brought_into_being_leave_the_register(world, project):
    before = set(Classroom.objects.values_list("name", "school"))
    send(world, project, [line(world.school, "七年级", 60)])
    send(world, project, [line(world.school, "1年级1班")])
    assert set(Classroom.objects.values_list("name", "school")) == before


def test_appending_adds(world, project):
    send(world, project, [line(world.school, "七年级", 2)])
    done = send(world, project, [line(world.school, "八年级", 2)], mode=ImportMode.APPEND)
    assert (done.added, done.removed) == (2, 0)
    assert len(rooms(project)) == 4


@pytest.mark.parametrize("mode", ImportMode.values)
def test_the_same_file_twice_is_one_import(world, project, mode):
    content = xlsx([line(world.school, "七年级", 2)])
    first = send(world, project, content, mode=mode)
    again = send(world, project, content, mode=mode)
    assert again == first
    assert PlanImport.objects.count() == 1
    assert len(rooms(project)) == 2


def test_a_trial_run_judges_and_writes_nothing(world, project):
    table = read_table(
        name="a.xlsx",
        content=xlsx([line(world.school, "七年级", 2)]),
        sheet="附表1",
        columns=list(HEADERS),
    )
    resource = PlanResource(project=project, user=world.person(Role.PROJECT_OFFICE), replace=True)
    result = resource.import_data(table, dry_run=True)
    assert (result.total_rows, result.totals["new"]) == (1, 2)
    assert rooms(project) == []


# --- what is refused, row by row ------------------------------------------------------------
def refusal(world, project, row) -> str:
    """The one sentence about a bad row that stands between two good ones; nothing is imported."""
    good = [line(world.schools[1], "一年级1班"), row, line(world.schools[1], "二年级1班")]
    done = send(world, project, good)
    assert (done.errors, done.added) == (1, 0)
    assert rooms(project) == []
    told = reasons(done)
    assert list(told) == [3]
    return told[3]


def test_an_unknown_code(world, project):
    told = refusal(world, project, line(world.school, code="2199999999"))
    assert told == "本县没有标识码为“2199999999”的学校，请在“学校名录”工作表中核对。"


def test_another_countys_school_reads_like_an_unknown_one(world, project):
    far = make_world(schools=1, county_code="522632").school
    told = refusal(world, project, line(far))
    assert told == f"本县没有标识码为“{far.code}”的学校，请在“学校名录”工作表中核对。"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "请填写学校标识码，可在“学校名录”工作表中查到。"),
        ("2.1529E+09", "学校标识码变成了科学计数，末几位已丢失。"),
        (52310001, "“52310001”不是本县的学校标识码，可能被 Excel 当作数字丢了前面或末尾的数位。"),
        (2.1529e9, "“2152900000”不是本县的学校标识码，可能被 Excel 当作数字丢了前面或末尾的数位。"),
    ],
)
def test_a_code_that_excel_spoiled(world, project, code, words):
    assert words in refusal(world, project, line(world.school, code=code))


def test_a_name_or_township_of_another_school(world, project):
    code = world.school.code
    told = refusal(world, project, line(world.school, name="示例9小学", township="示例2镇"))
    assert told.split("\n") == [
        f"标识码 {code} 的学校名称是“示例1小学”，表中是“示例9小学”。请核对标识码或改正学校名称。",
        f"标识码 {code} 的乡镇是“{world.school.township.name}”，表中是“示例2镇”。请核对标识码或改正乡镇。",
    ]


def test_a_missing_name_is_told(world, project):
    told = refusal(world, project, line(world.school, name=None))
    assert told == f"请填写学校名称：标识码 {world.school.code} 对应“示例1小学”。"


def test_a_closed_school(world, project):
    world.school.closed_on = dt.date(2025, 8, 31)
    world.school.save()
    told = refusal(world, project, line(world.school))
    assert told == "示例1小学已于 2025-08-31 撤并，不能列入计划。"


@pytest.mark.parametrize(
    ("classroom", "count", "words"),
    [
        ("", 1, "请填写班级：一个班（如“三年级2班”）或一个年级（如“七年级”）。"),
        (
            "七年级1班",
            6,
            "“七年级1班”已是一个班，数量只能填 1；整个年级请只写年级，如“七年级”填 6。",
        ),
        ("多媒体教室", 2, "“多媒体教室”不是年级，数量只能填 1；多个班请逐班填写。"),
        (dt.date(2026, 3, 2), 1, "班级被 Excel 变成了日期。"),
        ("班" * 31, 1, "班级名称太长，最多 30 个字。"),
        ("七年级", None, "数量应是 1 到 60 的整数，这一格没有填。"),
        ("七年级", 0, "数量应是 1 到 60 的整数，表中是“0”。"),
        ("七年级", -3, "数量应是 1 到 60 的整数，表中是“-3”。"),
        ("七年级", 2.5, "数量应是 1 到 60 的整数，表中是“2.5”。"),
        ("七年级", 600, "数量应是 1 到 60 的整数，表中是“600”。"),
        ("七年级", "六", "数量应是 1 到 60 的整数，表中是“六”。"),
    ],
)
def test_a_class_or_count_that_makes_no_sense(world, project, classroom, count, words):
    assert words in refusal(world, project, line(world.school, classroom, count))


def test_a_formula_is_not_taken_for_its_result(world, project):
    told = refusal(world, project, line(world.school, "七年级", "=2+4"))
    assert told == "这一格是公式，请复制后“粘贴为数值”。"


def test_rows_that_repeat_each_other(world, project):
    rows = [line(world.school, "七年级", 2), line(world.school, "七年级（2）班")]
    done = send(world, project, rows)
    assert reasons(done) == {3: "“七年级2班”与第 2 行重复。"}


def test_a_class_in_another_unfinished_project(world, project):
    other = make_project(world, name="示例在建项目")
    taken = world.school.classrooms.first()
    told = refusal(world, project, line(world.school, taken.name))
    assert told == f"“{taken.name}”已列入未结项的项目“示例在建项目”。"
    type(other).objects.filter(pk=other.pk).update(
        accepted_on=dt.date(2026, 3, 1), closed_on=dt.date(2026, 3, 2)
    )
    assert send(world, project, [line(world.school, taken.name)]).errors == 0


def test_appending_what_is_there_already_is_told(world, project):
    send(world, project, [line(world.school, "七年级", 2)])
    rows = [line(world.school, "七年级2班"), line(world.school, "七年级3班")]
    done = send(world, project, rows, mode=ImportMode.APPEND)
    assert reasons(done) == {2: "“七年级2班”已在本项目清单中，追加时请只列新增的班。"}
    assert len(rooms(project)) == 2


# --- the marked workbook --------------------------------------------------------------------
def test_the_marks_stand_in_the_senders_own_workbook_and_go_when_it_is_right(world, project):
    book = opened(xlsx([line(world.school), line(world.school, "七年级1班", 6)]))
    page = book["附表1"]
    page["F1"] = "备注"
    rule = DataValidation("list", formula1='"1,2,3"')
    page.add_data_validation(rule)
    rule.add("E2:E9")
    done = send(world, project, saved(book))
    back = opened(done.file.read())
    page = back["附表1"]
    assert [page.cell(1, n).value for n in range(1, 8)] == [*HEADERS, "备注", "问题"]
    assert page["D3"].fill.start_color.rgb == "FFFFC7CE"
    assert page["D2"].fill.fill_type is None
    assert page["G2"].value is None
    assert [str(v.sqref) for v in page.data_validations.dataValidation] == ["E2:E9"]
    page["D3"], page["E3"] = "七年级", 6
    page["D2"] = ""
    again = send(world, project, saved(back))
    page = opened(again.file.read())["附表1"]
    assert page.max_column == 7
    assert page["D3"].fill.fill_type is None
    assert page["D2"].fill.start_color.rgb == "FFFFC7CE"
    assert page["G3"].value is None
    page["D2"] = "一年级1班"
    assert send(world, project, saved(page.parent)).added == 7


def test_a_refused_list_keeps_the_old_one(world, project):
    send(world, project, [line(world.school, "七年级", 2)])
    before = rooms(project)
    assert send(world, project, [line(world.school, "八年级", 2), line(world.school, "")]).errors
    assert rooms(project) == before
    assert not Classroom.objects.filter(name__startswith="八年级").exists()


def test_nothing_is_imported_once_the_plan_is_submitted(world, project):
    send(world, project, [line(world.school, "七年级", project.target_classrooms)])
    submit_plan(project=project, user=world.person(Role.PROJECT_OFFICE))
    with pytest.raises(ValidationError, match="方案已提交审批，不能再改清单"):
        send(world, project, [line(world.school, "八年级", 2)])
    assert len(rooms(project)) == project.target_classrooms
