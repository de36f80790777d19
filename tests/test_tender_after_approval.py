"""The tender is announced after the plan was approved, never before."""

import pytest

from registry.enums import Role
from tests import tender_story
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("day", "accepted"), [("2026-02-26", False), ("2026-02-27", True)])
def test_the_announcement_follows_the_approval(day, accepted):
    world = make_world(schools=2, rooms=2)
    tender = tender_story.start(world)
    form = tender_story.step(
        tender,
        world.person(Role.PROCUREMENT),
        tender_story.announcement(announced_on=day, documents_until="2026-03-09"),
    )
    tender.refresh_from_db()
    assert (tender.announced_on is not None) is accepted
    assert accepted or "才批准，公告日期不能早于这一天" in str(form.errors)
