"""The story bar: the steps of a process, done / now / to come, with dates and people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from viewflow.workflow.status import PROCESS, STATUS

from registry import clock
from workflow.models import Duty
from workflow.nodes import Start


@dataclass
class StoryStep:
    """One step as the bar shows it; ``state`` is done, now, todo or skipped."""

    title: str
    state: str = "todo"
    who: str = ""
    on: dt.date | None = None
    due_on: dt.date | None = None
    url: str = ""

    @property
    def overdue(self) -> bool:
        return self.state == "now" and self.due_on is not None and self.due_on < clock.today()


def story_of(process) -> list[StoryStep]:
    """The story of ``process`` in the order its flow declares; two queries.

    What was done before a step came back is told as still to come, since it will be done again.
    A detour is told once it was taken.
    """
    if process is None or process.flow_class is None:
        return []
    duties = {
        duty.step: duty
        for duty in Duty.objects.filter(process=process)
        .select_related("assignee", "done_by", "school__township", "supplier")
        .order_by("pk")
    }
    tasks = _latest_tasks(process)
    again = _to_be_done_again(process.flow_class, tasks)
    ended = process.status in (PROCESS.DONE, PROCESS.CANCELED)
    return [
        _step(node, None if node.name in again else tasks.get(node.name), duties, ended)
        for node in process.flow_class.steps()
        if node.name in tasks or not getattr(node, "detour", False)
    ]


def states_of(process) -> dict[str, str]:
    """Node name -> done, now or todo, for every kind of node; one query."""
    tasks = _latest_tasks(process)
    again = _to_be_done_again(process.flow_class, tasks)
    return {name: "todo" if name in again else _state(task) for name, task in tasks.items()}


def _state(task) -> str:
    if task.status == STATUS.DONE:
        return "done"
    return "todo" if task.status in (STATUS.CANCELED, STATUS.REVIVED) else "now"


def _latest_tasks(process) -> dict:
    return {t.flow_task.name: t for t in process.task_set.order_by("pk") if t.flow_task}


def _to_be_done_again(flow_class, tasks: dict) -> set[str]:
    """Names of closed steps that lie ahead of a live step and are older than it."""
    return {
        name
        for live in tasks.values()
        if live.finished is None
        for name in flow_class.ahead_of(live.flow_task.name)
        if name in tasks and tasks[name].finished and tasks[name].pk < live.pk
    }


def _step(node, task, duties: dict, ended: bool) -> StoryStep:
    step, duty = StoryStep(title=node.task_title), duties.get(node.name)
    if task is None or task.status in (STATUS.CANCELED, STATUS.REVIVED):
        step.state = "skipped" if ended else "todo"
    elif task.status == STATUS.DONE or isinstance(node, Start):
        step.state = "done"
        done_at = duty.done_at if duty else task.finished
        step.on = clock.local(done_at).date() if done_at else None
        step.who = duty.done_by.name if duty and duty.done_by else ""
    else:
        step.state = "now"
        if duty:
            step.who, step.due_on, step.url = duty.who, duty.due_on, duty.get_absolute_url()
    return step
