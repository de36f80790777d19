"""The story bar: the steps of a process, done / now / to come, with dates and people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
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
    """The story of ``process`` in the order its flow declares; two queries."""
    if process is None:
        return []
    duties: dict[str, Duty] = {}
    for duty in (
        Duty.objects.filter(process=process)
        .select_related("assignee", "done_by", "school", "supplier")
        .order_by("pk")
    ):
        duties[duty.step] = duty
    tasks = {task.flow_task.name: task for task in process.task_set.order_by("pk")}
    ended = process.status in (PROCESS.DONE, PROCESS.CANCELED)
    return [
        _step(node, tasks.get(node.name), duties.get(node.name), ended)
        for node in process.flow_class.steps()
    ]


def _step(node, task, duty, ended: bool) -> StoryStep:
    step = StoryStep(title=node.task_title)
    if task is None or task.status in (STATUS.CANCELED, STATUS.REVIVED):
        step.state = "skipped" if ended else "todo"
    elif task.status == STATUS.DONE or isinstance(node, Start):
        step.state = "done"
        done_at = duty.done_at if duty else task.finished
        step.on = timezone.localdate(done_at) if done_at else None
        step.who = duty.done_by.name if duty and duty.done_by else ""
    else:
        step.state = "now"
        if duty:
            step.who, step.due_on, step.url = duty.who, duty.due_on, duty.get_absolute_url()
    return step
