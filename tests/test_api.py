"""The API: who is let in, every route as every role, and how it refuses."""

import datetime as dt
import json

import pytest
from django.test import Client
from django.urls import reverse

from financing.models import Agreement
from procurement.models import PlanLine, Project, ProjectSchool
from registry import clock
from registry.enums import Role
from registry.models import ApiToken
from tests.questions import questions
from tests.world import make_contract, make_passed, make_project, make_world

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def world():
    world = make_world(schools=2, rooms=2)
    make_contract(world)
    return world


def description() -> dict:
    return Client().get(f"{API}/openapi.json").json()


def bearer(secret: str) -> Client:
    return Client(headers={"authorization": f"Bearer {secret}"})


def token(user, *, days=30) -> str:
    expires_on = clock.today() + dt.timedelta(days=days)
    return ApiToken.issue(user=user, label="示例程序", expires_on=expires_on)[1]


# --- who is let in --------------------------------------------------------------------------
def test_a_token_reads_what_its_owner_reads(world):
    head = world.person(Role.HEAD)
    program = bearer(token(head))
    assert program.get(f"{API}/projects").json()["count"] == 1
    found = program.get(f"{API}/schools").json()["items"]
    assert [row["code"] for row in found] == [world.school.code]


def test_expired_revoked_and_foreign_tokens_are_refused_in_words(world):
    head = world.person(Role.HEAD)
    good = token(head)
    assert bearer(good).get(f"{API}/projects").status_code == 200
    revoked = token(head)
    ApiToken.objects.filter(digest=ApiToken.digest_of(revoked)).update(revoked_at=clock.now())
    for secret in (token(head, days=-1), revoked, good[:-1], "", "未知"):
        answer = bearer(secret.encode().decode("latin-1")).get(f"{API}/projects")
        assert answer.status_code == 401, secret
        assert "有效的接口令牌" in answer.json()["message"]
        assert answer["WWW-Authenticate"] == "Bearer"
    head.is_active = False
    head.save()
    assert bearer(good).get(f"{API}/projects").status_code == 401


