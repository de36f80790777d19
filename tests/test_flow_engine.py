"""The engine: duties open, close and open again with their tasks, and little is written for it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from viewflow.workflow.models import Task
from viewflow.workflow.status import PROCESS, STATUS

from documents.models import TrailEvent
from registry import clock
from registry.access import reach
from registry.calendar import due_on
from registry.enums import Role
from tests.trial.flows import ErrandFlow
from tests.trial.scenes import do, make_errand, open_duty, open_steps, start
from tests.world import make_world
from workflow.actions import AlreadyDone, carry_out
from workflow.models import Duty
from workflow.nodes import wake
from workflow.story import states_of, story_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def told(process) -> list[str]:
    return [f"{step.title} {step.state}" for step in story_of(process)]


def test_the_whole_story_is_told_step_by_step(world):
    process = start(world)
    assert told(process) == [
        "登记 done",
        "填写 now",
        "审核 todo",
        "学校确认 todo",
        "供应商确认 todo",
        "等待到货 todo",
    ]
    do(world, process, "write", "check")
    assert open_steps(process) == ["school", "supplier"]
    do(world, process, "school", "supplier")
    assert told(process)[-1] == "等待到货 now"
    errand = process.artifact
    errand.refresh_from_db()
    errand.arrived = True
    errand.save()
    assert wake(process)
    process.refresh_from_db()
    assert process.status == PROCESS.DONE
    assert set(states_of(process).values()) == {"done"}
    errand.refresh_from_db()
    assert errand.notes == ["一", "归档"]


def test_the_story_names_who_and_when_and_where_to_go(world):
    process = start(world)
    begun, writing, *_ = story_of(process)
    assert begun.who == world.person(Role.PROJECT_OFFICE).name
    assert begun.on == clock.today()
    assert writing.who == f"{world.school.name}学校技术员/资产员"
    assert writing.due_on == due_on("term.plan", county=world.county)
    assert writing.url == open_duty(process, "write").get_absolute_url()


def test_after_a_return_later_steps_are_to_come_again(world):
    process = start(world)
    do(world, process, "write")
    form = do(world, process, "check", decision="return", opinion="缺序列号")
    assert not form.errors
    assert told(process)[1:4] == ["填写 now", "审核 todo", "学校确认 todo"]
    assert open_duty(process, "write").reason == "缺序列号"
    do(world, process, "write")
    assert told(process)[1:3] == ["填写 done", "审核 now"]
    assert open_duty(process, "check").reason == ""


def test_nothing_is_kept_of_a_step_that_is_refused(world):
    """An action's sentence, a field's constraint, the database's constraint: each undoes all."""
    process = start(world)
    rows = Task.objects.count(), Duty.objects.count(), TrailEvent.objects.count()
    for word, sentence in (
        ("拒", "这个词不能用。"),
        ("核", "事项名称不能是“禁”。"),
        ("撞", "没有写入任何内容"),
    ):
        form = do(world, process, "write", word=word)
        assert sentence in str(form.errors)
    assert (Task.objects.count(), Duty.objects.count(), TrailEvent.objects.count()) == rows
    process.refresh_from_db()
    assert process.artifact.notes == []
    assert open_steps(process) == ["write"]


def test_an_empty_field_is_said_at_the_field(world):
    process = start(world)
    form = do(world, process, "write", word="")
    assert list(form.errors) == ["word"]
    assert open_steps(process) == ["write"]


def test_a_step_kept_for_later_stays_open(world):
    process = start(world)
    form = carry_out(
        duty=open_duty(process, "write"),
        user=world.person(Role.TECHNICIAN),
        data={"word": "半"},
        finish=False,
    )
    assert not form.finish
    process = ErrandFlow.process_of(process.artifact)
    assert process.artifact.notes == ["半"]
    assert open_steps(process) == ["write"]


def test_a_second_submission_hears_who_did_it(world):
    process = start(world)
    duty = open_duty(process, "write")
    do(world, process, "write")
    with pytest.raises(AlreadyDone, match=f"已由{world.person(Role.TECHNICIAN).name}于"):
        carry_out(duty=duty, user=world.person(Role.TECHNICIAN), data={"word": "二"})
    assert ErrandFlow.process_of(process.artifact).artifact.notes == ["一"]


def test_only_the_role_starts_a_process(world):
    errand = make_errand(world)
    with pytest.raises(PermissionDenied):
        ErrandFlow.start.run(subject=errand, user=world.person(Role.HEAD))
    assert ErrandFlow.process_of(errand) is None


def test_inbox_done_and_started(world):
    process = start(world)
    writer = world.person(Role.TECHNICIAN)
    assert [d.step for d in Duty.objects.inbox(writer)] == ["write"]
    do(world, process, "write")
    assert not Duty.objects.inbox(writer).exists()
    assert [d.step for d in Duty.objects.finished_by(writer)] == ["write"]
    assert [d.step for d in Duty.objects.started_by(world.person(Role.PROJECT_OFFICE))] == ["start"]


def test_tasks_are_closed_with_their_times(world):
    process = start(world)
    do(world, process, "write", "check")
    for task in process.task_set.filter(status=STATUS.DONE):
        assert task.created <= task.finished <= clock.now(), task


def _queries(act) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_how_many_statements_a_step_takes(world):
    """Savepoint, the lock (PostgreSQL only), duty, errand · the form's own three · close, open ·
    release. PostgreSQL takes what belongs together in one message."""
    process = start(world)
    duty, user = open_duty(process, "write"), world.person(Role.TECHNICIAN)
    reach(user)
    # close: task, duty; open: task, link, duty
    plain = {"sqlite": 12, "postgresql": 10}
    assert (
        _queries(lambda: carry_out(duty=duty, user=user, data={"word": "一"}))
        == plain[connection.vendor]
    )
    duty, user = open_duty(process, "check"), world.person(Role.STATION)
    reach(user)
    # besides: four eyes; fork, split and a second branch, each a task with its link
    forked = {"sqlite": 20, "postgresql": 14}
    assert (
        _queries(lambda: carry_out(duty=duty, user=user, data={"decision": "pass"}))
        == forked[connection.vendor]
    )
