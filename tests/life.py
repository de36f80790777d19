"""A county's life brought quickly to any point by its people's acts, without pages.

>>> life = Life(make_world(schools=2, rooms=2))
>>> life.contract(); life.build(0, stop=("install",))
"""

from __future__ import annotations

import datetime as dt

from conftest import ReadingClient
from django.urls import reverse

from banbantong.demo import rebates
from banbantong.demo.answers import ANSWERS
from banbantong.demo.projects import Stage
from financing.models import ClaimBatch
from procurement.models import Project, ProjectSchool
from registry import clock
from registry.enums import Role, Scope
from registry.models import Supplier, User
from tests.reading import Page
from tests.tender_story import new_code
from tests.world import PASSWORD, World, make_budgets
from workflow.models import Duty


class Cast:
    """``World``'s people as the demonstration asks for them."""

    def __init__(self, world: World):
        self.world = world

    def of(self, role: Role, *, school=None, supplier=None) -> User:
        place = {Scope.SCHOOL: school, Scope.SUPPLIER: supplier}.get(role.scope)
        return self.world.person(role, place)


class Life:
    """One project of ``world``: walked by the demonstration's own steps."""

    def __init__(self, world: World):
        self.world = world
        while (short := 3 - Supplier.objects.count()) > 0:  # fewer may not be opened
            Supplier.objects.create(name=f"示例陪标企业{short}", uscc=new_code())
        make_budgets(world)
        self.stage = Stage(world.county, world.schools, Cast(world), lambda words: None)
        for step in ("sign_head", "sign_agreement", "countersign"):
            self._with_our_password(step)
        self.project: Project | None = None
        self.day = dt.date(2026, 3, 2)

    def _with_our_password(self, step: str) -> None:
        sign = ANSWERS[step]
        self.stage.walker.answers[step] = lambda duty: sign(duty) | {"password": PASSWORD}

    def open(self, name: str = "示例项目", programme=None) -> Life:
        rooms = sum(school.classrooms.count() for school in self.world.schools)
        self.project = self.stage.open(name=name, rooms=rooms, on=self.day, programme=programme)
        return self

    def plan(self) -> Life:
        self.day += dt.timedelta(days=2)
        rooms = [room for school in self.world.schools for room in school.classrooms.all()]
        self.stage.plan(self.project, rooms, self.day)
        return self

    def approve(self) -> Life:
        self.day += dt.timedelta(days=2)
        self.stage.approve(self.project, self.day)
        return self

    def contract(self, name: str = "示例项目", programme=None) -> Life:
        """From 立项 to the signed contract."""
        return self.open(name, programme).plan().approve().tender()

    def tender(self) -> Life:
        """The tender up to the signed contract; the county's own first supplier wins."""
        for step in ("announce", "record_opening", "award", "draft_contract", "confirm_contract"):
            duty, self.day = self.duty(step), self.day + dt.timedelta(days=1)
            if step == "record_opening":
                self.day = duty.process.artifact.bids_due_on
            with clock.at(self.day):
                data = ANSWERS[step](duty)
                if step == "record_opening":
                    data |= self._bidders()
                self.stage.walker.do(duty, data)
        return self

    def _bidders(self) -> dict:
        own = [supplier.pk for supplier in self.world.suppliers]
        third = Supplier.objects.exclude(pk__in=own).order_by("pk").first()
        return {f"bids-{at}-supplier": pk for at, pk in enumerate([*own, third.pk])}

    def school(self, at: int) -> ProjectSchool:
        return self.project.schools.get(school=self.world.schools[at])

    def build(self, at: int, *, stop: tuple[str, ...] = ("apply",), fail: int = 0) -> ProjectSchool:
        """The story of the school number ``at`` up to ``stop``, a step a day."""
        school = self.school(at)
        self.stage.build(school, self.day + dt.timedelta(days=2), stop=stop, fail=fail, pace=1)
        return ProjectSchool.objects.get(pk=school.pk)

    def pay(self, at: int, *, on: dt.date, stop: str = "") -> None:
        """The school's next instalment: apply, review, pay, up to ``stop``."""
        for step in ("apply", "review", "pay"):
            if step == stop:
                return
            self.do(step, on=on, school=self.world.schools[at])

    def claim(self, *, on: dt.date) -> list[ClaimBatch]:
        """The rebates of all that is paid, a batch for each level."""
        return rebates.claim(self.stage, self.project, on)

    def page(self, role: Role, name: str, *args, query: str = "") -> Page:
        """The page of that name as the person in that role reads it."""
        browser, url = ReadingClient(), reverse(name, args=args) + query
        browser.force_login(self.world.person(role))
        return Page(browser.get(url).content.decode(), url)

    def duty(self, step: str, school=None) -> Duty:
        rows = Duty.objects.open().filter(dossier=self.project.dossier, step=step)
        if school is not None:
            rows = rows.filter(school=school)
        return rows.select_related("task", "process", "school", "supplier").get()

    def do(self, step: str, *, on: dt.date, school=None, **data) -> None:
        duty = self.duty(step, school)
        with clock.at(on):
            self.stage.walker.do(duty, data or self.stage.walker.answers[step](duty))
