"""What goes wrong with workflow engines, and does not here."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils.module_loading import autodiscover_modules
from viewflow.workflow import flow, lock
from viewflow.workflow.models import Task
from viewflow.workflow.signals import flow_finished
from viewflow.workflow.status import PROCESS, STATUS

from documents.models import TrailEvent
from registry.enums import Role
from tests.trial.flows import ChildFlow, ErrandFlow, ParentFlow, a_child_ended
from tests.trial.scenes import DOERS, do, make_errand, open_duty, open_steps, start
from tests.world import make_user, make_world
from workflow.actions import carry_out, sweep, transfer, withdraw
from workflow.flows import Flow
from workflow.models import Duty
from workflow.nodes import Step, wake

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def all_flows(base=flow.Flow) -> list[type]:
    autodiscover_modules("flows")
    found = []
    for child in base.__subclasses__():
        found += [child, *all_flows(child)]
    return found


def test_every_flow_takes_the_row_lock_and_waits_for_it():
    """The engine's default is no lock: parallel joins double. Not waiting turns a double click
    into a server error."""
    flows = all_flows()
    assert ErrandFlow in flows
    for each in flows:
        assert issubclass(each, Flow), each
        assert isinstance(each.lock_impl, lock.SelectForUpdateLock), each
        assert each.lock_impl is Flow.lock_impl and not each.lock_impl.nowait, each


def test_no_flow_uses_the_engines_own_timers_jobs_or_open_nodes():
    """A deadline is a duty's; a person's step is a ``Step``, which asks for the role."""
    own = {"start", "step", "wait", "if", "function", "split", "join", "end"}
    for each in all_flows(Flow):
        for node in each.instance.nodes():
            assert getattr(node, "kind", None) in own, node
            assert isinstance(node, Step) == (node.task_type == "HUMAN"), node


# --- one live task, one open duty, one deadline -----------------------------------------------
def live_matches_open(process) -> None:
    """Every live human task has exactly one open duty, and no open duty lacks its live task."""
    live = process.task_set.filter(flow_task_type="HUMAN", finished=None)
    duties = Duty.objects.open().filter(process=process)
    assert sorted(live.values_list("pk", flat=True)) == sorted(
        duties.values_list("task_id", flat=True)
    )
    for duty in duties:
        node = duty.task.flow_task
        assert (duty.due_on is not None) == bool(node.within), duty


def test_one_duty_and_one_deadline_after_a_return(world):
    process = start(world)
    do(world, process, "write")
    do(world, process, "check", decision="return", opinion="重写")
    live_matches_open(process)
    assert Duty.objects.filter(process=process, step="write").count() == 2
    assert open_duty(process, "write").due_on is not None


def test_one_duty_and_one_deadline_after_a_transfer(world):
    process = start(world)
    duty = open_duty(process, "write")
    colleague = make_user("示例同事", Role.TECHNICIAN, world.school)
    transfer(duty=duty, user=world.person(Role.TECHNICIAN), to=colleague, reason="出差")
    live_matches_open(process)
    assert open_duty(process, "write").due_on == duty.due_on


def test_one_duty_and_one_deadline_after_cancel_and_revive(world):
    process = start(world)
    duty = open_duty(process, "write")
    with duty.task.activation() as activation:
        activation.cancel()
    assert open_steps(process) == []
    with duty.task.activation() as activation:
        activation.revive()
    live_matches_open(process)
    again = open_duty(process, "write")
    assert again.pk != duty.pk and again.due_on == duty.due_on


def test_one_duty_and_one_deadline_after_a_withdrawal(world):
    process = start(world)
    duty = open_duty(process, "write")
    do(world, process, "write")
    withdraw(duty=duty, user=world.person(Role.TECHNICIAN), reason="漏填")
    live_matches_open(process)
    assert open_steps(process) == ["write"]


def test_a_cancelled_process_leaves_no_duty(world):
    process = start(world)
    do(world, process, "write", "check")
    ErrandFlow.instance.cancel(process)
    process.refresh_from_db()
    assert process.status == PROCESS.CANCELED
    assert open_steps(process) == []
    live_matches_open(process)


# --- waiting ---------------------------------------------------------------------------------
def test_a_wait_that_is_true_already_needs_no_sweep(world):
    process = start(world, arrived=True)
    do(world, process, "write", "check", "school", "supplier")
    process.refresh_from_db()
    assert process.status == PROCESS.DONE


def with_children(world, number: int):
    parent = make_errand(world)
    for _ in range(number):
        make_errand(world, parent=parent)
    process = ParentFlow.start.run(subject=parent, user=world.person(Role.PROJECT_OFFICE))
    return process, [ChildFlow.process_of(child) for child in parent.children.order_by("pk")]


def finish(world, child) -> None:
    carry_out(duty=open_duty(child, "do"), user=world.person(Role.HEAD))


def test_the_last_child_wakes_the_parent_once(world):
    parent, children = with_children(world, 3)
    for child in children[:-1]:
        finish(world, child)
    parent.refresh_from_db()
    assert parent.status == PROCESS.NEW
    finish(world, children[-1])
    parent.refresh_from_db()
    assert parent.status == PROCESS.DONE
    assert parent.artifact.notes == ["齐"]


def test_without_the_receiver_the_sweep_carries_on(world):
    parent, (child,) = with_children(world, 1)
    flow_finished.disconnect(a_child_ended, sender=ChildFlow)
    try:
        finish(world, child)
    finally:
        flow_finished.connect(a_child_ended, sender=ChildFlow)
    parent.refresh_from_db()
    assert parent.status == PROCESS.NEW
    assert sweep() == 1
    assert sweep() == 0
    parent.refresh_from_db()
    assert parent.status == PROCESS.DONE
    assert parent.artifact.notes == ["齐"]


def test_the_engines_own_sweep_does_the_same(world):
    from viewflow.workflow.timers import fire_due_conditions

    process = start(world)
    do(world, process, "write", "check", "school", "supplier")
    assert fire_due_conditions() == 0
    type(process.artifact).objects.update(arrived=True)
    assert fire_due_conditions() == 1
    process.refresh_from_db()
    assert process.status == PROCESS.DONE


# --- failing ----------------------------------------------------------------------------------
def test_a_failing_function_leaves_the_old_state_whole(world):
    """… and nobody's local variables in any row."""
    process = start(world, arrived=True, broken=True)
    do(world, process, "write", "check", "school")
    events = TrailEvent.objects.count()
    with pytest.raises(RuntimeError, match="归档失败"):
        do(world, process, "supplier")
    process.refresh_from_db()
    assert process.status == PROCESS.NEW
    assert open_steps(process) == ["supplier"]
    assert TrailEvent.objects.count() == events
    assert not Task.objects.filter(status=STATUS.ERROR).exists()
    assert "身份证号" not in "".join(str(data) for data in Task.objects.values_list("data"))
    type(process.artifact).objects.update(broken=False)
    do(world, process, "supplier")
    process.refresh_from_db()
    assert process.status == PROCESS.DONE


