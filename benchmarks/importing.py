"""附表1 read in: our import beside its floor and beside stock django-import-export, in one run.

    python -m benchmarks.importing                      20,000 rows, SQLite
    python -m benchmarks.importing --rows 100000        as large as a province sends
    python -m benchmarks.importing --skip-stock         stock takes minutes at that size
    DATABASE_URL=postgres://… python -m benchmarks.importing

floor   read with calamine, look the schools up in a dict, ``bulk_create`` classrooms and lines:
        no rule is checked, nothing is said about a bad row
ours    ``PlanResource``, the whole of it: a trial run, then the real run
stock   the same columns as a plain ``ModelResource`` with ``ForeignKeyWidget``: trial, then real

The ways take turns and each shows its quietest round. Only the ratios carry over to another
machine.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import resource
import tempfile
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banbantong.settings")
django.setup()

import tablib  # noqa: E402
import xlsxwriter  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402
from import_export.fields import Field  # noqa: E402
from import_export.resources import ModelResource  # noqa: E402
from import_export.widgets import ForeignKeyWidget  # noqa: E402
from python_calamine import CalamineWorkbook  # noqa: E402

from procurement.models import PlanLine, Project, ProjectSchool  # noqa: E402
from procurement.resources import SHEET, PlanResource  # noqa: E402
from procurement.rows import COLUMNS  # noqa: E402
from registry.enums import Role, SchoolKind  # noqa: E402
from registry.models import Classroom, School  # noqa: E402
from registry.workbook import read_table  # noqa: E402

PER_SCHOOL = 50


def make_county(rows: int):
    """A project and enough schools for ``rows`` classes, fifty to a school."""
    from tests.world import make_project, make_world

    world = make_world(schools=1, rooms=1)
    township = world.school.township
    School.objects.bulk_create(
        School(
            county=world.county,
            township=township,
            code=f"2152{n:06d}",
            name=f"示例{n}完全小学",
            kind=SchoolKind.PRIMARY,
        )
        for n in range(500_000, 500_000 + -(-rows // PER_SCHOOL))
    )
    project = make_project(world, lines=False)
    Classroom.objects.all().delete()
    return project, world.person(Role.PROJECT_OFFICE)


def make_sheet(rows: int) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    page = book.add_worksheet(SHEET)
    page.write_row(0, 0, COLUMNS)
    schools = School.objects.filter(name__contains="完全小学").select_related("township")
    at = 0
    for school in schools.order_by("code"):
        for n in range(min(PER_SCHOOL, rows - at)):
            at += 1
            cells = (
                school.code,
                school.name,
                school.township.name,
                f"{n // 8 + 1}年级{n % 8 + 1}班",
            )
            for column, text in enumerate(cells):
                page.write_string(at, column, text)
            page.write_number(at, 4, 1)
    book.close()
    return out.getvalue()


# --- three ways -----------------------------------------------------------------------------
def floor(content: bytes, project, user) -> None:
    """Read, look up, insert; only that."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(SHEET).to_python()
    ids = dict(School.objects.values_list("code", "pk"))
    with transaction.atomic():
        taking = ProjectSchool.objects.bulk_create(
            ProjectSchool(project=project, school_id=ids[code])
            for code in dict.fromkeys(row[0] for row in rows[1:])
        )
        schools = {row.school_id: row.pk for row in taking}
        rooms = Classroom.objects.bulk_create(
            (Classroom(school_id=ids[row[0]], name=row[3]) for row in rows[1:]), batch_size=5000
        )
        PlanLine.objects.bulk_create(
            (PlanLine(project_school_id=schools[r.school_id], classroom_id=r.pk) for r in rooms),
            batch_size=5000,
        )


def ours(content: bytes, project, user) -> None:
    """Everything that a file from outside goes through, twice."""
    table = read_table(name="附表1.xlsx", content=content, sheet=SHEET, columns=list(COLUMNS))
    for dry_run in (True, False):
        plan = PlanResource(project=project, user=user, replace=True)
        result = plan.import_data(table, dry_run=dry_run, raise_errors=True)
        assert not result.invalid_rows, result.invalid_rows[0]


class StockResource(ModelResource):
    """What the package gives out of the box for the same columns."""

    school = Field("school", "学校标识码", ForeignKeyWidget(School, "code"))
    name = Field("name", "班级")

    class Meta:
        model = Classroom
        import_id_fields = ("school", "name")
        fields = ("school", "name")

    def __init__(self, project):
        super().__init__()
        self.project = project

    def after_save_instance(self, instance, row, **kwargs):
        school, _ = ProjectSchool.objects.get_or_create(
            project=self.project, school=instance.school
        )
        PlanLine.objects.get_or_create(project_school=school, classroom=instance)


def stock(content: bytes, project, user) -> None:
    data = tablib.Dataset().load(content, format="xlsx")
    for dry_run in (True, False):
        StockResource(project).import_data(data, dry_run=dry_run, raise_errors=True)


# --- measuring ------------------------------------------------------------------------------
def measured(way, content: bytes, project, user, rows: int) -> tuple[float, int]:
    """Seconds and peak MB in a process of its own; the rows are taken out again."""
    answers = multiprocessing.get_context("fork").SimpleQueue()
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(
        target=_measure, args=(way, content, project, user, answers)
    )
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit(f"{way.__name__} failed")
    assert PlanLine.objects.count() == rows, PlanLine.objects.count()
    PlanLine.objects.all()._raw_delete("default")
    ProjectSchool.objects.all()._raw_delete("default")
    Classroom.objects.all()._raw_delete("default")
    return answers.get()


def _measure(way, content, project, user, answers) -> None:
    start = time.perf_counter()
    way(content, project, user)
    seconds = time.perf_counter() - start
    answers.put((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-stock", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if connection.vendor == "sqlite":  # a file, as in life, and to be seen by every process
            connection.settings_dict["TEST"]["NAME"] = f"{folder}/importing.sqlite3"
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            compare(options)
        finally:
            connections.close_all()
            connection.creation.destroy_test_db(name, verbosity=0)


def compare(options) -> None:
    project, user = make_county(options.rows)
    project = Project.objects.select_related("dossier__county").get(pk=project.pk)
    content = make_sheet(options.rows)
    times: dict[str, list[float]] = {"floor": [], "ours": []}
    peak: dict[str, int] = {}
    for _ in range(options.rounds):
        for way in (floor, ours):
            seconds, megabytes = measured(way, content, project, user, options.rows)
            times[way.__name__].append(seconds)
            peak[way.__name__] = max(megabytes, peak.get(way.__name__, 0))
    if not options.skip_stock:
        seconds, peak["stock"] = measured(stock, content, project, user, options.rows)
        times["stock"] = [seconds]
    report(options.rows, {way: min(found) for way, found in times.items()}, peak)


def report(rows: int, times: dict[str, float], peak: dict[str, int]) -> None:
    print(f"{connection.vendor}, {rows:,} rows, trial run + real run")
    for way, seconds in times.items():
        print(f"  {way:6} {seconds:8.2f} s  {peak[way]:5} MB")
    print(f"  ours / floor  {times['ours'] / times['floor']:.2f}   (goal: at most 1.5)")
    if "stock" in times:
        print(f"  stock / ours  {times['stock'] / times['ours']:.1f}   (goal: at least 20)")
    print(f"  peak of ours  {peak['ours']} MB   (goal: at most 300)")


if __name__ == "__main__":
    main()
