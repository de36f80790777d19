"""立项: what is refused, what is asked twice, and that both or neither of project and dossier stand."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from documents.models import Dossier, TrailEvent
from procurement.actions.plan import open_project
from procurement.enums import Funder
from procurement.forms import OpenProjectForm
from procurement.models import EquipmentMode, Programme, Project
from registry import clock
from registry.enums import Role
from registry.models import Parameter
from tests.world import make_world

pytestmark = pytest.mark.django_db
SHARES = {"school": "40", "county": "10", "prefecture": "20", "province": "30"}


@pytest.fixture
def world():
    return make_world()


@pytest.fixture(autouse=True)
def _in_march():
    with clock.at(dt.date(2026, 3, 2)):
        yield


def typed(**changes) -> dict:
    """What the project office types for 398 rooms at 23,000 yuan; None leaves a field empty."""
    data = {
        "name": "示例县班班通建设项目",
        "year": "2026",
        "deadline": "2026-10-31",
        "mode": str(EquipmentMode.objects.get(code=2).pk),
        "target_classrooms": "398",
        "budget": "9154000.00",
        "budget_basis": "示例财预〔2026〕1号",
        **{f"percent_{level}": share for level, share in SHARES.items()},
    }
    return {key: value for key, value in (data | changes).items() if value is not None}


def form_of(world, **changes) -> OpenProjectForm:
    user = world.person(Role.PROJECT_OFFICE)
    return OpenProjectForm(typed(**changes), county=world.county, user=user)


def told(form) -> list[str]:
    assert not form.is_valid()
    return [sentence for sentences in form.errors.values() for sentence in sentences]


def test_a_project_stands_with_its_dossier_its_shares_and_its_trail(world):
    form = form_of(world)
    assert form.is_valid(), form.errors
    project = form.save()
    assert project.dossier.number == "522631-2026-01"
    assert (project.budget, project.county) == (Decimal("9154000.00"), world.county)
    assert [str(share) for share in project.funding.all()] == [
        "学校公用经费 40.00%",
        "县级 10.00%",
        "州级 20.00%",
        "省级 30.00%",
    ]
    event = TrailEvent.objects.get(dossier=project.dossier)
    assert event.sentence == "立项“示例县班班通建设项目”：2026年度398个班，预算9,154,000.00元"
    assert not project.approved
    second = form_of(world, name="第二个示例项目")
    assert second.is_valid()
    assert second.save().dossier.number == "522631-2026-02"


def test_a_new_project_is_seen_by_the_county_and_by_the_administrator(world):
    form = form_of(world)
    assert form.is_valid(), form.errors
    project = form.save()
    for role in (Role.LEADING_GROUP, Role.ADMINISTRATOR):
        assert project in Project.objects.visible_to(world.person(role))
    assert project not in Project.objects.visible_to(world.person(Role.SUPPLIER))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"percent_province": "20"}, "各级出资比例合计 90.00%，少 10.00 个百分点，应正好是 100%。"),
        ({"percent_province": "30.01"}, "各级出资比例合计 100.01%，多 0.01 个百分点"),
        ({"percent_school": None}, "请填写学校公用经费的比例；学校不出资的填 0。"),
        ({"percent_county": "-10", "percent_school": "60"}, "比例应在 0 到 100 之间。"),
        ({"budget": "-1"}, "预算金额应大于 0，请按预算批复填写。"),
        ({"target_classrooms": "0"}, "年度任务至少 1 个班。"),
        ({"mode": "999"}, "选择一个有效的选项"),
        ({"budget_basis": " "}, "必填"),
    ],
)
def test_what_cannot_be_is_refused(world, changes, words):
    sentences = told(form_of(world, **changes))
    assert len(sentences) == 1
    assert words in sentences[0]
    assert not Project.objects.exists()
    assert not Dossier.objects.exists()


def test_late_in_the_year_the_next_years_deadline_is_proposed(world):
    user = world.person(Role.PROJECT_OFFICE)
    form = OpenProjectForm(county=world.county, user=user)
    assert form["year"].initial == 2026
    with clock.at(dt.date(2026, 11, 23)):
        form = OpenProjectForm(county=world.county, user=user)
        assert form["year"].initial == 2027
        assert form["deadline"].initial == dt.date(2027, 10, 31)
        assert told(form_of(world)) == ["完成期限 2026-10-31 已经过去，请核对年度和日期。"]


def test_a_deadline_day_the_month_does_not_have_is_its_last_day(world):
    month = Parameter.objects.in_force(clock.today()).get(code="plan.deadline_month")
    Parameter.objects.filter(pk=month.pk).update(value=11)
    form = OpenProjectForm(county=world.county, user=world.person(Role.PROJECT_OFFICE))
    assert form["deadline"].initial == dt.date(2026, 11, 30)


def test_a_level_that_bears_nothing_is_left_out(world):
    form = form_of(world, percent_county=None, percent_school="50")
    assert form.is_valid(), form.errors
    assert form.save().funding.count() == 3
    form = form_of(world, name="学校不出资", percent_school="0", percent_county="50")
    assert form.is_valid(), form.errors


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"deadline": "2026-09-30"},
            "完成期限是 2026-09-30，实施方案一般要求 2026-10-31 前完成两级验收。",
        ),
        ({"budget": "9154002"}, "预算折合每套 23,000.01 元，不在参考价 2 万至 2.3 万元之间。"),
        ({"budget": "7000000"}, "预算折合每套 17,587.94 元，不在参考价 2 万至 2.3 万元之间。"),
    ],
)
def test_what_is_odd_passes_after_a_tick(world, changes, words):
    form = form_of(world, **changes)
    assert told(form) == [words]
    tick = form.fields["warnings"].widget.attrs["value"]
    assert form_of(world, **changes, warnings=tick).is_valid()


def test_a_tick_holds_for_what_was_shown_not_for_the_next_oddity(world):
    form = form_of(world, deadline="2026-09-30")
    told(form)
    tick = form.fields["warnings"].widget.attrs["value"]
    sentences = told(form_of(world, deadline="2026-09-29", warnings=tick))
    assert sentences[0].startswith("完成期限是 2026-09-29")


def programme(world, **changes) -> Programme:
    return Programme.objects.create(
        **{
            "county": world.county,
            "name": "示例总规划",
            "first_year": 2024,
            "last_year": 2026,
            "target_schools": 187,
            "target_classrooms": 1086,
            "done_before": 55,
        }
        | changes
    )


def test_a_target_above_what_the_programme_has_left_is_asked_about(world):
    plan = programme(world, target_classrooms=452)
    sentences = told(form_of(world, programme=str(plan.pk)))
    assert sentences == ["年度任务 398 个班，超过总规划“示例总规划”剩余的 397 个班。"]
    plan = programme(world, name="另一规划", target_classrooms=453)
    assert form_of(world, programme=str(plan.pk)).is_valid()


def test_another_countys_programme_cannot_be_chosen(world):
    far = programme(make_world(county_code="522632"))
    assert "选择一个有效的选项" in told(form_of(world, programme=str(far.pk)))[0]
    with pytest.raises(ValidationError, match="所属总规划不是本县的"):
        opened(world, programme=far)


def opened(world, user=None, **changes) -> Project:
    return open_project(
        **{
            "county": world.county,
            "user": user or world.person(Role.PROJECT_OFFICE),
            "name": "示例项目",
            "year": 2026,
            "deadline": dt.date(2026, 10, 31),
            "mode": EquipmentMode.objects.get(code=2),
            "target_classrooms": 398,
            "budget": Decimal("9154000.00"),
            "budget_basis": "示例财预〔2026〕1号",
            "funding": {Funder(level): Decimal(share) for level, share in SHARES.items()},
        }
        | changes
    )


def test_a_second_click_opens_no_second_project(world):
    opened(world)
    with pytest.raises(ValidationError, match="已有同名项目，没有重复立项"):
        opened(world)
    assert Project.objects.count() == Dossier.objects.count() == 1
    opened(world, year=2027, deadline=dt.date(2027, 10, 31))


def test_a_deadline_that_has_passed(world):
    with pytest.raises(ValidationError, match="完成期限不能早于今天"):
        opened(world, deadline=dt.date(2026, 3, 1))


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.PROJECT_OFFICE])
def test_nobody_but_the_countys_project_office(world, role):
    with pytest.raises(PermissionDenied):
        opened(world, user=world.person(role))


def test_not_the_project_office_of_another_county(world):
    far = make_world(county_code="522632").person(Role.PROJECT_OFFICE)
    with pytest.raises(PermissionDenied):
        opened(world, user=far)
