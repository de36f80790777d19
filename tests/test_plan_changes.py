"""变更单: one room leaves an approved plan by two people, before its county inspection passed."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from documents.models import TrailEvent
from procurement.actions.change import approve_change, propose_change, refuse_change
from procurement.models import ChangeOrder, PlanLine, Project
from registry import clock
from registry.enums import Role
from registry.models import Post
from tests.world import make_contract, make_passed, make_project, make_user, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world(schools=3, rooms=2)


@pytest.fixture
def project(world):
    project = make_project(world)
    project.approvals.create(
        planned_by=world.person(Role.PROJECT_OFFICE),
        decided_by=world.person(Role.LEADING_GROUP),
        decided_at=clock.now(),
        approved=True,
    )
    return project


@pytest.fixture
def room(project):
    return PlanLine.objects.filter(project_school__project=project).first()


def propose(world, room, **changes) -> ChangeOrder:
    who = {"user": world.person(Role.PROJECT_OFFICE), "reason": "教室拆除"}
    return propose_change(plan_line=room, **who | changes)


def test_a_room_leaves_plan_and_counts_once_a_second_person_approves(world, project, room):
    change = propose(world, room)
    assert project.counts()["classrooms"] == 6
    assert PlanLine.objects.select_related("change_order").get(pk=room.pk).state == "变更待批准"
    approve_change(change=change, user=world.person(Role.LEADING_GROUP))
    assert project.counts() == {"schools": 3, "classrooms": 5}
    assert Project.objects.with_counts().get(pk=project.pk).classroom_count == 5
    assert room not in PlanLine.objects.live()
    assert PlanLine.objects.select_related("change_order").get(pk=room.pk).state == "已移出"
    told = TrailEvent.objects.filter(dossier=project.dossier, verb="批准变更").get()
    assert (
        told.sentence == "批准变更，示例2小学1年级1班移出计划：教室拆除"
        or "教室拆除" in told.sentence
    )
    assert told.school == room.project_school.school


def test_refusing_keeps_the_room_and_the_trail(world, project, room):
    change = propose(world, room)
    group = world.person(Role.LEADING_GROUP)
    with pytest.raises(ValidationError, match="不同意时请写明原因"):
        refuse_change(change=change, user=group, reason=" ")
    refuse_change(change=change, user=group, reason="教室仍在使用")
    assert project.counts()["classrooms"] == 6
    assert "教室仍在使用" in TrailEvent.objects.get(verb="不同意变更").sentence
    assert propose(world, room).pk


def test_what_cannot_be_proposed(world, project, room):
    with pytest.raises(ValidationError, match="此字段不能为空"):
        propose(world, room, reason=" ")
    propose(world, room)
    with pytest.raises(ValidationError, match="已经提出过变更"):
        propose(world, room)
    early = make_project(world, name="未批准的项目", lines=False)
    row = early.schools.create(school=world.school)
    line = PlanLine.objects.create(project_school=row, classroom=world.school.classrooms.first())
    with pytest.raises(ValidationError, match="方案还没有批准"):
        propose(world, line)


def test_after_the_county_inspection_it_is_too_late(world, project):
    contract = make_contract(world, project)
    room, other = PlanLine.objects.filter(project_school__project=project)[:2]
    pending = propose(world, room)
    make_passed(world, contract)
    with pytest.raises(ValidationError, match="已通过县级验收，不能再移出计划"):
        approve_change(change=pending, user=world.person(Role.LEADING_GROUP))
    with pytest.raises(ValidationError, match="已通过县级验收，不能再移出计划"):
        propose(world, other)
    assert project.counts()["classrooms"] == 6


def test_a_closed_project_does_not_change(world, project, room):
    change = propose(world, room)
    today = clock.today()
    Project.objects.filter(pk=project.pk).update(accepted_on=today, closed_on=today)
    with pytest.raises(ValidationError, match="项目已经结项"):
        approve_change(change=change, user=world.person(Role.LEADING_GROUP))


def test_only_the_office_proposes_and_only_the_group_approves(world, room):
    for role in Role:
        if role is not Role.PROJECT_OFFICE:
            with pytest.raises(PermissionDenied):
                propose(world, room, user=world.person(role))
    change = propose(world, room)
    for role in Role:
        if role is not Role.LEADING_GROUP:
            with pytest.raises(PermissionDenied):
                approve_change(change=change, user=world.person(role))
    far = make_world(schools=1, county_code="522632")
    with pytest.raises(PermissionDenied):
        approve_change(change=change, user=far.person(Role.LEADING_GROUP))


def test_whoever_proposed_does_not_approve(world, room):
    person = make_user("示例兼任", Role.PROJECT_OFFICE, world.county)
    Post.objects.create_for(
        person, Role.LEADING_GROUP, world.county, valid_from=dt.date(2020, 1, 1)
    )
    change = propose(world, room, user=person)
    with pytest.raises(ValidationError, match="变更须由提出人以外的人批准"):
        approve_change(change=change, user=person)
    with pytest.raises(IntegrityError, match="change_needs_two_people"), transaction.atomic():
        ChangeOrder.objects.filter(pk=change.pk).update(
            approved_by=person, approved_on=clock.today()
        )


# --- pages ----------------------------------------------------------------------------------
def test_the_story_of_a_change_through_its_pages(world, project, room, client_of):
    office = client_of(world.person(Role.PROJECT_OFFICE))
    group = client_of(world.person(Role.LEADING_GROUP))
    school = room.project_school.school
    page = office.get(project.changes_url, {"q": school.name})
    url = reverse("procurement:change_propose", args=[room.pk])
    assert url in page.text
    assert "这个字段是必填项" in office.post(url, {"reason": ""}).text
    assert office.post(url, {"reason": "教室拆除"}).url == project.changes_url
    assert "已经提出过变更" in office.post(url, {"reason": "再来"}).text
    change = ChangeOrder.objects.get()
    assert "提交意见" not in office.get(change.get_absolute_url()).text
    assert office.post(change.get_absolute_url(), {"decision": "approve"}).status_code == 403
    page = group.post(change.get_absolute_url(), {"decision": "refuse"})
    assert "不同意时请写明原因。" in page.text
    assert group.post(change.get_absolute_url(), {"decision": "approve"}).status_code == 302
    assert "已移出" in office.get(project.changes_url).text
    assert office.get(project.plan_url, {"state": "out"}).context["count"] == 1
    assert group.post(change.get_absolute_url(), {"decision": "approve"}).status_code == 403


def test_the_list_of_changes_costs_the_same_with_one_and_three(world, project, client_of):
    browser, costs = client_of(world.person(Role.AUDITOR)), []
    for line in PlanLine.objects.all()[:3]:
        propose(world, line)
        with CaptureQueriesContext(connection) as caught:
            browser.get(project.changes_url)
        costs.append(len(caught))
    assert costs[0] == costs[2] <= 12


def test_a_school_sees_its_own_changes_and_a_stranger_none(world, project, room, client_of):
    change = propose(world, room)
    mine = room.project_school.school
    other = next(s for s in world.schools if s != mine)
    assert (
        client_of(world.person(Role.HEAD, mine)).get(change.get_absolute_url()).status_code == 200
    )
    page = client_of(world.person(Role.HEAD, other))
    assert page.get(change.get_absolute_url()).status_code == 404
    assert mine.name not in page.get(project.changes_url).text
    far = make_world(schools=1, county_code="522632")
    for role in (Role.LEADING_GROUP, Role.PROJECT_OFFICE, Role.HEAD):
        browser = client_of(far.person(role))
        assert browser.get(change.get_absolute_url()).status_code == 404
        assert browser.get(project.changes_url).status_code == 404
        url = reverse("procurement:change_propose", args=[room.pk])
        assert browser.post(url, {"reason": "x"}).status_code == 404
