"""Projects: the list, who may open one, the schools of one, and what a school sees of it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from registry.enums import Role
from tests.life import Life
from tests.reading import Page
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def life():
    """Two schools in two townships, both in their buyback."""
    life = Life(make_world(schools=2, rooms=1)).contract()
    life.build(0)
    life.build(1)
    return life


def test_the_list_of_projects_says_what_each_waits_for(life):
    Life(life.world).open("示例又一项目")
    page = life.page(Role.PROJECT_OFFICE, "projects")
    rows = {tr.all("td")[0].text: tr.text for tr in page.first("tbody").all("tr")}
    assert "编制方案" in rows["示例又一项目"]
    assert "学校申请付款 2 件" in rows["示例项目"]
    assert page.totals["班数"] == "2"


def test_only_the_project_office_is_offered_a_new_project(life, client_of):
    assert "立项" in [a.text for a in _acts(life.page(Role.PROJECT_OFFICE, "projects"))]
    assert _acts(life.page(Role.AUDITOR, "projects")) == []
    opened = client_of(life.world.person(Role.LEADING_GROUP)).get(reverse("project_open"))
    assert opened.status_code == 403


def _acts(page: Page) -> list:
    return page.first(css="page-actions").all("a")


def test_a_filter_on_stage_and_township_shows_just_those_schools(life):
    township = life.world.schools[0].township
    pk, query = life.project.pk, f"?township={township.pk}&stage=buyback"
    page = life.page(Role.PROJECT_OFFICE, "project_schools", pk, query=query)
    names = {tr.all("td")[0].text for tr in page.first("tbody").all("tr")}
    assert names == {s.name for s in life.world.schools if s.township == township}
    none = life.page(Role.PROJECT_OFFICE, "project_schools", pk, query="?stage=train")
    assert none.count == 0
    wrong = life.page(Role.PROJECT_OFFICE, "project_schools", pk, query="?stage=nonsense")
    assert wrong.count == 0


def test_a_school_sees_only_itself_in_a_project(life):
    page = life.page(Role.HEAD, "project_schools", life.project.pk)
    assert [tr.all("td")[0].text for tr in page.first("tbody").all("tr")] == ["示例1小学"]
    project = life.page(Role.HEAD, "project", life.project.pk)
    assert "账账相符" not in project.text
    assert "示例2小学" not in project.text
