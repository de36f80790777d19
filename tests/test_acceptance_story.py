"""A school's whole story by its steps: straight through, with failures, with returns."""

import pytest
from acceptance_walk import SchoolWalk

from acceptance.models import Handover
from acceptance.rooms import tally
from documents.models import Paper
from tests.world import make_contract, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk():
    world = make_world()
    make_contract(world)
    return SchoolWalk(world)


def test_straight_through(walk):
    walk.to_the_end()
    assert walk.process.status == "DONE"
    assert Handover.objects.get(project_school=walk.school).completed_on
    count = tally(walk.school)
    assert (count.planned, count.passed) == (2, 2)
    signed = {
        (paper.kind, signature.role)
        for paper in Paper.objects.filter(school=walk.school.school)
        for signature in paper.signatures.all()
    }
    assert signed == {
        ("school_acceptance", "校长"),
        ("school_acceptance", "装备站"),
        ("county_inspection", "县级验收组组长"),
        ("handover", "移交人"),
        ("handover", "接收人"),
        ("handover", "监交人"),
    }
