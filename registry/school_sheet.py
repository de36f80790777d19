"""The list of schools in Excel: an empty sheet to fill in, and taking a filled one over whole."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from registry.actions import keep_first_state
from registry.enums import SchoolKind
from registry.marking import Problems, marked
from registry.models import County, FormerName, School, Township
from registry.pinyin import initials
from registry.workbook import Table, read_table, text_of

SHEET = "学校名录"
CODE, NAME, TOWNSHIP, KIND, PUPILS, STAFF = COLUMNS = (
    "学校标识码",
    "学校名称",
    "乡镇",
    "办学类型",
    "在校生数",
    "教职工数",
)
MOST = 100_000
"""More pupils or staff than this in one school is a slip of the pen."""
ROWS = 1000
HEAD = PatternFill("solid", start_color="FFF2F7F8", end_color="FFF2F7F8")
KINDS = {word: kind for kind in SchoolKind for word in (kind.label, *kind.label.split("/"))}
CHANGED = ["name", "initials", "township", "kind", "pupils", "staff"]


@dataclass
class Outcome:
    """What a list did: rows read, schools added and changed; or what is wrong in it, and then
    nothing was taken over and ``workbook`` is the list with its reasons."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    problems: Problems = field(default_factory=dict)
    workbook: bytes = b""


def school_template(county: County) -> bytes:
    """The empty list with drop-downs of the county's townships and the kinds of school."""
    book = Workbook()
    page, lists = book.active, book.create_sheet("下拉选项")
    page.title = SHEET
    for column, title in enumerate(COLUMNS, 1):
        cell = page.cell(1, column, title)
        cell.font, cell.fill = Font(bold=True), HEAD
        page.column_dimensions[cell.column_letter].width = (16, 32, 18, 20, 12, 12)[column - 1]
    page.freeze_panes = "A2"
    for row in page.iter_rows(min_row=2, max_row=ROWS + 1, max_col=4):
        for cell in row:
            cell.number_format = "@"
    townships = list(county.townships.values_list("name", flat=True))
    _choices(page, lists, "C", 1, TOWNSHIP, townships)
    _choices(page, lists, "D", 2, KIND, SchoolKind.labels)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _choices(page, lists, column: str, at: int, title: str, words: list[str]) -> None:
    lists.cell(1, at, title)
    for number, word in enumerate(words, 2):
        lists.cell(number, at, word)
    letter = "AB"[at - 1]
    source = f"'{lists.title}'!${letter}$2:${letter}${len(words) + 1}"
    rule = DataValidation("list", formula1=source, allow_blank=True, showErrorMessage=True)
    rule.errorTitle, rule.error = title, f"请从下拉框中选{title}。"
    page.add_data_validation(rule)
    rule.add(f"{column}2:{column}{ROWS + 1}")


@transaction.atomic
def import_schools(*, county: County, name: str, content: bytes) -> Outcome:
    """Add the schools that are new by their code and bring the others up to date; all or nothing.

    A known code with another name is a renamed school: it keeps its code and its classrooms.
    Raises ``ValidationError`` when the file as a whole cannot be read.
    """
    table = read_table(name=name, content=content, sheet=SHEET, columns=list(COLUMNS))
    County.objects.select_for_update().get(pk=county.pk)
    reader = _Reader(county, table)
    reader.read()
    outcome = Outcome(rows=reader.count, problems=reader.problems)
    if reader.problems:
        outcome.workbook = marked(table, reader.problems)
        return outcome
    new = [school for school in reader.schools.values() if not school.pk]
    bulk_create_with_history(new, School)
    keep_first_state([school.pk for school in reader.touched])
    bulk_update_with_history(reader.touched, School, CHANGED)
    outcome.added, outcome.changed = len(new), len(reader.touched)
    return outcome


