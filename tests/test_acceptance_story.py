"""A school's whole story by its steps: straight through, with failures, with returns, by the right people."""

import pytest
from acceptance_walk import SchoolWalk, drawn

from acceptance.enums import Level
from acceptance.models import Defect, Handover, Inspection, RoomPass, StationReview
from acceptance.rooms import room_states, tally
from documents.models import Paper
from registry.enums import Role
from registry.models import Post
from tests.world import make_contract, make_world
from workflow.actions import AlreadyDone, carry_out
from workflow.story import story_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = make_world()
    make_contract(world)
    return world


@pytest.fixture
def walk(world):
    return SchoolWalk(world)


def first_room(walk) -> int:
    return walk.school.lines.order_by("pk").first().pk


def test_straight_through(walk):
    walk.to_the_end()
    assert walk.process.status == "DONE"
    assert Handover.objects.get(project_school=walk.school).completed_on
    count = tally(walk.school)
    assert (count.planned, count.passed) == (2, 2)
    signed = {
        (paper.kind, signature.role)
        for paper in Paper.objects.filter(school=walk.school.school)
        for signature in paper.signatures.all()
    }
    assert signed == {
        ("school_acceptance", "校长"),
        ("school_acceptance", "装备站"),
        ("county_inspection", "县级验收组组长"),
        ("handover", "移交人"),
        ("handover", "接收人"),
        ("handover", "监交人"),
    }


def test_site_and_installation_go_side_by_side(walk):
    assert walk.open_steps() == ["prepare_site", "install"]
    assert not walk.do("install").errors
    assert walk.open_steps() == ["prepare_site"]
    assert not walk.do("prepare_site").errors
    assert walk.open_steps() == ["train"]


def test_a_site_without_power_is_not_ready(walk):
    data = walk.data_of("prepare_site") | {"power": ""}
    assert "电源" in str(walk.do("prepare_site", **data).errors)
    assert "prepare_site" in walk.open_steps()


def test_what_the_school_fails_is_rectified_and_only_that_is_inspected_again(walk):
    walk.to("inspect_school")
    room = first_room(walk)
    data = walk.verdicts(Level.SCHOOL, fail={(room, "workmanship")})
    assert not walk.do("inspect_school", **data).errors
    assert walk.open_steps() == ["rectify_school"]
    assert tally(walk.school).to_rectify == 1
    assert walk.duty("rectify_school").due_on == Defect.objects.get().due_on

    assert "没有整改" in str(walk.do("rectify_school", **{"words-0": ""}).errors)
    assert not walk.do("rectify_school").errors
    again = walk.verdicts(Level.SCHOOL, again=True)
    assert [key for key in again if key.startswith("verdict")] == [f"verdict-{room}-workmanship"]
    assert not walk.do("reinspect_school", **again).errors
    assert walk.open_steps() == ["sign_head"]
    assert Defect.objects.get().state == "已销号"
    assert tally(walk.school).to_rectify == 0


def test_a_failed_reinspection_goes_round_once_more_and_keeps_the_first_verdict(walk):
    walk.to("inspect_county")
    room = first_room(walk)
    fail = {(room, "use")}
    data = walk.verdicts(Level.COUNTY, fail=fail) | {"signature": drawn()}
    assert not walk.do("inspect_county", **data).errors
    assert RoomPass.objects.exclude(plan_line=room).count() == 1
    assert not walk.do("rectify_county").errors
    again = walk.verdicts(Level.COUNTY, again=True, fail=fail, remark="钥匙仍无人保管")
    assert not walk.do("reinspect_county", **again, signature=drawn()).errors
    assert walk.open_steps() == ["rectify_county"]
    walk.to_the_end()

    rounds = Inspection.objects.filter(project_school=walk.school, level=Level.COUNTY)
    assert [(r.round, r.results.count()) for r in rounds] == [(1, 6), (2, 1), (3, 1)]
    assert [d.state for d in Defect.objects.order_by("pk")] == ["复验仍不合格", "已销号"]
    assert RoomPass.objects.get(plan_line=room).inspection.round == 3
    papers = Paper.objects.filter(kind="county_inspection").order_by("pk")
    assert [p.data["summary"]["failed"] for p in papers] == [1, 1, 0]


