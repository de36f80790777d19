"""Search: by pinyin initials, serial and number, and never into another county."""

from __future__ import annotations

import pytest
from django.urls import reverse

from registry.enums import Role
from tests.life import Life
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def life():
    """One school with one room, up to its first instalment."""
    life = Life(make_world(schools=1, rooms=1)).contract()
    life.build(0)
    return life


def hits(life: Life, role: Role, words: str) -> list[str]:
    page = life.page(role, "search", query=f"?q={words}")
    return [a["href"] for a in page.first("main").all("a", "row-line")]


def test_search_finds_by_initials_serial_and_number(life):
    row, line = life.school(0), life.school(0).lines.get()
    row.school.initials = "sl1xx"
    row.school.save()
    paper = row.school.paper_set.filter(kind="handover").get()
    card = line.passed.cards.first()
    piece = line.installed.present().first()
    for words, url in {
        "SL1X": row.get_absolute_url(),
        row.school.code: row.get_absolute_url(),
        piece.serial: reverse("room", args=[line.pk]),
        piece.serial.lower(): reverse("room", args=[line.pk]),
        paper.number: paper.get_absolute_url(),
        card.number: card.get_absolute_url(),
        life.project.current_contract().number: life.project.current_contract().get_absolute_url(),
        life.project.name: life.project.get_absolute_url(),
    }.items():
        assert url in hits(life, Role.PROJECT_OFFICE, words), words


def test_search_shows_nothing_of_another_county_and_nothing_odd(life):
    here, there = life, Life(make_world(schools=1, rooms=1, county_code="532501"))
    line = here.school(0).lines.get()
    own = line.installed.present().first().serial
    for words in (
        own,
        here.project.name,
        here.project.current_contract().number,
        here.world.school.code,
    ):
        assert hits(there, Role.PROJECT_OFFICE, words) == []
        assert hits(there, Role.HEAD, words) == []
    for words in ("", "%25", "%00", "x" * 500, "';--"):
        assert hits(here, Role.PROJECT_OFFICE, words) == [], words
