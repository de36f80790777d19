"""The county, its townships, schools with classrooms, and suppliers."""

from __future__ import annotations

import datetime as dt

from stdnum.cn import uscc

from registry.enums import SchoolKind, SupplierSize
from registry.models import Classroom, County, School, Supplier
from registry.money import split_fen
from registry.pinyin import initials
from registry.townships import add_townships

COUNTY = "522631"
RENAMED_ON = dt.date(2017, 1, 1)
"""When 德凤镇 became 德凤街道: a day assumed for the demonstration, the lists do not tell it."""
GRADES = {
    SchoolKind.PRIMARY: ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级"),
    SchoolKind.JUNIOR: ("七年级", "八年级", "九年级"),
}
SUPPLIERS = ("示例智慧教育设备有限公司", "示例云端科技有限公司", "示例教学装备有限公司")


def make_county() -> County:
    """黎平县 with its townships by their official codes."""
    county = County.objects.create(
        code=COUNTY, name="黎平县", prefecture="黔东南苗族侗族自治州", province="贵州省"
    )
    add_townships(county, renamed_on=RENAMED_ON)
    return county


def make_suppliers() -> list[Supplier]:
    """Three suppliers with valid credit codes of no real enterprise."""
    rows = []
    for number, name in enumerate(SUPPLIERS, start=1):
        stem = f"91000000MA00000{number}"
        stem = (stem + "A" * 17)[:17]
        rows.append(
            Supplier(
                name=name,
                uscc=stem + uscc.calc_check_digit(stem),
                size=SupplierSize.SMALL,
                contact=f"示例联系人{number}",
                phone="0855-0000000",
                address="示例省示例市示例路",
                bank=f"示例银行黎平支行{number}",
                account=f"622200000000{number:04d}",
            )
        )
    return Supplier.objects.bulk_create(rows)


def make_schools(county: County, *, schools: int, classrooms: int) -> list[School]:
    """``schools`` schools with ``classrooms`` classes in all: in every township a junior school and
    a central school, for the rest village schools half their size.
    """
    townships = list(county.townships.all())
    rows, weights = [], []
    for number in range(schools):
        township = townships[number % len(townships)]
        turn = number // len(townships)
        kind = SchoolKind.JUNIOR if turn == 0 else SchoolKind.PRIMARY
        label = ("初级中学", "中心小学")[turn] if turn < 2 else f"第{turn - 1}完全小学"
        rows.append(
            School(
                county=county,
                township=township,
                code=f"{kind.value}52{900001 + number:06d}",
                name=f"{township.name}{label}（示例）",
                initials=initials(f"{township.name}{label}"),
                kind=kind,
            )
        )
        weights.append(2 if turn < 2 else 1)
    counts = split_fen(classrooms, weights)
    for school, count in zip(rows, counts, strict=True):
        school.pupils = sum(30 + (7 * n) % 16 for n in range(count))
        school.staff = 2 * count + 3
    School.objects.bulk_create(rows)
    _make_classrooms(rows, counts)
    return rows


def _make_classrooms(schools: list[School], counts: list[int]) -> None:
    rooms = []
    for school, count in zip(schools, counts, strict=True):
        grades = GRADES[school.kind]
        for n in range(count):
            grade, turn = grades[n % len(grades)], n // len(grades) + 1
            room = f"教学楼{n // 4 + 1}0{n % 4 + 1}"
            pupils = 30 + (7 * n) % 16
            rooms.append(
                Classroom(school=school, name=f"{grade}{turn}班", room=room, pupils=pupils)
            )
    Classroom.objects.bulk_create(rooms, batch_size=2000)