def test_the_station_returns_the_form_and_a_new_version_is_signed(walk):
    walk.to("review_station")
    assert not walk.do("review_station", decision="return", opinion="培训签到不全").errors
    assert walk.duty("inspect_school").reason == "培训签到不全"
    assert walk.open_steps() == ["inspect_school"]
    walk.to_the_end()
    versions = Paper.objects.filter(kind="school_acceptance").order_by("version")
    assert [p.signatures.count() for p in versions] == [1, 2]
    assert [r.passed for r in StationReview.objects.order_by("pk")] == [False, True]


def test_a_return_without_reason_is_refused(walk):
    walk.to("review_station")
    assert "原因" in str(walk.do("review_station", decision="return", opinion=" ").errors)
    assert walk.open_steps() == ["review_station"]


def test_the_head_may_send_it_back(walk):
    walk.to("sign_head")
    assert not walk.do("sign_head", refuse="1", opinion="二班白板有划痕").errors
    assert walk.duty("inspect_school").reason == "二班白板有划痕"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "不是这个口令"}, "password"),
        ({"signature": ""}, "signature"),
        ({"training": ""}, "training"),
    ],
)
def test_the_head_signs_whole_or_not_at_all(walk, change, field):
    walk.to("sign_head")
    form = walk.do("sign_head", **(walk.data_of("sign_head") | change))
    assert field in form.errors
    assert not Paper.objects.get(kind="school_acceptance").signatures.exists()
    assert walk.open_steps() == ["sign_head"]


def test_something_that_is_no_picture_is_no_signature(walk):
    walk.to("sign_head")
    form = walk.do(
        "sign_head", **(walk.data_of("sign_head") | {"signature": "data:image/png;base64,AAAA"})
    )
    assert "手写签名没有读出来" in str(form.errors)
    assert walk.open_steps() == ["sign_head"]


def test_a_double_click_signs_once(walk):
    walk.to("sign_head")
    duty, head = walk.duty("sign_head"), walk.person(Role.HEAD)
    data = walk.data_of("sign_head")
    assert not carry_out(duty=duty, user=head, data=data).errors
    with pytest.raises(AlreadyDone, match="校长签章"):
        carry_out(duty=duty, user=head, data=data)
    assert Paper.objects.get(kind="school_acceptance").signatures.count() == 1


def test_nobody_signs_a_handover_twice(walk, world):
    walk.to("hand_over_supplier")
    both = walk.person(Role.SUPPLIER)
    Post.objects.create_for(
        both,
        Role.STATION,
        world.county,
        valid_from=world.person(Role.STATION).posts.first().valid_from,
    )
    assert not walk.do("hand_over_supplier").errors
    from django.core.exceptions import PermissionDenied

    del both.reach
    with pytest.raises(PermissionDenied, match="不相容岗位"):
        walk.do("hand_over_station", user=both)
    assert not walk.do("hand_over_school").errors
    assert Handover.objects.get().completed_on is None
    assert not walk.do("hand_over_station").errors
    assert Handover.objects.get().completed_on is not None


def test_the_story_bar_reads_from_start_to_end(walk):
    walk.to("sign_head")
    titles = {step.title: step.state for step in story_of(walk.process)}
    assert list(titles) == [
        "启动实施",
        "场地准备",
        "到货安装",
        "培训",
        "学校验收",
        "校长签章",
        "装备站审核",
        "县级验收",
        "移交申请",
        "移交人签字",
        "接收人签字",
        "监交人签字",
    ]
    assert titles["学校验收"] == "done"
    assert titles["校长签章"] == "now"
    assert titles["县级验收"] == "todo"


def test_two_schools_do_not_wait_for_one_another(world):
    one, other = (SchoolWalk(world, ps) for ps in make_schools())
    one.to("inspect_county")
    assert other.open_steps() == ["prepare_site", "install"]
    states = set(room_states(other.school.lines.all()).values_list("room_state", flat=True))
    assert states == {"not_arrived"}


def make_schools():
    from procurement.models import ProjectSchool

    return list(ProjectSchool.objects.order_by("pk"))
