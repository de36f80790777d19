"""Two people at once: one result, one clear message; on SQLite and on PostgreSQL, with real threads."""

import threading

import pytest
from django.db import connection
from viewflow.workflow.status import PROCESS

from documents.models import TrailEvent
from registry.enums import Role
from registry.models import User
from tests.trial.flows import ChildFlow, ParentFlow
from tests.trial.scenes import do, make_errand, open_duty, open_steps, start
from tests.world import make_user, make_world
from workflow.actions import AlreadyDone, carry_out, withdraw
from workflow.models import Duty

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts) -> list:
    """Results of ``acts``, each in its own thread with its own connection; exceptions count as results."""
    gate = threading.Barrier(len(acts))
    results = [None] * len(acts)

    def run(number, act):
        try:
            connection.ensure_connection()
            gate.wait(timeout=30)
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def submit(duty, user, **data):
    """What one browser does: its own look at the person and the duty, then the step."""
    user, duty = User.objects.get(pk=user.pk), Duty.objects.get(pk=duty.pk)
    return lambda: carry_out(duty=duty, user=user, data=data)


def test_a_double_click_is_one_result_and_one_message():
    world = make_world()
    process = start(world)
    duty, user = open_duty(process, "write"), world.person(Role.TECHNICIAN)
    events = TrailEvent.objects.count()
    results = at_once(*[submit(duty, user, word="一")] * 4)
    messages = [r for r in results if isinstance(r, AlreadyDone)]
    assert len(messages) == 3, results
    assert all("没有重复写入" in str(message) for message in messages)
    assert [r.errors for r in results if not isinstance(r, AlreadyDone)] == [{}]
    assert open_steps(process) == ["check"]
    assert TrailEvent.objects.count() == events + 1


def test_two_colleagues_on_one_step_give_one_result():
    world = make_world()
    process = start(world)
    colleague = make_user("示例同事", Role.TECHNICIAN, world.school)
    duty = open_duty(process, "write")
    results = at_once(
        submit(duty, world.person(Role.TECHNICIAN), word="甲"), submit(duty, colleague, word="乙")
    )
    (late,) = [r for r in results if isinstance(r, AlreadyDone)]
    process.refresh_from_db()
    (word,) = type(process.artifact).objects.get().notes
    winner = colleague if word == "乙" else world.person(Role.TECHNICIAN)
    assert f"已由{winner.name}于" in str(late)
    assert Duty.objects.closed().get(process=process, step="write").done_by == winner


def test_two_branches_that_end_at_once_join_once():
    world = make_world()
    for _ in range(3):
        process = start(world)
        do(world, process, "write", "check")
        results = at_once(
            submit(open_duty(process, "school"), world.person(Role.HEAD)),
            submit(open_duty(process, "supplier"), world.person(Role.SUPPLIER)),
        )
        assert [r.errors for r in results] == [{}, {}]
        names = [task.flow_task.name for task in process.task_set.all()]
        assert names.count("meet") == names.count("arrival") == 1


def test_two_children_that_end_at_once_wake_the_parent_once():
    world = make_world()
    parent = make_errand(world)
    for _ in range(2):
        make_errand(world, parent=parent)
    process = ParentFlow.start.run(subject=parent, user=world.person(Role.PROJECT_OFFICE))
    head = world.person(Role.HEAD)
    results = at_once(
        *(
            submit(open_duty(ChildFlow.process_of(child), "do"), head)
            for child in parent.children.all()
        )
    )
    assert [r.errors for r in results] == [{}, {}]
    process.refresh_from_db()
    parent.refresh_from_db()
    assert process.status == PROCESS.DONE
    assert parent.notes == ["齐"]


def test_taking_back_and_going_on_at_once_do_not_both_happen():
    world = make_world()
    process = start(world)
    done, writer = open_duty(process, "write"), world.person(Role.TECHNICIAN)
    do(world, process, "write")
    at_once(
        lambda: withdraw(duty=done, user=writer, reason="漏填"),
        submit(open_duty(process, "check"), world.person(Role.STATION), decision="pass"),
    )
    assert open_steps(process) in (["write"], ["school", "supplier"])
