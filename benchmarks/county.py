"""A large county from a small one: every school with all that happened to it, copied many times.

The small county is walked step by step; copying its rows in the database keeps the proportions of
a real one (rooms a school, duties a stage, papers and trail a step) at a size that walking would
take an hour to reach. Only for measuring: the copies share their project, people and supplier.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import BigIntegerField, Case, CharField, F, IntegerField, Value, When
from django.db.models import ExpressionWrapper as Typed
from django.db.models.functions import Cast, Concat, StrIndex, Substr
from viewflow.workflow.models import Process

from documents.trail import thread_of
from registry.models import School

Copied = dict[type[models.Model], set[int]]


@transaction.atomic
def multiply(times: int) -> None:
    """Have each school ``times`` times; the first time is the one that is there."""
    copied = _what_hangs_on_schools()
    step = 1 + max(max(pks) for pks in copied.values())
    threads = _threads(copied)
    with connection.cursor() as cursor, _sleeping_triggers(cursor):
        for number in range(1, times):
            for model, pks in copied.items():
                _copy(cursor, model, pks, copied, threads, number, number * step)


@contextmanager
def _sleeping_triggers(cursor) -> Iterator[None]:
    """A finished round takes no more results, which is just what copying adds to it."""
    if connection.vendor == "postgresql":
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        return
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
    yield
    for _, sql in triggers:
        cursor.execute(sql)


def _what_hangs_on_schools() -> Copied:
    """Each model's rows that are about a school: the schools, and what refers to such a row."""
    copied: Copied = {School: set(School.objects.values_list("pk", flat=True))}
    found = -1
    while found != sum(map(len, copied.values())):
        found = sum(map(len, copied.values()))
        for model in apps.get_models(include_auto_created=True):
            if model._meta.label in ("registry.Post", "registry.User") or model is School:
                continue
            pks = _artifacts(copied) if model is Process else set()
            for key in _keys(model):
                if key.related_model in copied:
                    seen = {f"{key.attname}__in": copied[key.related_model]}
                    pks |= set(model._base_manager.filter(**seen).values_list("pk", flat=True))
            if pks:
                copied[model] = pks
    return copied


def _keys(model) -> list[models.ForeignKey]:
    return [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]


def _artifacts(copied: Copied) -> set[int]:
    """The processes whose subject is copied."""
    pks: set[int] = set()
    for model, rows in copied.items():
        kind = ContentType.objects.get_for_model(model)
        found = Process.objects.filter(artifact_content_type=kind, artifact_object_id__in=rows)
        pks |= set(found.values_list("pk", flat=True))
    return pks


def _threads(copied: Copied) -> set[str]:
    return {thread_of(model(pk=pk)) for model, pks in copied.items() for pk in pks}


def _copy(cursor, model, pks: set[int], copied: Copied, threads, number: int, off: int) -> None:
    """One statement: the rows of ``pks`` again, keys moved by ``off``, unique texts told apart."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    values = {
        f"new_{field.attname}": _value(field, copied, threads, number, off) for field in fields
    }
    rows = model._base_manager.order_by().filter(pk__in=pks).annotate(**values)
    sql, params = rows.values_list(*values).query.sql_with_params()
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({columns}) {sql}", params)


def _value(field, copied: Copied, threads: set[str], number: int, off: int):
    name = field.attname
    if field.primary_key or name == "artifact_object_id":
        return _moved(name, off)
    if isinstance(field, models.ForeignKey) and field.related_model in copied:
        moved = {f"{name}__in": copied[field.related_model]}
        return Case(When(**moved, then=_moved(name, off)), default=_moved(name, 0))
    if name == "thread":
        return Case(When(thread__in=threads, then=_moved_thread(off)), default=F(name))
    if _tells_apart(field):
        return _renamed(field, number)
    return F(name)


def _renamed(field, number: int):
    """A text with the copy's number; a code as short as its column has it in place of its head."""
    if field.max_length > 12:
        return Concat(F(field.attname), Value(f"-{number}"), output_field=CharField())
    head = f"{chr(ord('A') + number // 10)}{number % 10}"
    return Concat(Value(head), Substr(field.attname, 3), output_field=CharField())


def _moved(name: str, off: int):
    return Typed(F(name) + off, output_field=BigIntegerField())


def _moved_thread(off: int):
    colon = StrIndex("thread", Value(":"))
    key = Cast(Substr("thread", colon + 1), IntegerField()) + off
    return Concat(Substr("thread", 1, colon), Cast(key, CharField()), output_field=CharField())


def _tells_apart(field) -> bool:
    """Whether a copy of this text would meet a unique constraint."""
    if not isinstance(field, models.CharField) or field.choices:
        return False
    meta = field.model._meta
    together = [
        rule.fields for rule in meta.constraints if isinstance(rule, models.UniqueConstraint)
    ]
    return field.unique or any(
        field.name in names
        and not any(meta.get_field(n).is_relation and n != "county" for n in names)
        for names in together
    )
