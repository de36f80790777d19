"""How the engine's rows are written: at once, or collected and written together (``workflow.bulk``).

Django's ``save`` signals are not sent for these rows, the engine's own signals are.
"""

from __future__ import annotations

from contextvars import ContextVar

from viewflow.workflow.models import Process, Task

from registry.prepared import insert, update
from workflow.models import Duty

Link = Task.previous.through
STATE = ("status", "owner", "assigned", "started", "finished")
END = ("status", "finished")


class AtOnce:
    """Each row as soon as it is known: one statement a row, no column that did not change."""

    deferred = False

    def insert_process(self, process: Process) -> None:
        insert(process)

    def end_process(self, process: Process) -> None:
        update(process, END)

    def insert_task(self, task: Task, previous: Task | None = None) -> None:
        task.process_id = task.process.pk
        insert(task)
        if previous is not None:
            self.link(task, previous)

    def link(self, task: Task, previous: Task) -> None:
        insert(Link(from_task_id=task.pk, to_task_id=previous.pk))

    def update_task(self, task: Task) -> None:
        update(task, STATE)

    def insert_duty(self, duty: Duty) -> None:
        insert(duty)

    def close_duty(self, task: Task, **values) -> None:
        duty = getattr(task, "open_duty", None)
        if duty is None:
            Duty.objects.filter(task_id=task.pk).update(**values)
            return
        for name, value in values.items():
            setattr(duty, name, value)
        update(duty, tuple(values))

    def signal(self, signal, activation) -> None:
        signal.send(sender=activation.flow_class, process=activation.process, task=activation.task)


_rows: ContextVar[AtOnce] = ContextVar("rows", default=AtOnce())  # noqa: B039 it holds no state


def rows() -> AtOnce:
    """The present way of writing."""
    return _rows.get()
