"""How one row of 附表1 is judged. Pure: what it needs to know is handed in."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from procurement.classes import MOST_CLASSES, class_name, classes_of
from registry.workbook import is_date, text_of

CODE, SCHOOL, TOWNSHIP, CLASSROOM, COUNT = COLUMNS = (
    "学校标识码",
    "学校",
    "乡镇",
    "班级",
    "数量",
)
SUMS = {"合计", "总计", "小计"}
SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+?\d+")
FORMULA = "这一格是公式，请复制后“粘贴为数值”。"


@dataclass(frozen=True, slots=True)
class ListedSchool:
    """What is known of one school of the county."""

    pk: int
    name: str
    township: str
    former_townships: frozenset[str]
    closed_on: dt.date | None


@dataclass
class Known:
    """Everything a row is judged by: schools by code, classrooms, and rooms already planned."""

    schools: dict[str, ListedSchool]
    classrooms: dict[tuple[int, str], int]
    planned: dict[int, str]
    spellings: dict[tuple[int, str], tuple[int, str]] = field(init=False)

    def __post_init__(self):
        # 七年级(2)班 in the register and 七年级2班 in the list are one class.
        self.spellings = {
            (school, plain): (school, name)
            for school, name in self.classrooms
            if (plain := class_name(name)) != name
        }


class RowReader:
    """Judges the rows of one file; ``rooms`` collects what the good ones ask for."""

    def __init__(self, known: Known, headers: list[str], formulas: frozenset):
        self.known, self.formulas = known, formulas
        self.at = [headers.index(title) for title in COLUMNS]
        self.rooms: dict[tuple[int, str], int] = {}
        self.count = 0

    def read(self, number: int, row: list) -> dict[str, list[str]]:
        """Problems of row ``number`` by column; {} for a good, empty or totals row."""
        code, school, township, classroom, count = cells = [row[at] for at in self.at]
        if (not code or code in SUMS or not str(code).strip()) and _says_nothing(cells):
            return {}
        self.count += 1
        problems: dict[str, list[str]] = {}
        if self.formulas:
            self._formulas(number, problems)
        found = self._school(code, school, township, problems)
        wanted = self._count(count, problems)
        name = self._name(classroom, problems)
        if name and wanted and found and not problems:
            self._rooms(number, found.pk, name, wanted, problems)
        return problems

    @staticmethod
    def code(value: object) -> str:
        """A school code as text, also when Excel stored it as a number."""
        return value.strip() if isinstance(value, str) else text_of(value)

    def _formulas(self, number: int, problems: dict) -> None:
        for title, at in zip(COLUMNS, self.at, strict=True):
            if (number, at + 1) in self.formulas:
                problems[title] = [FORMULA]

    def _school(self, code, name, township, problems: dict) -> ListedSchool | None:
        if CODE in problems:
            return None
        words = self.code(code)
        found = self.known.schools.get(words)
        if found is None:
            problems[CODE] = [_unknown(words, code)]
            return None
        if found.closed_on:
            problems[CODE] = [f"{found.name}已于 {found.closed_on} 撤并，不能列入计划。"]
        if SCHOOL not in problems and (given := text_of(name)) != found.name:
            problems[SCHOOL] = [_differs(words, found.name, given, "学校名称")]
        if TOWNSHIP not in problems:
            given = text_of(township)
            if given != found.township and given not in found.former_townships:
                problems[TOWNSHIP] = [_differs(words, found.township, given, "乡镇")]
        return found

    def _count(self, value, problems: dict) -> int:
        if COUNT in problems:
            return 0
        words = text_of(value)
        if words.isascii() and words.isdigit() and 1 <= int(words) <= MOST_CLASSES:
            return int(words)
        problems[COUNT] = [
            f"数量应是 1 到 {MOST_CLASSES} 的整数"
            + (f"，表中是“{words[:20]}”。" if words else "，这一格没有填。")
        ]
        return 0

    def _name(self, value, problems: dict) -> str:
        if CLASSROOM in problems:
            return ""
        if is_date(value):
            problems[CLASSROOM] = [
                "班级被 Excel 变成了日期。请把这一列设为“文本”格式后重填，如“三年级2班”。"
            ]
            return ""
        name = class_name(text_of(value))
        if not name:
            problems[CLASSROOM] = ["请填写班级：一个班（如“三年级2班”）或一个年级（如“七年级”）。"]
        elif len(name) > 30:
            problems[CLASSROOM] = ["班级名称太长，最多 30 个字。"]
        return name

    def _rooms(self, number: int, school: int, name: str, count: int, problems: dict) -> None:
        try:
            names = classes_of(name, count)
        except ValueError as error:
            problems[CLASSROOM] = [str(error)]
            return
        known, rooms, bad = self.known, self.rooms, []
        for each in names:
            room = (school, each)
            room = known.spellings.get(room, room)
            if (pk := known.classrooms.get(room)) in known.planned:
                bad.append(f"“{room[1]}”{known.planned[pk]}。")
            elif (earlier := rooms.setdefault(room, number)) != number:
                bad.append(f"“{room[1]}”与第 {earlier} 行重复。")
        if bad:
            problems[CLASSROOM] = bad


def _says_nothing(cells: list) -> bool:
    """An empty row, or the line of totals that people put under a list."""
    words = [text_of(cell) for cell in cells]
    return not any(words) or not SUMS.isdisjoint(words)


def _unknown(words: str, raw: object) -> str:
    if not words:
        return "请填写学校标识码，可在“学校名录”工作表中查到。"
    if SCIENTIFIC.fullmatch(words):
        return "学校标识码变成了科学计数，末几位已丢失。请把这一列设为“文本”格式后重填。"
    if not isinstance(raw, str) and (len(words) != 10 or words.endswith("00000")):
        return (
            f"“{words}”不是本县的学校标识码，可能被 Excel 当作数字丢了前面或末尾的数位。"
            "请把这一列设为“文本”格式后重填 10 位。"
        )
    return f"本县没有标识码为“{words[:20]}”的学校，请在“学校名录”工作表中核对。"


def _differs(code: str, right: str, given: str, what: str) -> str:
    if not given:
        return f"请填写{what}：标识码 {code} 对应“{right}”。"
    return f"标识码 {code} 的{what}是“{right}”，表中是“{given[:30]}”。请核对标识码或改正{what}。"
