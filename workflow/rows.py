"""How the engine's rows are written: each as soon as it is known, no column that did not change,
rows that belong together in one message where the database takes it.

Django's ``save`` signals are not sent for these rows, the engine's own signals are.
"""

from __future__ import annotations

from viewflow.workflow.models import Process, Task

from registry.prepared import insert, update
from workflow.models import Duty

Link = Task.previous.through
STATE = ("status", "owner", "assigned", "started", "finished")


def insert_process(process: Process) -> None:
    insert(process)


def end_process(process: Process) -> None:
    update((process, ("status", "finished")))


def insert_task(task: Task, previous: Task | None, duty: Duty | None = None) -> None:
    """A new task with its link to the one before and, for a person's step, its duty."""
    link = Link(from_task=task, to_task_id=previous.pk) if previous is not None else None
    insert(*(row for row in (task, link, duty) if row is not None))


def insert_duty(duty: Duty) -> None:
    insert(duty)


def link(task: Task, previous: Task) -> None:
    insert(Link(from_task=task, to_task_id=previous.pk))


def update_task(task: Task) -> None:
    update((task, STATE))


def close(task: Task, **values) -> None:
    """A finished or cancelled task, with what its duty says of it."""
    duty = getattr(task, "open_duty", None) or Duty.objects.get(task_id=task.pk)
    for name, value in values.items():
        setattr(duty, name, value)
    update((task, STATE), (duty, tuple(values)))
