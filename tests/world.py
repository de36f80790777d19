"""A small county to try things in: the cast, their places, and projects brought to a given point.

Upper floors' tests start here. Rows are inserted directly only for what lies *below* the floor
under test; the story tests walk the real steps instead.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from acceptance.enums import PARTS, HandoverParty, Level
from acceptance.models import (
    Delivery,
    Handover,
    HandoverSignature,
    Inspection,
    InstalledItem,
    PartResult,
    RoomPass,
)
from documents.actions import admit, open_dossier
from financing.models import BudgetApproval
from procurement.models import (
    Bid,
    Contract,
    ContractItem,
    ContractLine,
    EquipmentMode,
    FundingShare,
    PlanLine,
    Project,
    ProjectSchool,
    Tender,
)
from registry import clock
from registry.enums import Role, SchoolKind, Scope
from registry.models import Classroom, County, Post, School, Supplier, Township, User

PASSWORD = "示例-口令-2026"
DAY = dt.date(2026, 3, 2)


@dataclass
class World:
    """County, two suppliers, schools with classrooms, and one person per role and place."""

    county: County
    suppliers: list[Supplier]
    schools: list[School]
    people: dict = field(default_factory=dict)

    @property
    def supplier(self) -> Supplier:
        return self.suppliers[0]

    @property
    def school(self) -> School:
        return self.schools[0]

    def person(self, role: Role, place=None) -> User:
        """The person who holds ``role`` (at ``place``, else at the first place of its kind)."""
        return self.people[
            role,
            place or {Scope.SCHOOL: self.school, Scope.SUPPLIER: self.supplier}.get(role.scope),
        ]


def make_user(name: str, role: Role, place=None, username: str = "") -> User:
    user = User(username=username or f"u{User.objects.count() + 1}", name=name)
    user.set_password(PASSWORD)
    user.save()
    Post.objects.create_for(user, role, place, valid_from=dt.date(2020, 1, 1))
    return user


def make_world(*, schools: int = 2, rooms: int = 2, county_code: str = "522631") -> World:
    """A county with ``schools`` schools of ``rooms`` classrooms each and the whole cast."""
    county = County.objects.create(
        code=county_code, name="示例县" + county_code[-2:], prefecture="示例州", province="示例省"
    )
    townships = [
        Township.objects.create(county=county, code=f"{county_code}{n}", name=f"示例{n}镇")
        for n in (102, 103)
    ]
    suppliers = [
        Supplier.objects.create(name=f"示例企业{county_code[-2:]}{n}", uscc=uscc)
        for n, uscc in enumerate(_credit_codes(county_code))
    ]
    places = [_make_school(county, townships[n % 2], n, rooms) for n in range(1, schools + 1)]
    world = World(county, suppliers, places)
    for role in Role:
        for place in _places_of(role, world, townships):
            label = f"{role.label}{getattr(place, 'name', '')}"[:20]
            key = place if role.scope in (Scope.SCHOOL, Scope.SUPPLIER) else None
            world.people.setdefault((role, key), make_user(label, role, place))
    return world


def _places_of(role: Role, world: World, townships: list) -> list:
    return {
        Scope.COUNTY: [world.county],
        Scope.TOWNSHIP: townships[:1],
        Scope.SCHOOL: world.schools,
        Scope.SUPPLIER: world.suppliers,
        Scope.REGION: [world.county.code[:2] if role is Role.PROVINCE else world.county.code[:4]],
        Scope.SYSTEM: [None],
    }[role.scope]


def _credit_codes(county_code: str) -> list[str]:
    """Two valid unified social credit codes that differ from county to county."""
    from stdnum.cn import uscc

    codes = []
    for n in (1, 2):
        stem = f"91{county_code}MA{int(county_code) % 1000:03d}{n:03d}X"[:17]
        codes.append(stem + uscc.calc_check_digit(stem))
    return codes


def _make_school(county: County, township: Township, n: int, rooms: int) -> School:
    school = School.objects.create(
        county=county,
        township=township,
        code=f"21{county.code[:2]}{int(county.code) % 100:02d}{n:04d}",
        name=f"示例{n}小学",
        kind=SchoolKind.PRIMARY,
        pupils=45 * rooms,
        staff=12,
    )
    Classroom.objects.bulk_create(
        Classroom(school=school, name=f"{i}年级1班", room=f"教学楼10{i}", pupils=45)
        for i in range(1, rooms + 1)
    )
    return school


def make_project(world: World, *, name: str = "示例班班通项目", lines: bool = True) -> Project:
    """A project with its funding plan (school 40 %, county 10, prefecture 20, province 30) and plan lines."""
    number = f"{world.county.code}-2026-{Project.objects.count() + 1:02d}"
    project = Project.objects.create(
        dossier=open_dossier(county=world.county, number=number, title=name),
        name=name,
        year=2026,
        deadline=dt.date(2026, 10, 31),
        mode=EquipmentMode.objects.get(code=2),
        target_classrooms=sum(s.classrooms.count() for s in world.schools),
        budget=Decimal("915400.00"),
        budget_basis="示例财预〔2026〕1号",
        opened_by=world.person(Role.PROJECT_OFFICE),
    )
    for funder, percent in (("school", 40), ("county", 10), ("prefecture", 20), ("province", 30)):
        FundingShare.objects.create(project=project, funder=funder, percent=percent)
    if lines:
        for school in world.schools:
            row = ProjectSchool.objects.create(project=project, school=school)
            PlanLine.objects.bulk_create(
                PlanLine(project_school=row, classroom=c) for c in school.classrooms.all()
            )
        admit(project.dossier, schools=world.schools)
    return project


def make_contract(world: World, project: Project | None = None) -> Contract:
    """A signed contract over all plan lines: projector 8000, board 7000, computer 6500, set 21500 yuan."""
    project = project or make_project(world)
    officer = world.person(Role.PROCUREMENT)
    lines = PlanLine.objects.filter(project_school__project=project)
    tender = Tender.objects.create(
        project=project,
        number=f"ZB-{project.pk}",
        budget=project.budget,
        sets=lines.count(),
        prepared_by=officer,
        announced_on=DAY,
        bids_due_on=dt.date(2026, 3, 24),
        opened_on=dt.date(2026, 3, 24),
        evaluated_on=dt.date(2026, 3, 24),
        decided_on=dt.date(2026, 3, 26),
        notified_on=dt.date(2026, 3, 27),
    )
    price = Decimal("21500.00") * lines.count()
    bid = Bid.objects.create(
        tender=tender,
        supplier=world.supplier,
        set_price=Decimal("21500.00"),
        sets=lines.count(),
        price=price,
        opening_price=price,
    )
    Tender.objects.filter(pk=tender.pk).update(
        winner=bid, outcome="awarded", decided_by=world.person(Role.PROJECT_OFFICE)
    )
    tender.refresh_from_db()
    contract = Contract.objects.create(
        project=project,
        tender=tender,
        supplier=world.supplier,
        number=f"HT-{project.pk}",
        buyer="示例县教育局",
        drafted_by=officer,
        confirmed_by=world.person(Role.SUPPLIER),
        signed_on=dt.date(2026, 4, 10),
        delivery_due_on=dt.date(2026, 7, 31),
        annual_rate=Decimal("3.5"),
        years=5,
    )
    for n, (name, code, price) in enumerate(
        (
            ("投影机", "A02020200", 8000),
            ("交互式电子白板", "A02020700", 7000),
            ("台式计算机", "A02010105", 6500),
        ),
        start=1,
    ):
        ContractItem.objects.create(
            contract=contract,
            number=n,
            name=name,
            catalogue_code=code,
            brand="示例牌",
            model=f"SL-{n}00",
            unit_price=Decimal(price),
        )
    ContractLine.objects.bulk_create(
        ContractLine(contract=contract, plan_line=line, price=Decimal("21500.00")) for line in lines
    )
    admit(project.dossier, suppliers=[contract.supplier])
    return contract


def make_budgets(world: World) -> None:
    """Buyback budgets of every school for many years, large enough not to be what is tested."""
    officer = world.person(Role.COUNTY_FINANCE)
    rows = (
        BudgetApproval(
            school=school,
            year=year,
            amount=Decimal("9999999.00"),
            document=f"示例财预〔{year}〕{school.pk}号",
            approved_on=dt.date(2020, 1, 10),
            entered_by=officer,
            entered_at=clock.now(),
        )
        for school in world.schools
        for year in range(2020, 2046)
    )
    BudgetApproval.objects.bulk_create(rows, ignore_conflicts=True)  # told twice is told once


DELIVERED, JUDGED, PASSED = dt.date(2026, 5, 12), dt.date(2026, 5, 20), dt.date(2026, 6, 18)


def make_passed(world: World, contract: Contract) -> list[RoomPass]:
    """Every room of ``contract`` delivered, installed, passed by school and county, handed over.

    Serials are unique; the county passed all on ``PASSED``, the day on which three different
    people also signed the handover of each school.
    """
    made = []
    for row in ProjectSchool.objects.filter(project=contract.project):
        lines = list(PlanLine.objects.filter(project_school=row, contract_line__contract=contract))
        _make_installed(world, contract, row, lines)
        _make_round(row, Level.SCHOOL, lines, world.person(Role.HEAD, row.school), JUDGED)
        county = _make_round(row, Level.COUNTY, lines, world.person(Role.INSPECTOR), PASSED)
        made += RoomPass.objects.bulk_create(
            RoomPass(plan_line=line, inspection=county, passed_on=PASSED) for line in lines
        )
        _make_handover(world, row)
    return made


def _make_installed(world: World, contract: Contract, row: ProjectSchool, lines: list) -> None:
    installer = world.person(Role.SUPPLIER, contract.supplier)
    delivery = Delivery.objects.create(
        project_school=row, number=1, delivered_on=DELIVERED, delivered_by=installer
    )
    InstalledItem.objects.bulk_create(
        InstalledItem(
            plan_line=line,
            item=item,
            position=position,
            serial=f"SN{line.pk:05d}-{item.number:02d}-{position}",
            delivery=delivery,
            installed_on=DELIVERED,
            installed_by=installer,
        )
        for line in lines
        for item in contract.items.all()
        for position in range(1, item.per_set + 1)
    )


def _make_round(row: ProjectSchool, level: Level, lines: list, user, day) -> Inspection:
    """A finished first round in which every part of every room passed."""
    moment = dt.datetime.combine(day, dt.time(10), dt.UTC)
    found = Inspection.objects.create(project_school=row, level=level, round=1, opened_at=moment)
    PartResult.objects.bulk_create(
        PartResult(
            inspection=found,
            plan_line=line,
            part=part,
            verdict="pass",
            decided_by=user,
            decided_at=moment,
        )
        for line in lines
        for part in PARTS[level]
    )
    Inspection.objects.filter(pk=found.pk).update(finished_at=moment, finished_by=user)
    found.refresh_from_db()
    return found


def _make_handover(world: World, row: ProjectSchool) -> None:
    handover = Handover.objects.create(
        project_school=row, opened_on=PASSED, documents="说明书 1 套", completed_on=PASSED
    )
    signers = (
        (HandoverParty.SUPPLIER, world.person(Role.SUPPLIER)),
        (HandoverParty.SCHOOL, world.person(Role.HEAD, row.school)),
        (HandoverParty.STATION, world.person(Role.STATION)),
    )
    HandoverSignature.objects.bulk_create(
        HandoverSignature(handover=handover, party=party, signed_by=user, signed_on=PASSED)
        for party, user in signers
    )