def test_a_failing_wake_up_is_tried_again_and_stops_nobody(world, caplog):
    broken, sound = start(world, broken=True), start(world)
    for process in (broken, sound):
        do(world, process, "write", "check", "school", "supplier")
    type(sound.artifact).objects.update(arrived=True)
    assert sweep() == 1
    assert "could not go on" in caplog.text
    broken.refresh_from_db()
    assert broken.status == PROCESS.NEW
    type(sound.artifact).objects.update(broken=False)
    assert sweep() == 1
    broken.refresh_from_db()
    assert broken.status == PROCESS.DONE


# --- who may ----------------------------------------------------------------------------------
def test_nobody_without_the_role_at_that_place_can_act(world):
    """Also not whoever holds the same role at another school or in another county."""
    process = start(world)
    duty = open_duty(process, "write")
    elsewhere = make_world(county_code="522632")
    strangers = [
        user
        for cast in (world, elsewhere)
        for user in cast.people.values()
        if user != world.person(Role.TECHNICIAN)
    ]
    assert world.person(Role.TECHNICIAN, world.schools[1]) in strangers
    for user in strangers:
        assert not duty.task.flow_task.can_execute(user, duty.task), user
        with pytest.raises(PermissionDenied, match="这一步不由您办理"):
            carry_out(duty=duty, user=user, data={"word": "一"})
    assert open_steps(process) == ["write"]


def test_whoever_did_the_earlier_step_may_not_do_this_one(world):
    process = start(world)
    both = make_user("示例兼岗", Role.STATION, world.county)
    both.posts.create(role=Role.TECHNICIAN, school=world.school, valid_from="2020-01-01")
    carry_out(duty=open_duty(process, "write"), user=both, data={"word": "一"})
    with pytest.raises(PermissionDenied, match="不相容岗位分离"):
        carry_out(duty=open_duty(process, "check"), user=both, data={"decision": "pass"})
    assert open_steps(process) == ["check"]


def test_every_door_of_the_engine_asks_for_the_role(world):
    """Were the engine's own pages ever mounted, they would be shut to everybody else."""
    process = start(world)
    task = open_duty(process, "write").task
    allowed = {world.person(Role.TECHNICIAN)}
    for door in ("can_view", "can_assign", "can_execute", "can_unassign"):
        let_in = {u for u in world.people.values() if getattr(task.flow_task, door)(u, task)}
        assert let_in == allowed, door
    managers = {u for u in world.people.values() if ErrandFlow.instance.has_manage_permission(u)}
    assert managers == {world.person(Role.ADMINISTRATOR)}
    stranger = world.person(Role.HEAD, world.schools[1])
    assert not ErrandFlow.instance.has_view_permission(stranger, process)
    assert ErrandFlow.instance.has_view_permission(world.person(Role.HEAD), process)


def test_a_task_cannot_be_reached_through_another_process(world):
    mine, other = start(world), start(world)
    duty = open_duty(mine, "write")
    Duty.objects.filter(pk=duty.pk).update(process=other)
    duty.refresh_from_db()
    with pytest.raises(Duty.DoesNotExist):
        carry_out(duty=duty, user=world.person(Role.TECHNICIAN), data={"word": "一"})
    assert Task.objects.get(pk=duty.task_id).status == STATUS.NEW


def test_waking_a_process_that_waits_for_nothing_is_harmless(world):
    process = start(world)
    assert not wake(process)
    assert open_steps(process) == ["write"]


def test_the_scenes_know_every_step():
    assert {n.name for n in ErrandFlow.steps() if isinstance(n, Step)} == set(DOERS)
