"""The classroom passport before anything has happened in the room."""

from __future__ import annotations

import pytest

from registry.enums import Role
from tests.life import Life
from tests.world import make_world

pytestmark = pytest.mark.django_db


def test_a_room_that_waits_says_what_will_stand_there():
    life = Life(make_world(schools=1, rooms=1, county_code="532502")).contract()
    line = life.school(0).lines.get()
    page = life.page(Role.HEAD, "room", line.pk)
    assert "供应商登记序列号后" in page.text
    assert "移交后自动建卡" in page.text
    assert life.project.current_contract().number in page.text
