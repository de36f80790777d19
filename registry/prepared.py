"""Statements that every request or step runs, put together once instead of each time.

The ORM spends more time on putting such a statement together than the database on answering it.
A ``Prepared`` keeps the finished SQL of a queryset and runs it with other values; rows come back
as the queryset itself would give them. ``insert`` and ``update`` write one row by its fields and
send no ``save`` signals: for rows that nobody listens to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, get_related_populators

# Two values of each type that no query contains by itself: where the SQL's parameters differ,
# there the value goes.
_SAMPLES = {
    int: (2_000_000_011, 2_000_000_033),
    str: ("\x01one", "\x01two"),
    dt.date: (dt.date(3001, 1, 1), dt.date(3002, 2, 2)),
}


class Prepared:
    """``Prepared(build, name=type, …)``: ``build(**values)`` gives the queryset.

    Values may be int, str or date, and none may be None: a condition with null is another query.
    """

    def __init__(self, build: Callable[..., QuerySet], **types: type):
        self.build, self.types = build, types

    def rows(self, **values) -> list:
        """What the queryset would give with ``values``."""
        connection = connections[DEFAULT_DB_ALIAS]
        plans = connection.__dict__.setdefault("_prepared", {})
        if self not in plans:
            plans[self] = _Plan(self, connection)
        return plans[self].run(values)

    def first(self, **values):
        """The first of the rows, or None."""
        rows = self.rows(**values)
        return rows[0] if rows else None


class _Plan:
    """One connection's finished SQL, where each value goes, and how a row becomes an object."""

    def __init__(self, prepared: Prepared, connection):
        self.connection, self.types = connection, prepared.types
        samples = {name: _SAMPLES[kind][0] for name, kind in prepared.types.items()}
        queryset = prepared.build(**samples)
        self.as_objects = issubclass(queryset._iterable_class, ModelIterable)
        self.compiler = queryset.query.get_compiler(connection=connection)
        self.sql, params = self.compiler.as_sql()
        self.params, self.places = list(params), []
        for name, kind in prepared.types.items():
            other = prepared.build(**samples | {name: _SAMPLES[kind][1]})
            _, changed = other.query.get_compiler(connection=connection).as_sql()
            self.places += [
                (n, name)
                for n, pair in enumerate(zip(params, changed, strict=True))
                if pair[0] != pair[1]
            ]

    def run(self, values: dict) -> list:
        ready = {name: self._adapt(value) for name, value in values.items()}
        params = self.params.copy()
        for n, name in self.places:
            params[n] = ready[name]
        with self.connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = self.compiler.results_iter(results=[cursor.fetchall()], tuple_expected=True)
        return list(self._objects(found) if self.as_objects else map(tuple, found))

    def _adapt(self, value):
        if isinstance(value, dt.date):
            return self.connection.ops.adapt_datefield_value(value)
        return value

    def _objects(self, found):
        info, select, alias = self.compiler.klass_info, self.compiler.select, self.connection.alias
        start, end = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [column[0].target.attname for column in select[start:end]]
        populators = get_related_populators(info, select, alias)
        for row in found:
            thing = info["model"].from_db(alias, names, row[start:end])
            for populator in populators:
                populator.populate(row, thing)
            yield thing


@cache
def _insert_sql(model, under_new: tuple[str, ...]) -> tuple[str, list]:
    """The statement, and the fields whose values it takes; columns ``under_new`` take the number
    that their parent's table gave last."""
    fields = [f for f in model._meta.local_concrete_fields if not f.primary_key]
    places = [_last_number(f) if f.attname in under_new else "%s" for f in fields]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    table, key = model._meta.db_table, model._meta.pk.column
    return (
        f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join(places)}) RETURNING "{key}"',
        [f for f in fields if f.attname not in under_new],
    )


def _last_number(field) -> str:
    parent = field.remote_field.model._meta
    return f"currval(pg_get_serial_sequence('\"{parent.db_table}\"', '{parent.pk.column}'))"


@cache
def _update_sql(model, names: tuple[str, ...]) -> tuple[str, list]:
    fields = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f'"{f.column}" = %s' for f in fields)
    table, key = model._meta.db_table, model._meta.pk.column
    return f'UPDATE "{table}" SET {columns} WHERE "{key}" = %s', fields


def _values(row, fields) -> list:
    return [f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields]


def _run(statements: list[tuple[str, list]]):
    """Run statements in order and yield each cursor; PostgreSQL takes all of them in one message."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            for sql, values in statements:
                cursor.execute(sql, values)
                yield cursor
            return
        every = [value for _, values in statements for value in values]
        cursor.execute(";\n".join(sql for sql, _ in statements), every)
        for _ in statements:
            yield cursor
            cursor.nextset()


def insert(*rows) -> None:
    """Insert new rows, in order, and learn their numbers; a later one may stand under an earlier."""
    if connection.vendor != "postgresql":
        for row in rows:
            _take_numbers(row)
            _learn(row, *_run_insert(row))
        return
    statements, given = [], set()
    for row in rows:
        _take_numbers(row)
        under_new = tuple(f.attname for f, parent in _parents(row) if id(parent) in given)
        sql, fields = _insert_sql(type(row), under_new)
        statements.append((sql, _values(row, fields)))
        given.add(id(row))
    for row, cursor in zip(rows, _run(statements), strict=True):
        _learn(row, cursor.fetchone()[0])
    for row in rows:
        _take_numbers(row)


def _run_insert(row) -> list[int]:
    sql, fields = _insert_sql(type(row), ())
    return [cursor.fetchone()[0] for cursor in _run([(sql, _values(row, fields))])]


def _learn(row, number: int) -> None:
    row.pk = number
    row._state.adding, row._state.db = False, connection.alias


def _parents(row):
    """Foreign keys of ``row`` whose number is not known yet, with the rows they point at."""
    for field in row._meta.local_concrete_fields:
        if field.is_relation and getattr(row, field.attname) is None and field.is_cached(row):
            parent = field.get_cached_value(row)
            if parent is not None:
                yield field, parent


def _take_numbers(row) -> None:
    for field, parent in _parents(row):
        if parent.pk is not None:
            setattr(row, field.attname, parent.pk)


def update(*changes: tuple) -> None:
    """Write the named columns of rows: ``update((row, ("status",)), …)``."""
    statements = []
    for row, names in changes:
        sql, fields = _update_sql(type(row), names)
        statements.append((sql, [*_values(row, fields), row.pk]))
    for _ in _run(statements):
        pass