def test_a_bad_token_is_not_saved_by_a_good_session(client, world):
    client.force_login(world.person(Role.HEAD))
    answer = client.get(f"{API}/projects", headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401


def test_a_token_opens_no_page(world):
    answer = bearer(token(world.person(Role.PROJECT_OFFICE))).get(reverse("registry:settings"))
    assert answer.status_code == 302


def test_a_browser_needs_the_csrf_token_to_send_a_program_does_not(world):
    user = world.person(Role.COUNTY_FINANCE)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    door = f"{API}/financing/quote"
    answer = browser.post(door, "{}", content_type="application/json")
    assert answer.status_code == 403 and "CSRF" in answer.json()["message"]
    browser.get(reverse("registry:tokens"))
    key = browser.cookies["csrftoken"].value
    answer = browser.post(door, "{}", content_type="application/json", headers={"X-CSRFToken": key})
    assert answer.status_code == 400, "let in, and told what is missing in the quote"
    answer = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {token(user)}"})
    assert answer.post(door, "{}", content_type="application/json").status_code == 400


# --- every route as every role --------------------------------------------------------------
def routes() -> list[tuple[str, str]]:
    return [
        (method, path) for path, methods in description()["paths"].items() for method in methods
    ]


def test_a_stranger_gets_nothing_but_the_description(client, world):
    found = routes()
    assert len(found) >= 7
    for method, path in found:
        answer = getattr(client, method)(path.format_map(AnyId()))
        assert answer.status_code == 401, path
        assert answer["Content-Type"].startswith("application/json")
        assert "登录" in answer.json()["message"]


class AnyId(dict):
    """Fills every ``{…_id}`` of a path with the same number."""

    def __init__(self, number: int = 1):
        self.number = number

    def __missing__(self, name):
        return self.number


@pytest.mark.parametrize("role", list(Role))
def test_lists_hold_what_the_person_may_see_and_no_more(client, world, role):
    make_contract(make_world(schools=1, rooms=1, county_code="522632"))
    user = world.person(role)
    client.force_login(user)
    for path, model in (
        (f"{API}/projects", Project),
        (f"{API}/schools", ProjectSchool),
        (f"{API}/agreements", Agreement),
    ):
        if path in description()["paths"]:
            expected = set(model.objects.visible_to(user).values_list("pk", flat=True))
            answer = client.get(path).json()
            assert {row["id"] for row in answer["items"]} == expected, path
            assert answer["count"] == len(expected)


@pytest.mark.parametrize("role", list(Role))
def test_every_thing_opens_for_whom_its_list_shows_it(client, world, role):
    other = make_world(schools=1, rooms=1, county_code="522632")
    make_contract(other)
    user = world.person(role)
    client.force_login(user)
    for path, model in ((f"{API}/projects", Project), (f"{API}/schools", ProjectSchool)):
        seen = set(model.objects.visible_to(user).values_list("pk", flat=True))
        for row in model.objects.all():
            answer = client.get(f"{path}/{row.pk}")
            assert answer.status_code == (200 if row.pk in seen else 404), (path, row)
            if row.pk not in seen:
                assert "没有查看它的权限" in answer.json()["message"]


def test_a_school_reads_no_room_of_another(client, world):
    client.force_login(world.person(Role.HEAD))
    own = ProjectSchool.objects.get(school=world.school)
    lines = client.get(f"{API}/schools/{own.pk}").json()["lines"]
    expected = PlanLine.objects.filter(project_school=own).values_list("pk", flat=True)
    assert [row["id"] for row in lines] == list(expected)


# --- what it tells --------------------------------------------------------------------------
def test_project_with_counts_and_funding(client, world):
    client.force_login(world.person(Role.AUDITOR))
    row = client.get(f"{API}/projects").json()["items"][0]
    assert (row["schools"], row["classrooms"], row["approved"]) == (2, 4, False)
    assert (row["budget"], row["county"], row["deadline"]) == (
        "915400.00",
        world.county.name,
        "2026-10-31",
    )
    detail = client.get(f"{API}/projects/{row['id']}").json()
    assert {one["funder"]: one["percent"] for one in detail["funding"]} == {
        "school": "40.00",
        "county": "10.00",
        "prefecture": "20.00",
        "province": "30.00",
    }


def test_filters(client, world):
    make_project(world, name="示例第二项目", lines=False)
    client.force_login(world.person(Role.AUDITOR))
    first = Project.objects.earliest("pk")

    def count(path, **query) -> int:
        return client.get(f"{API}/{path}", query).json()["count"]

    assert count("projects", year=2026) == 2
    assert count("projects", year=2025) == 0
    assert count("projects", county_code="522631") == 2
    assert count("projects", county_code="522632") == 0
    assert count("schools", project_id=first.pk) == 2
    assert count("schools", code=world.school.code) == 1
    assert count("schools", township_code=world.school.township.code) == 1


def test_progress_of_a_school_follows_its_rooms(client, world):
    client.force_login(world.person(Role.AUDITOR))
    before = client.get(f"{API}/schools").json()["items"][0]["rooms"]
    assert (before["planned"], before["contracted"], before["not_arrived"]) == (2, 2, 2)
    make_passed(world, Project.objects.get().current_contract())
    row = client.get(f"{API}/schools").json()["items"][0]
    rooms = row["rooms"]
    assert rooms["planned"] == rooms["arrived"] == rooms["passed"] == 2
    assert rooms["to_rectify"] == rooms["uninspected"] == rooms["not_arrived"] == 0
    assert row["handed_over_on"] == "2026-06-18"
    detail = client.get(f"{API}/schools/{row['id']}").json()
    assert detail["rooms"] == rooms
    assert {line["state"] for line in detail["lines"]} == {"passed"}


def test_pages_of_rows(client, world):
    client.force_login(world.person(Role.AUDITOR))
    answer = client.get(f"{API}/schools", {"limit": 1, "offset": 1}).json()
    assert (answer["count"], answer["limit"], answer["offset"], len(answer["items"])) == (
        2,
        1,
        1,
        1,
    )
    whole = client.get(f"{API}/schools").json()["items"]
    assert answer["items"][0] == whole[1]


def test_lists_ask_the_same_number_of_questions_for_any_number_of_rows(client):
    small = make_world(schools=1, rooms=1)
    make_contract(small)
    large = make_world(schools=3, rooms=2, county_code="522632")
    for _ in range(3):
        make_contract(large, make_project(large))
    for path in ("projects", "schools"):
        asked = []
        for world in (small, large):
            client.force_login(world.person(Role.AUDITOR))
            asked.append(questions(client, f"{API}/{path}"))
        assert asked[0] == asked[1] <= 12


# --- how it refuses -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"limit": 201}, "不能大于 200"),
        ({"limit": 0}, "不能小于 1"),
        ({"offset": -1}, "不能小于 0"),
        ({"limit": "x"}, "应为整数"),
        ({"year": "去年"}, "应为整数"),
    ],
)
def test_a_wrong_parameter_is_named_in_words(client, world, query, words):
    client.force_login(world.person(Role.AUDITOR))
    answer = client.get(f"{API}/projects", query)
    assert answer.status_code == 422
    found = answer.json()
    assert found["errors"] == [{"field": next(iter(query)), "message": f"{words}。"}]


def test_unknown_addresses_and_methods_answer_in_json(client, world):
    client.force_login(world.person(Role.AUDITOR))
    for path in ("", "nothing", "projects/", "projects/x", "docs"):
        answer = client.get(f"{API}/{path}")
        assert answer.status_code == 404 and "没有这个接口地址" in answer.json()["message"], path
    answer = client.delete(f"{API}/projects")
    assert (answer.status_code, answer["Allow"]) == (405, "GET")
    assert "只接受 GET" in answer.json()["message"]


def test_answers_stay_out_of_shared_caches(client, world):
    client.force_login(world.person(Role.AUDITOR))
    answer = client.get(f"{API}/projects")
    assert answer["Cache-Control"] == "private"
    assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))


# --- its description ------------------------------------------------------------------------
def test_description_is_whole_and_names_its_schemes():
    found = description()
    assert found["openapi"].startswith("3.")
    assert found["info"] == found["info"] | {"title": "班班通项目管理系统接口", "version": "1"}
    schemes = found["components"]["securitySchemes"]
    assert {one["type"] for one in schemes.values()} == {"http", "apiKey"}
    operations = [one for methods in found["paths"].values() for one in methods.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    for one in operations:
        assert one["summary"] and one["security"] and "200" in one["responses"]
    text = json.dumps(found)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in found["components"]["schemas"], name