class _Reader:
    """Judges every row; afterwards ``schools`` holds the rows of the file as schools."""

    def __init__(self, county: County, table: Table):
        self.county, self.table = county, table
        self.at = {title: table.headers.index(title) for title in COLUMNS}
        self.townships = _townships(county)
        self.known = {s.code: s for s in School.objects.filter(county=county)}
        self.foreign = set(School.objects.exclude(county=county).values_list("code", flat=True))
        self.schools: dict[str, School] = {}
        self.touched: list[School] = []
        self.problems: dict[int, dict[str, list[str]]] = {}
        self.count = 0

    def read(self) -> None:
        for number, row in enumerate(self.table, self.table.first_row):
            texts = {title: text_of(row[at]) for title, at in self.at.items()}
            if any(texts.values()):
                self.count += 1
                self._row(number, texts)
        self._names()

    def _row(self, number: int, texts: dict[str, str]) -> None:
        wrong: dict[str, list[str]] = {}
        for title, at in self.at.items():
            if (number, at + 1) in self.table.formulas:
                wrong[title] = ["不能用公式，请粘贴为数值。"]
        school = self._school(texts[CODE], wrong)
        before = [getattr(school, f"{name}_id" if name == "township" else name) for name in CHANGED]
        school.name, school.initials = texts[NAME], initials(texts[NAME])
        township = self.townships.get(texts[TOWNSHIP])
        school.kind = KINDS.get(texts[KIND], "")
        school.pupils = _count(texts[PUPILS], PUPILS, wrong)
        school.staff = _count(texts[STAFF], STAFF, wrong)
        if township:
            school.township = township
        else:
            say = (
                f"本县没有“{texts[TOWNSHIP]}”，请从下拉框中选。"
                if texts[TOWNSHIP]
                else "缺少乡镇。"
            )
            wrong.setdefault(TOWNSHIP, []).append(say)
        if not school.kind:
            wrong.setdefault(KIND, []).append("办学类型不认识，请从下拉框中选。")
        self._fields(school, wrong)
        if wrong:
            self.problems[number] = wrong
            return
        after = [getattr(school, f"{name}_id" if name == "township" else name) for name in CHANGED]
        if school.pk and before != after:
            self.touched.append(school)

    def _school(self, code: str, wrong: dict) -> School:
        if code in self.schools:
            wrong.setdefault(CODE, []).append("这个标识码在文件里出现了两次。")
        elif code in self.foreign:
            wrong.setdefault(CODE, []).append("这个标识码已是别的县的学校，请核对。")
        school = self.known.get(code) or School(county=self.county, code=code)
        self.schools[code] = school
        return school

    def _fields(self, school: School, wrong: dict) -> None:
        try:
            school.clean_fields(exclude=["county", "township", "kind", "pupils", "staff"])
        except ValidationError as error:
            for name, title in (("code", CODE), ("name", NAME)):
                if name in error.message_dict:
                    wrong.setdefault(title, []).extend(error.message_dict[name])

    def _names(self) -> None:
        """Every school of the county has a name of its own, those outside the file too."""
        outside = [s.name for code, s in self.known.items() if code not in self.schools]
        count = Counter([*outside, *(s.name for s in self.schools.values())])
        for number, row in enumerate(self.table, self.table.first_row):
            name = text_of(row[self.at[NAME]])
            if name and count[name] > 1:
                wrong = self.problems.setdefault(number, {})
                wrong.setdefault(NAME, []).append("本县有两所学校用这个名称，请写全称。")


def _townships(county: County) -> dict[str, Township]:
    """Townships by their present and former names."""
    rows = {row.name: row for row in county.townships.all()}
    former = FormerName.objects.filter(township__county=county).select_related("township")
    return {old.name: old.township for old in former} | rows


def _count(text: str, title: str, wrong: dict) -> int:
    if text == "":
        return 0
    if not text.isascii() or not text.isdigit() or int(text) > MOST:
        wrong.setdefault(title, []).append(f"{title}应是 0 到 {MOST} 的整数。")
        return 0
    return int(text)
