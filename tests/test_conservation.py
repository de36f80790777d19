"""账账相符 over random histories: the books agree after every act, whatever people do or are refused.

A plain model of the rooms (no database) is told every act that should succeed; the tally, asked of
the database, must say the same, per room, per school and per project.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acceptance.actions import (
    Judgement,
    Piece,
    approve_change,
    finish_round,
    install,
    judge,
    rectify,
    take_back,
)
from acceptance.enums import PARTS, Level
from acceptance.models import Defect, InstalledItem
from acceptance.rooms import room_states, tallies, tally
from procurement.actions.change import propose_change
from procurement.models import Approval, PlanLine, ProjectSchool
from registry import clock
from registry.enums import Role
from tests.world import make_contract, make_world

pytestmark = pytest.mark.django_db
PIECES = 3
ROOMS = 4  # two schools with two rooms each


@dataclass
class Room:
    """What the model knows of one room."""

    school: int
    pieces: set[int] = field(default_factory=set)
    out: bool = False
    passed: bool = False
    judged: bool = False
    open: dict = field(default_factory=dict)  # (level, part) → rectified

    @property
    def state(self) -> str:
        if self.out:
            return "out"
        if self.passed:
            return "passed"
        if len(self.pieces) < PIECES:
            return "arriving" if self.pieces else "not_arrived"
        return "to_rectify" if self.open else "uninspected"


class History:
    """The model and the real thing side by side."""

    def __init__(self, world, contract):
        self.world, self.contract = world, contract
        self.items = list(contract.items.all())
        self.lines = list(PlanLine.objects.order_by("pk"))
        self.schools = list(ProjectSchool.objects.order_by("pk"))
        self.rooms = [
            Room(
                self.schools.index(next(s for s in self.schools if s.pk == line.project_school_id))
            )
            for line in self.lines
        ]
        self.inspected: set[tuple[int, Level]] = set()
        self.serial = 0

    def act(self, name: str, *arguments) -> None:
        """Do it to both; the real one must be refused exactly when the model says so."""
        allowed = getattr(self, f"may_{name}")(*arguments)
        try:
            with transaction.atomic():
                getattr(self, f"really_{name}")(*arguments)
        except ValidationError as error:
            done, why = False, str(error)
        else:
            done, why = True, ""
        assert done == allowed, (name, arguments, why)
        if done:
            getattr(self, name)(*arguments)

    # --- a piece arrives
    def may_install(self, at, piece):
        return not self.rooms[at].out and piece not in self.rooms[at].pieces

    def really_install(self, at, piece):
        self.serial += 1
        install(
            project_school=self.schools[self.rooms[at].school],
            user=self.world.person(Role.SUPPLIER),
            pieces=[Piece(self.lines[at].pk, self.items[piece].pk, 1, f"S{self.serial}")],
            delivered_on=clock.today(),
            installed_on=clock.today(),
        )

    def install(self, at, piece):
        self.rooms[at].pieces.add(piece)

    def deliver(self, places) -> None:
        """Many pieces at once, to begin with: one registration per school."""
        for n, row in enumerate(self.schools):
            pieces = [
                Piece(self.lines[at].pk, self.items[piece].pk, 1, f"D{at}-{piece}")
                for at, piece in places
                if self.rooms[at].school == n
            ]
            install(
                project_school=row,
                user=self.world.person(Role.SUPPLIER),
                pieces=pieces,
                delivered_on=clock.today(),
                installed_on=clock.today(),
            )
        for at, piece in places:
            self.install(at, piece)

    # --- a piece goes back
    def may_take_back(self, at, piece):
        room = self.rooms[at]
        return (
            piece in room.pieces
            and not room.passed
            and (room.out or not room.judged or bool(room.open))
        )

    def really_take_back(self, at, piece):
        row = InstalledItem.objects.present().filter(
            plan_line=self.lines[at], item=self.items[piece]
        )
        if not row:
            raise ValidationError("没有这件设备")
        take_back(piece=row.get(), user=self.world.person(Role.SUPPLIER), reason="错发")

    def take_back(self, at, piece):
        self.rooms[at].pieces.remove(piece)

    # --- a whole round, first or again
    def due(self, school, level, again):
        return {
            at: [p for p in PARTS[level] if not again or (level, p) in room.open]
            for at, room in enumerate(self.rooms)
            if room.school == school and not room.out and not (level == "county" and room.passed)
            if not again or any(key[0] == level for key in room.open)
        }

    def may_inspect(self, school, level, again, failing):
        due = self.due(school, level, again)
        rooms = [self.rooms[at] for at in due]
        if level == Level.COUNTY and not self.school_settled(school):
            return False
        if not due:
            return again
        parts = {(at, part) for at, found in due.items() for part in found}
        waiting = any(
            not rectified and (at, key[1]) in parts
            for at in due
            for key, rectified in self.rooms[at].open.items()
            if key[0] == level
        )
        return all(len(room.pieces) == PIECES for room in rooms) and not waiting

    def school_settled(self, school):
        return (school, Level.SCHOOL) in self.inspected and not any(
            key[0] == Level.SCHOOL
            for room in self.rooms
            if room.school == school and not room.out
            for key in room.open
        )

    def verdicts(self, school, level, again, failing):
        parts = [(at, p) for at, found in self.due(school, level, again).items() for p in found]
        return {pair: "fail" if n in failing else "pass" for n, pair in enumerate(parts)}

    def really_inspect(self, school, level, again, failing):
        person = Role.TECHNICIAN if level == Level.SCHOOL else Role.INSPECTOR
        row = self.schools[school]
        place = row.school if level == Level.SCHOOL else None
        about = {"project_school": row, "level": level, "user": self.world.person(person, place)}
        judgements = [
            Judgement(self.lines[at].pk, part, verdict, "不合要求")
            for (at, part), verdict in self.verdicts(school, level, again, failing).items()
        ]
        judge(**about, judgements=judgements, again=again)
        finish_round(**about, again=again)

    def inspect(self, school, level, again, failing):
        verdicts = self.verdicts(school, level, again, failing)
        for (at, part), verdict in verdicts.items():
            self.rooms[at].judged = True
            self.rooms[at].open.pop((level, part), None)
            if verdict == "fail":
                self.rooms[at].open[level, part] = False
        if level == Level.COUNTY:
            for at in {at for at, _ in verdicts}:
                self.rooms[at].passed = not self.rooms[at].open
        if verdicts:
            self.inspected.add((school, level))

    # --- everything open in a room is put right
    def may_rectify(self, at):
        return True

    def really_rectify(self, at):
        for defect in Defect.objects.filter(found__plan_line=self.lines[at], closed_by=None):
            rectify(defect=defect, user=self.world.person(Role.SUPPLIER), words="已重做")

    def rectify(self, at):
        self.rooms[at].open = dict.fromkeys(self.rooms[at].open, True)

    # --- a change order takes the room out
    def may_change(self, at):
        return not self.rooms[at].out and not self.rooms[at].passed

    def really_change(self, at):
        change = propose_change(
            plan_line=self.lines[at], user=self.world.person(Role.PROJECT_OFFICE), reason="班级撤并"
        )
        approve_change(change=change, user=self.world.person(Role.LEADING_GROUP))

    def change(self, at):
        self.rooms[at].out = True

    # --- the books
    def check(self) -> None:
        found = room_states(PlanLine.objects.all()).values_list("pk", "room_state")
        assert dict(found) == {
            line.pk: room.state for line, room in zip(self.lines, self.rooms, strict=True)
        }
        together = tallies(self.schools)
        for n, school in enumerate(self.schools):
            assert tally(school) == together[school.pk]
            self.compare(tally(school), [room for room in self.rooms if room.school == n])
        self.compare(tally(self.contract.project), self.rooms)

    @staticmethod
    def compare(count, rooms) -> None:
        live = [room.state for room in rooms if not room.out]
        absent = live.count("not_arrived") + live.count("arriving")
        assert count.agrees
        assert count.planned == count.contracted == len(live)
        assert (count.not_arrived, count.arrived) == (absent, len(live) - absent)
        assert count.passed == live.count("passed")
        assert count.to_rectify == live.count("to_rectify")
        assert count.uninspected == live.count("uninspected")
        assert count.changed == len(rooms) - len(live)


room, piece, school = st.integers(0, ROOMS - 1), st.integers(0, PIECES - 1), st.integers(0, 1)
failing = st.sets(st.integers(0, 5), max_size=2)
everything = [(at, n) for at in range(ROOMS) for n in range(PIECES)]
ACTS = st.one_of(
    st.tuples(st.just("install"), room, piece),
    st.tuples(st.just("take_back"), room, piece),
    st.tuples(st.just("inspect"), school, st.sampled_from(Level), st.booleans(), failing),
    st.tuples(st.just("inspect"), school, st.sampled_from(Level), st.booleans(), st.just(set())),
    st.tuples(st.just("rectify"), room),
    st.tuples(st.just("change"), room),
)


@pytest.fixture
def scene():
    world = make_world()
    contract = make_contract(world)
    Approval.objects.create(
        project=contract.project,
        planned_by=world.person(Role.PROJECT_OFFICE),
        decided_by=world.person(Role.LEADING_GROUP),
        decided_at=clock.now(),
        approved=True,
    )
    return world, contract


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(missing=st.sets(st.sampled_from(everything), max_size=4), acts=st.lists(ACTS, max_size=14))
def test_the_books_agree_after_every_act(scene, missing, acts):
    with transaction.atomic():
        history = History(*scene)
        history.check()
        history.deliver([place for place in everything if place not in missing])
        history.check()
        for act in acts:
            history.act(*act)
            history.check()
        transaction.set_rollback(True)


def test_a_long_life(scene):
    """One history that visits every state, so that the random ones need not find the way."""
    history = History(*scene)
    history.deliver(everything)
    for act in [
        ("inspect", 0, Level.SCHOOL, False, {1}),
        ("inspect", 0, Level.SCHOOL, True, set()),
        ("take_back", 0, 0),
        ("install", 0, 0),
        ("rectify", 0),
        ("inspect", 0, Level.SCHOOL, True, set()),
        ("inspect", 0, Level.COUNTY, False, {3}),
        ("take_back", 0, 1),
        ("rectify", 1),
        ("inspect", 0, Level.COUNTY, True, {0}),
        ("rectify", 1),
        ("inspect", 0, Level.COUNTY, True, set()),
        ("change", 0),
        ("change", 2),
        ("take_back", 2, 1),
        ("inspect", 1, Level.SCHOOL, False, set()),
        ("inspect", 1, Level.COUNTY, False, set()),
    ]:
        history.act(*act)
        history.check()
    assert [one.state for one in history.rooms] == ["passed", "passed", "out", "passed"]
