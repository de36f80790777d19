"""How the engine's rows are written: at once, or collected and written together (``workflow.bulk``)."""

from __future__ import annotations

from contextvars import ContextVar

from viewflow.workflow.models import Task

from workflow.models import Duty

Link = Task.previous.through
STATE = ["status", "owner", "assigned", "started", "finished"]


class AtOnce:
    """Each row as soon as it is known: one statement a row, no column that did not change."""

    deferred = False

    def insert_process(self, process) -> None:
        process.save(force_insert=True)

    def end_process(self, process) -> None:
        process.save(update_fields=["status", "finished"])

    def insert_task(self, task, previous=None) -> None:
        task.save(force_insert=True)
        if previous is not None:
            self.link(task, previous)

    def link(self, task, previous) -> None:
        Link(from_task_id=task.pk, to_task_id=previous.pk).save(force_insert=True)

    def update_task(self, task) -> None:
        task.save(update_fields=STATE)

    def insert_duty(self, duty: Duty) -> None:
        duty.save(force_insert=True)

    def close_duty(self, task, **values) -> None:
        Duty.objects.filter(task_id=task.pk).update(**values)

    def signal(self, signal, activation) -> None:
        signal.send(sender=activation.flow_class, process=activation.process, task=activation.task)


_rows: ContextVar[AtOnce] = ContextVar("rows", default=AtOnce())  # noqa: B039 it holds no state


def rows() -> AtOnce:
    """The present way of writing."""
    return _rows.get()
