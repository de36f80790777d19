"""履约验收 of the whole contract, and rooms that a change order takes out."""

import pytest
from acceptance_walk import SchoolWalk
from django.core.exceptions import ValidationError

from acceptance.actions import approve_change, conclude_contract
from acceptance.flows import give_up
from acceptance.forms import ContractAcceptanceForm
from acceptance.models import RoomPass
from acceptance.rooms import tally
from documents.models import Paper
from procurement.actions.change import propose_change
from procurement.models import Approval, ProjectSchool
from registry import clock
from registry.enums import Role
from tests.world import make_contract, make_world
from workflow.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = make_world()
    project = make_contract(world).project
    Approval.objects.create(
        project=project,
        planned_by=world.person(Role.PROJECT_OFFICE),
        decided_by=world.person(Role.LEADING_GROUP),
        decided_at=clock.now(),
        approved=True,
    )
    return world


def schools():
    return list(ProjectSchool.objects.order_by("pk"))


def conclude(world, project):
    initial = ContractAcceptanceForm(None, subject=project, user=world.person(Role.PROJECT_OFFICE))
    data = {
        name: initial.get_initial_for_field(f, name) or "" for name, f in initial.fields.items()
    }
    data |= {"organised": "自行组织", "members": "示例甲 县教育局 主任\n示例乙 县财政局"}
    return conclude_contract(project=project, user=world.person(Role.PROJECT_OFFICE), **data)


def take_out(world, line):
    change = propose_change(
        plan_line=line, user=world.person(Role.PROJECT_OFFICE), reason="班级撤并"
    )
    return approve_change(change=change, user=world.person(Role.LEADING_GROUP))


def test_all_schools_done(world):
    for school in schools():
        SchoolWalk(world, school).to_the_end()
    project = schools()[0].project
    row = conclude(world, project)
    project.refresh_from_db()
    assert project.accepted_on == row.concluded_on
    data = Paper.objects.get(kind="contract_acceptance").data
    assert [(i["planned"], i["delivered"], i["passed"]) for i in data["items"]] == [(4, 4, 4)] * 3
    assert data["accepted_amount"] == "86000.00"
    assert data["members"][1] == {"name": "示例乙", "unit": "县财政局", "title": ""}


def test_not_while_a_room_waits(world):
    one, _ = schools()
    SchoolWalk(world, one).to_the_end()
    with pytest.raises(ValidationError, match="2 个班没有通过县级验收，1 所学校没有办完移交"):
        conclude(world, one.project)
    assert not Paper.objects.filter(kind="contract_acceptance").exists()


def test_a_room_taken_out_is_not_waited_for(world):
    one, other = schools()
    SchoolWalk(world, one).to_the_end()
    for line in other.lines.all():
        take_out(world, line)
    conclude(world, one.project)
    data = Paper.objects.get(kind="contract_acceptance").data
    assert [i["planned"] for i in data["items"]] == [2, 2, 2]
    assert data["accepted_amount"] == "43000.00"


def test_a_failed_room_may_be_taken_out_and_the_story_goes_on(world):
    walk = SchoolWalk(world, schools()[0]).to("inspect_county")
    room = walk.school.lines.first()
    data = walk.verdicts("county", fail={(room.pk, "use")}) | {
        "signature": walk.data_of("inspect_county")["signature"]
    }
    assert not walk.do("inspect_county", **data).errors
    take_out(world, room)
    walk.to_the_end()
    count = tally(walk.school)
    assert (count.planned, count.passed, count.changed) == (1, 1, 1)


def test_a_passed_room_is_not_taken_out(world):
    walk = SchoolWalk(world, schools()[0]).to("offer_handover")
    room = RoomPass.objects.filter(plan_line__project_school=walk.school).first().plan_line
    with pytest.raises(ValidationError, match="已通过县级验收"):
        take_out(world, room)


def test_not_in_the_middle_of_a_round(world):
    walk = SchoolWalk(world, schools()[0]).to("inspect_school")
    room = walk.school.lines.first()
    walk.do("inspect_school", finish=False, **{f"verdict-{room.pk}-training": "pass"})
    with pytest.raises(ValidationError, match="正在验收"):
        take_out(world, room)


def test_a_school_without_rooms_left_is_given_up(world):
    walk = SchoolWalk(world, schools()[0])
    first, second = walk.school.lines.all()
    take_out(world, first)
    assert not give_up(walk.school)
    take_out(world, second)
    assert give_up(walk.school)
    assert not Duty.objects.open().filter(process=walk.process).exists()
    assert walk.process.status == "CANCELED"
    assert not give_up(walk.school)
