"""The trail page: filters, export, and the check of its chains."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.urls import reverse

from documents.models import Paper, TrailEvent
from documents.trail import broken_at, check, record, thread_of
from registry import clock
from registry.enums import Role
from tests.questions import questions
from tests.test_documents_papers import issue
from tests.world import make_project, make_world

pytestmark = pytest.mark.django_db
TRAIL = "/documents/trail/"


@pytest.fixture
def world():
    return make_world(schools=2, rooms=1)


@pytest.fixture
def project(world):
    return make_project(world)


def act(world, thing, sentence, *, role=Role.PROJECT_OFFICE, school=None, day=None) -> TrailEvent:
    with clock.at(day or dt.date(2026, 3, 2)):
        return record(
            thing=thing,
            dossier=getattr(thing, "dossier", None),
            verb="办理",
            sentence=sentence,
            actor=world.person(role),
            school=school,
        )


def test_auditor_filters_by_project_school_person_and_day(client, world, project):
    other = make_project(world, name="示例第二项目", lines=False)
    act(world, project, "立项", day=dt.date(2026, 3, 2))
    act(world, project, "验收甲校", role=Role.STATION, school=world.school, day=dt.date(2026, 5, 2))
    act(world, other, "另一个项目")
    client.force_login(world.person(Role.AUDITOR))

    def sentences(**query) -> list[str]:
        return [row.record.sentence for row in client.get(TRAIL, query).context["table"].page]

    assert len(sentences()) == 3
    assert sentences(dossier=project.dossier_id) == ["验收甲校", "立项"]
    assert sentences(school=world.school.name) == ["验收甲校"]
    assert sentences(actor="装备站") == ["验收甲校"]
    assert sentences(since="2026-05-01") == ["验收甲校"]
    assert sentences(dossier=project.dossier_id, until="2026-03-02") == ["立项"]
    assert sentences(q="另一个") == ["另一个项目"]


def test_export_holds_the_same_rows_with_number_and_digest(client, world, project):
    event = act(world, project, "=立项")
    client.force_login(world.person(Role.AUDITOR))
    answer = client.get(TRAIL, {"export": "xlsx"})
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active.values)
    assert len(rows) == 2
    assert {"=立项", event.digest, event.thread} <= set(rows[1])
    assert str(world.person(Role.PROJECT_OFFICE)) in " ".join(map(str, rows[1]))


@pytest.mark.parametrize("role", list(Role))
def test_only_audit_office_and_leading_group_read_it(client, world, role):
    client.force_login(world.person(role))
    welcome = role in (Role.AUDITOR, Role.PROJECT_OFFICE, Role.LEADING_GROUP)
    for door in (TRAIL, reverse("documents:trail_check")):
        assert client.get(door).status_code == (200 if welcome else 403)


def test_another_county_reads_nothing_of_it(client, world, project):
    act(world, project, "立项")
    other = make_world(schools=1, rooms=1, county_code="522632")
    client.force_login(other.person(Role.AUDITOR))
    assert client.get(TRAIL).context["count"] == 0
    door = reverse("documents:trail_check")
    assert client.get(door).context["chains"].events == 0
    assert client.get(door, {"dossier": project.dossier_id}).status_code == 404
    assert client.get(door, {"dossier": "x"}).status_code == 404


def rewrite(event: TrailEvent, **changed) -> None:
    """What somebody with the database's password could do: past the triggers."""
    with connection.cursor() as cursor:
        table = TrailEvent._meta.db_table
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            cursor.execute(f"DROP TRIGGER {table}_no_update")
        TrailEvent.objects.filter(pk=event.pk).update(**changed)


def test_check_finds_the_row_that_was_changed(client, world, project):
    act(world, project, "第一步")
    changed = act(world, project, "第二步")
    act(world, project, "第三步")
    client.force_login(world.person(Role.AUDITOR))
    door = reverse("documents:trail_check")
    answer = client.get(door, {"dossier": project.dossier_id})
    assert "校验通过" in answer.text
    assert (answer.context["chains"].threads, answer.context["chains"].events) == (1, 3)
    rewrite(changed, sentence="第二步，改过")
    answer = client.get(door)
    assert "校验不通过" in answer.text and "第二步，改过" in answer.text
    assert answer.context["chains"].broken == [changed]
    assert broken_at(thread_of(project)) == 2


def test_check_reads_whole_chains_also_where_the_person_sees_a_part(world, project):
    """A chain is checked from its first row even if only later rows were filed for somebody."""
    act(world, project, "第一步")
    act(world, project, "第二步", school=world.school)
    assert check(TrailEvent.objects.filter(school=world.school)).broken == []


def test_check_finds_the_paper_that_was_changed(client, world, project):
    good = issue(project)
    bad = Paper.objects.create(
        dossier=project.dossier,
        kind=good.kind,
        number="YJ-09",
        title="被改的移交单",
        thread=good.thread,
        data=good.data | {"total": "1.00"},
        data_hash=good.data_hash,
        created_at=clock.now(),
    )
    client.force_login(world.person(Role.AUDITOR))
    answer = client.get(reverse("documents:trail_check"))
    assert answer.context["papers"].broken == [bad] and answer.context["papers"].count == 2
    assert "被改的移交单" in answer.text and "校验不通过" in answer.text


def test_pages_ask_the_same_number_of_questions_for_any_number_of_rows(client, world, project):
    client.force_login(world.person(Role.AUDITOR))
    doors = [TRAIL, reverse("documents:trail_check")]
    act(world, project, "立项", school=world.school)
    one = [questions(client, door) for door in doors]
    act(world, project, "再办", school=world.schools[1])
    act(world, make_project(world, name="示例第二项目", lines=False), "另立")
    assert [questions(client, door) for door in doors] == one
    assert max(one) <= 12
