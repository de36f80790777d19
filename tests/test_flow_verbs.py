"""转办, 催办, 撤回."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from documents.models import TrailEvent
from registry import clock
from registry.enums import Role
from tests.trial.scenes import do, open_duty, open_steps, start
from tests.world import make_user, make_world
from workflow.actions import AlreadyDone, can_withdraw, carry_out, transfer, urge, withdraw
from workflow.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def process(world):
    return start(world)


def last_words() -> str:
    return TrailEvent.objects.order_by("pk").last().sentence


# --- transfer ---------------------------------------------------------------------------------
def test_a_transferred_duty_is_the_colleagues_alone(world, process):
    duty, giver = open_duty(process, "write"), world.person(Role.TECHNICIAN)
    colleague = make_user("示例同事", Role.TECHNICIAN, world.school)
    transfer(duty=duty, user=giver, to=colleague, reason="出差一周")
    assert list(Duty.objects.inbox(colleague)) == [duty]
    assert not Duty.objects.inbox(giver).exists()
    assert last_words() == "将“填写”转给示例同事办理：出差一周"
    with pytest.raises(PermissionDenied):
        carry_out(duty=duty, user=giver, data={"word": "一"})
    carry_out(duty=duty, user=colleague, data={"word": "一"})
    assert open_steps(process) == ["check"]


def test_a_duty_goes_only_to_the_same_role_at_the_same_place(world, process):
    duty, giver = open_duty(process, "write"), world.person(Role.TECHNICIAN)
    for to in (world.person(Role.TECHNICIAN, world.schools[1]), world.person(Role.HEAD)):
        with pytest.raises(ValidationError, match="没有“学校技术员/资产员”岗位"):
            transfer(duty=duty, user=giver, to=to, reason="出差")
    with pytest.raises(ValidationError, match="不能转办给自己"):
        transfer(duty=duty, user=giver, to=giver, reason="出差")
    with pytest.raises(PermissionDenied):
        transfer(duty=duty, user=world.person(Role.HEAD), to=giver, reason="出差")
    assert open_duty(process, "write").assignee is None


def test_a_duty_does_not_go_to_whoever_did_the_step_before(world, process):
    both = make_user("示例兼岗", Role.STATION, world.county)
    both.posts.create(role=Role.TECHNICIAN, school=world.school, valid_from="2020-01-01")
    carry_out(duty=open_duty(process, "write"), user=both, data={"word": "一"})
    with pytest.raises(ValidationError, match="不相容岗位分离"):
        transfer(
            duty=open_duty(process, "check"),
            user=world.person(Role.STATION),
            to=both,
            reason="出差",
        )


def test_a_finished_duty_is_not_transferred(world, process):
    duty = open_duty(process, "write")
    do(world, process, "write")
    colleague = make_user("示例同事", Role.TECHNICIAN, world.school)
    with pytest.raises(AlreadyDone):
        transfer(duty=duty, user=world.person(Role.TECHNICIAN), to=colleague, reason="出差")


# --- urge -------------------------------------------------------------------------------------
def test_a_duty_is_urged_once_a_day(world, process):
    duty, office = open_duty(process, "write"), world.person(Role.PROJECT_OFFICE)
    urge(duty=duty, user=office)
    assert last_words() == f"催办“填写”（{world.school.name}学校技术员/资产员）"
    with pytest.raises(ValidationError, match="今天已经催办过"):
        urge(duty=duty, user=office)
    with clock.at(clock.today() + dt.timedelta(days=1)):
        assert urge(duty=duty, user=office).urged_at
    do(world, process, "write")
    with pytest.raises(AlreadyDone):
        urge(duty=duty, user=office)


# --- withdraw ---------------------------------------------------------------------------------
def test_a_withdrawn_step_is_open_again_and_what_it_wrote_is_undone(world, process):
    duty, writer = open_duty(process, "write"), world.person(Role.TECHNICIAN)
    do(world, process, "write")
    assert can_withdraw(duty=duty, user=writer)
    with clock.at(clock.today() + dt.timedelta(days=2)):
        again = withdraw(duty=duty, user=writer, reason="漏填一项")
    assert open_steps(process) == ["write"]
    assert again.due_on == duty.due_on, "taking back buys no time"
    process.refresh_from_db()
    assert type(process.artifact).objects.get().notes == []
    assert last_words() == "撤回“填写”：漏填一项"
    do(world, process, "write", "check", "school", "supplier")
    assert open_steps(process) == []


def test_a_withdrawal_is_refused_once_somebody_went_on(world, process):
    duty, writer = open_duty(process, "write"), world.person(Role.TECHNICIAN)
    do(world, process, "write", "check")
    assert not can_withdraw(duty=duty, user=writer)
    with pytest.raises(ValidationError, match="后面的“审核”已经办理"):
        withdraw(duty=duty, user=writer, reason="漏填")
    assert open_steps(process) == ["school", "supplier"]


def test_only_the_doer_withdraws_and_only_once(world, process):
    duty, writer = open_duty(process, "write"), world.person(Role.TECHNICIAN)
    with pytest.raises(ValidationError, match="没有办结"):
        withdraw(duty=duty, user=writer, reason="漏填")
    do(world, process, "write")
    with pytest.raises(PermissionDenied):
        withdraw(duty=duty, user=world.person(Role.HEAD), reason="漏填")
    withdraw(duty=duty, user=writer, reason="漏填")
    with pytest.raises(ValidationError, match="已经撤回"):
        withdraw(duty=duty, user=writer, reason="漏填")


def test_a_step_that_is_not_reversible_offers_nothing(world, process):
    do(world, process, "write")
    duty = open_duty(process, "check")
    do(world, process, "check")
    assert not can_withdraw(duty=duty, user=world.person(Role.STATION))
    with pytest.raises(ValidationError, match="办结后不能撤回"):
        withdraw(duty=duty, user=world.person(Role.STATION), reason="看错")
