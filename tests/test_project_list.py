"""The list of projects with its sheet, and which project stands on the home page."""

import io

import openpyxl
import pytest
from django.urls import reverse

from banbantong import wakes
from procurement.actions.plan import open_project
from procurement.enums import Funder
from procurement.models import EquipmentMode
from registry import clock
from registry.enums import Role
from tests.world import make_contract, make_project, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def opened(world, name: str):
    user = world.person(Role.PROJECT_OFFICE)
    project = open_project(
        county=world.county,
        user=user,
        name=name,
        year=2026,
        deadline=clock.today(),
        mode=EquipmentMode.objects.get(code=2),
        target_classrooms=4,
        budget=92000,
        budget_basis="示例财预〔2026〕2号",
        funding={Funder.SCHOOL: 100},
        programme=None,
    )
    wakes.begin(project, user)
    return project


def test_the_sheet_says_what_each_project_waits_for(client, world):
    opened(world, "示例待编方案项目")
    client.force_login(world.person(Role.PROJECT_OFFICE))
    page = client.get(reverse("projects"))
    assert "编制方案" in page.content.decode()
    sheet = client.get(reverse("projects"), {"export": "xlsx"})
    assert sheet.status_code == 200
    rows = list(openpyxl.load_workbook(io.BytesIO(sheet.getvalue())).active.values)
    assert dict(zip(rows[0], rows[1], strict=True))["现在等待"] == "编制方案"


def test_home_shows_the_largest_project_being_built_not_the_newest(client, world):
    large = make_project(world, name="示例大项目")
    make_contract(world, large)
    schools, world.schools = world.schools, world.schools[:1]
    small = make_project(world, name="示例小项目")
    make_contract(world, small)
    world.schools = schools
    client.force_login(world.person(Role.PROJECT_OFFICE))
    assert client.get(reverse("home")).context["running"] == large
    large.accepted_on = clock.today()
    large.save()
    assert client.get(reverse("home")).context["running"] == small
