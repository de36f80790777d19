"""How the engine's rows are written: at once, or collected and written together (``workflow.bulk``).

A step writes five to ten rows of always the same shape. Their statements are put together once
instead of by the ORM each time, which was half of a step's time. Values still go through the
fields; Django's ``save`` signals are not sent for these rows, the engine's own signals are.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import cache

from django.db import connection
from viewflow.workflow.models import Process, Task

from workflow.models import Duty

Link = Task.previous.through
STATE = ("status", "owner", "assigned", "started", "finished")
END = ("status", "finished")


@cache
def _insert_sql(model) -> tuple[str, list]:
    fields = [f for f in model._meta.local_concrete_fields if not f.primary_key]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    places = ", ".join(["%s"] * len(fields))
    table, key = model._meta.db_table, model._meta.pk.column
    return f'INSERT INTO "{table}" ({columns}) VALUES ({places}) RETURNING "{key}"', fields


@cache
def _update_sql(model, names: tuple[str, ...]) -> tuple[str, list]:
    fields = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f'"{f.column}" = %s' for f in fields)
    return (
        f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "{model._meta.pk.column}" = %s',
        fields,
    )


def _values(row, fields) -> list:
    return [f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields]


def insert(row) -> None:
    """Insert a new row and learn its number."""
    sql, fields = _insert_sql(type(row))
    with connection.cursor() as cursor:
        cursor.execute(sql, _values(row, fields))
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


def update(row, names: tuple[str, ...]) -> None:
    """Write the named columns of a row."""
    sql, fields = _update_sql(type(row), names)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*_values(row, fields), row.pk])


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
