"""变更 approved at the roof: a school whose last room leaves the plan ends its story."""

import pytest
from django.urls import reverse

from acceptance.flows import SchoolFlow
from procurement.actions.change import propose_change
from registry.enums import Role
from tests.tender_story import approve
from tests.world import make_contract, make_world
from workflow.models import Duty

pytestmark = pytest.mark.django_db


def approve_page(client_of, world, change):
    client = client_of(world.person(Role.LEADING_GROUP))
    url = reverse("procurement:change", args=[change.pk])
    return client.post(url, {"decision": "approve", "opinion": ""})


@pytest.fixture
def school():
    world = make_world(schools=2, rooms=1)
    project = make_contract(world).project
    approve(world, project)
    row = project.schools.first()
    SchoolFlow.start.run(subject=row)
    row.world = world
    return row


def test_a_school_without_rooms_ends_its_story(school, client_of):
    line = school.lines.get()
    change = propose_change(
        plan_line=line, user=school.world.person(Role.PROJECT_OFFICE), reason="学校撤并"
    )
    assert approve_page(client_of, school.world, change).status_code == 302
    assert SchoolFlow.process_of(school).finished
    assert not Duty.objects.open().filter(school=school.school).exists()


def test_a_room_that_stays_keeps_the_story_going(client_of):
    world = make_world(schools=1, rooms=2)
    project = make_contract(world).project
    approve(world, project)
    school = project.schools.get()
    SchoolFlow.start.run(subject=school)
    change = propose_change(
        plan_line=school.lines.first(), user=world.person(Role.PROJECT_OFFICE), reason="教室改用"
    )
    approve_page(client_of, world, change)
    assert SchoolFlow.process_of(school).finished is None
    assert Duty.objects.open().filter(school=school.school).count() == 2
