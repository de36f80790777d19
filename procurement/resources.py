"""附表1, the list of schools and classes, read as a django-import-export resource.

The resource declares the columns once. What makes it quick is that it looks a file over as a whole:
schools, classrooms and other plans are fetched once, every row is judged in memory, and only a
list without a single bad row is written, in bulk.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from import_export.fields import Field
from import_export.resources import Resource
from import_export.results import RowResult

from procurement.actions.lines import Room, enter_lines
from procurement.actions.plan import plan_in_work
from procurement.enums import ImportMode
from procurement.models import PlanImport, PlanLine, Project
from procurement.rows import CODE, COLUMNS, Known, ListedSchool, RowReader
from registry import clock
from registry.marking import marked
from registry.models import Classroom, FormerName, School
from registry.workbook import Table, read_table

SHEET = "附表1"


class PlanResource(Resource):
    """附表1: one row names a class, or a grade with the number of its classes."""

    code = Field(column_name="学校标识码")
    school = Field(column_name="学校")
    township = Field(column_name="乡镇")
    classroom = Field(column_name="班级")
    count = Field(column_name="数量")

    class Meta:
        import_id_fields = ()
        use_transactions = True

    def __init__(self, *, project: Project, user, replace: bool):
        super().__init__()
        self.project, self.user, self.replace = project, user, replace
        self.written = (0, 0)

    def import_data_inner(
        self, dataset, dry_run, raise_errors, using_transactions, collect_failed_rows, **kwargs
    ):
        """Judge every row, then write all of them or none; bad rows become ``invalid_rows``."""
        result = self.get_result_class()()
        result.diff_headers = list(COLUMNS)
        known = lookups(self.project, _codes(dataset), append=not self.replace)
        reader = RowReader(known, list(dataset.headers), getattr(dataset, "formulas", frozenset()))
        for number, row in enumerate(dataset, getattr(dataset, "first_row", 2)):
            problems = reader.read(number, row)
            if problems:
                values = dict(zip(dataset.headers, row, strict=False))
                result.append_invalid_row(number, values, ValidationError(problems))
        result.total_rows = reader.count
        result.totals[RowResult.IMPORT_TYPE_INVALID] = len(result.invalid_rows)
        result.totals[RowResult.IMPORT_TYPE_NEW] = len(reader.rooms)
        if not dry_run and not result.invalid_rows:
            self.written = enter_lines(
                project=self.project,
                user=self.user,
                rooms=list(reader.rooms),
                known=known.classrooms,
                replace=self.replace,
            )
        return result


def _codes(dataset) -> set[str]:
    """The school codes that the file speaks of."""
    at = list(dataset.headers).index(CODE)
    return {RowReader.code(row[at]) for row in dataset}


def lookups(project: Project, codes: set[str], *, append: bool) -> Known:
    """Everything a row is judged by, in six queries whatever the number of rows."""
    county = project.dossier.county
    today = clock.today()
    townships = defaultdict(set)
    for township, name in FormerName.objects.filter(township__county=county).values_list(
        "township", "name"
    ):
        townships[township].add(name)
    schools, ids = {}, {}
    for row in School.objects.filter(county=county).select_related("township"):
        schools[row.code] = ListedSchool(
            row.pk,
            row.name,
            row.township.name,
            frozenset(townships[row.township_id]),
            row.closed_on if row.closed_on and row.closed_on <= today else None,
        )
        if row.code in codes:
            ids[row.pk] = row.code
    return Known(
        schools=schools,
        classrooms=_classrooms(list(ids)),
        planned=_planned(project, append=append),
    )


def _classrooms(schools: list[int]) -> dict[Room, int]:
    rows = Classroom.objects.filter(school__in=schools).values_list("school", "name", "pk")
    return {(school, name): pk for school, name, pk in rows.iterator(chunk_size=5000)}


def _planned(project: Project, *, append: bool) -> dict[int, str]:
    """Classroom id to the plan that holds it, for rooms that cannot be listed (again)."""
    county = project.dossier.county_id
    lines = PlanLine.objects.in_unfinished_projects().filter(
        project_school__project__dossier__county=county
    )
    taken = dict(
        lines.exclude(project_school__project=project).values_list(
            "classroom", "project_school__project__name"
        )
    )
    taken = {room: f"已列入未结项的项目“{name}”" for room, name in taken.items()}
    if append:
        mine = PlanLine.objects.filter(project_school__project=project)
        taken |= dict.fromkeys(
            mine.values_list("classroom", flat=True), "已在本项目清单中，追加时请只列新增的班"
        )
    return taken


@transaction.atomic
def import_plan(*, project: Project, user, name: str, content: bytes, mode: str) -> PlanImport:
    """Take 附表1 over whole, or keep the marked workbook and take over nothing.

    The same file sent again right after it went in (a double click) gives that import, no second
    one. Raises ``ValidationError`` when the file as a whole cannot be read.
    """
    table = read_table(name=name, content=content, sheet=SHEET, columns=list(COLUMNS))
    project = plan_in_work(project)
    # One import at a time in a county: two projects cannot take the same room.
    type(project.county).objects.select_for_update().get(pk=project.county.pk)
    digest = hashlib.sha256(content).hexdigest()
    last = PlanImport.objects.filter(project=project).order_by("-pk").first()
    if last and last.sha256 == digest and last.mode == mode and not last.errors:
        return last
    resource = PlanResource(project=project, user=user, replace=mode == ImportMode.REPLACE)
    result = resource.import_data(table, raise_errors=True)
    row = PlanImport(
        project=project,
        at=clock.now(),
        by=user,
        mode=mode,
        name=name[-120:],
        sha256=digest,
        rows=result.total_rows,
        added=resource.written[0],
        removed=resource.written[1],
        errors=len(result.invalid_rows),
    )
    if result.invalid_rows:
        _keep_marked(row, table, result)
    row.save()
    return row


def _keep_marked(row: PlanImport, table: Table, result) -> None:
    problems = {
        bad.number: {**bad.field_specific_errors, "": bad.non_field_specific_errors}
        for bad in result.invalid_rows
    }
    row.file.save(f"{row.sha256[:20]}.xlsx", ContentFile(marked(table, problems)), save=False)
