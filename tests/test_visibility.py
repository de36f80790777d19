"""Who gets through which door: every address of the site × every role, at home and as a stranger.

``tests.doors`` names, for every pattern of the site, a sample address in county A and whom its
object concerns. A pattern without a sample fails ``test_every_door_has_a_sample``: a new door says
there who may open it.
"""

from __future__ import annotations

import datetime as dt
import io
import json

import openpyxl
import pytest
from conftest import ReadingClient
from django.db import transaction
from django.urls import URLResolver, get_resolver

from documents.models import Attachment, Paper, Seal, TrailEvent
from financing.models import Payment, Rebate, RebateClaim
from registry import clock
from registry.actions import issue_token
from registry.enums import Role
from registry.models import Classroom, LocalHoliday, School, User
from tests.doors import (
    ADMIN,
    COUNTY,
    DOORS,
    EVERYBODY,
    HEAD,
    OFFICE,
    OWN,
    PUBLIC,
    SCHOOL,
    Door,
    make_town,
)
from workflow.models import Duty

pytestmark = pytest.mark.django_db


def routes(patterns=None, before: str = "") -> list[str]:
    """Every pattern of the site as one string."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += routes(pattern.url_patterns, route)
        else:
            found.append(route)
    return found


def test_every_door_has_a_sample():
    assert sorted(set(routes())) == sorted(DOORS)


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_town()
        transaction.set_rollback(True)


def words_of(answer) -> str:
    """All that an answer says, also in a sheet or escaped in JSON."""
    content = b"".join(answer) if answer.streaming else answer.content
    if "spreadsheet" in answer.headers.get("Content-Type", ""):
        book = openpyxl.load_workbook(io.BytesIO(content))
        return "\n".join(
            str(cell) for page in book for row in page.iter_rows(values_only=True) for cell in row
        )
    if "json" in answer.headers.get("Content-Type", ""):
        return json.dumps(json.loads(content), ensure_ascii=False)
    return content.decode(errors="replace")


def knock(browser, url: str, door: Door):
    return browser.post(url, {}) if door.post else browser.get(url)


REFUSED = (403, 404)


def refused(browser, url: str, door: Door) -> list[str]:
    """What is wrong with how a stranger is turned away: GET and POST."""
    wrong = []
    for verb in ("GET", "POST"):
        answer = browser.get(url) if verb == "GET" else browser.post(url, {})
        if answer.status_code not in (*REFUSED, 405):
            wrong.append(f"{verb} {url} → {answer.status_code}")
    return wrong


@pytest.mark.parametrize("role", [role for role in Role if role is not ADMIN])
def test_a_stranger_from_another_county_is_turned_away(town, role):
    browser, before, wrong = town.browser(town.strangers[role]), state(), []
    for route, door in DOORS.items():
        if door.whose in (COUNTY, SCHOOL):
            wrong += refused(browser, town.address(route), door)
    assert wrong == []
    assert state() == before


# Whose places are found along the same paths; the others' searches and exports cost only time.
ONE_OF_A_KIND = (OFFICE, Role.PREFECTURE, Role.TOWNSHIP_OFFICE, HEAD, Role.SUPPLIER)


@pytest.mark.parametrize("role", [role for role in Role if role is not ADMIN])
def test_a_stranger_reads_nothing_of_the_county_on_open_pages(town, role):
    browser, wrong = town.browser(town.strangers[role]), []
    for route, door in DOORS.items():
        if door.whose != EVERYBODY or door.post:
            continue
        url = town.address(route)
        for query in ("", "?export=xlsx", "?q=甲县") if role in ONE_OF_A_KIND else ("",):
            answer = browser.get(url + query)
            if answer.status_code >= 500:
                wrong.append(f"{url}{query} → {answer.status_code}")
            if route == "settings/holidays/" and role is Role.SUPPLIER:
                continue  # whoever delivers anywhere knows each county's days off
            said = words_of(answer).replace("甲县”", "").replace('value="甲县"', "")
            wrong += [f"{url}{query} tells {mark}" for mark in town.marks if mark in said]
    assert wrong == []


NEIGHBOURS = ["别校校长", "别校技术员", "别校财务", "别镇", "未中标企业"]


@pytest.mark.parametrize("who", NEIGHBOURS)
def test_another_school_township_or_supplier_is_turned_away(town, who):
    browser, before, wrong = town.browser(town.neighbours[who]), state(), []
    for route, door in DOORS.items():
        if door.whose == SCHOOL:
            if door.sample in ("change", "unchanged_room") and who.startswith("别"):
                continue  # that room is the other school's own
            wrong += refused(browser, town.address(route), door)
    assert wrong == []
    assert state() == before


def state() -> list[int]:
    """How many rows there are of what people write."""
    models = (
        TrailEvent,
        Duty,
        Payment,
        Paper,
        Attachment,
        Seal,
        User,
        School,
        Classroom,
        LocalHoliday,
    )
    return [model.objects.count() for model in models] + [
        Duty.objects.open().count(),
        User.objects.filter(is_active=True).count(),
    ]


def test_nobody_without_signing_in_gets_further_than_the_login_page(town, settings):
    browser, wrong = ReadingClient(raise_request_exception=False), []
    for route, door in DOORS.items():
        url = town.address(route)
        for verb in ("get", "post"):
            answer = getattr(browser, verb)(url)
            if door.whose == PUBLIC:
                fine = answer.status_code in (200, 405)
            elif route == "api/v1/":
                fine = answer.status_code == 404
            elif route.startswith("api/"):
                fine = answer.status_code in (401, 405)
            elif route == "accounts/logout/":
                fine = answer.status_code in (302, 405)
            else:
                fine = answer.status_code == 302 and answer.url.startswith("/accounts/login/")
                fine |= answer.status_code == 405 and verb == ("get" if door.post else "post")
            if not fine:
                wrong.append(f"{verb} {url} → {answer.status_code}")
    assert wrong == []


def test_what_is_public_tells_no_names_and_no_amounts(town):
    page = words_of(ReadingClient().get(town.address("v/<str:token>/")))
    head = town.people[HEAD].name
    assert "学校验收表" in page
    assert head not in page
    assert "21,500" not in page


@pytest.mark.parametrize("role", list(Role))
def test_at_home_no_door_breaks_and_looking_writes_nothing(town, role):
    """``ReadingClient`` fails on a GET that writes; 403 and 404 are answers, 500 is none."""
    browser, wrong = town.browser(town.people[role]), []
    before = state()
    for route, door in DOORS.items():
        if door.post or route.endswith(("paper.pdf", "labels.pdf")):
            continue
        answer = browser.get(town.address(route))
        if answer.status_code not in (200, 302, *REFUSED, 405):
            wrong.append(f"{town.address(route)} → {answer.status_code}")
    assert wrong == []
    assert state() == before


def test_every_door_opens_for_whom_it_is_there(town):
    wrong = []
    for route, door in DOORS.items():
        if door.post or door.opens is None or door.whose in (OWN, PUBLIC):
            continue
        user = town.people[door.opens]
        answers = [town.browser(user).get(town.address(route))]
        if answers[0].status_code != 200:  # the administrator's own doors
            answers.append(town.browser(town.people[ADMIN]).get(town.address(route)))
        if 200 not in [answer.status_code for answer in answers]:
            wrong.append(f"{town.address(route)} → {[a.status_code for a in answers]}")
    assert wrong == []


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PREFECTURE, Role.PROVINCE])
def test_a_reader_changes_nothing_by_any_door(town, role):
    browser, before, wrong = town.browser(town.people[role]), state(), []
    for route in DOORS:
        if route.startswith("accounts/"):
            continue  # one's own sign-in
        answer = browser.post(town.address(route), {"confirm": "on", "reason": "试试"})
        if answer.status_code >= 500:
            wrong.append(f"{town.address(route)} → {answer.status_code}")
    assert wrong == []
    assert state() == before


def test_rows_of_another_county_slip_through_no_form(town):
    """A stranger with the right role posts A's row numbers where its own are asked for."""
    finance = town.browser(town.strangers[Role.COUNTY_FINANCE])
    rebate = Rebate.objects.filter(claim=None).first()
    assert rebate is not None
    data = {"rebates": [rebate.pk], "document": "示例教申1号"}
    project = rebate.instalment.agreement.project_school.project_id
    for query in (f"?project={project}&funder={rebate.funder}", ""):
        finance.post(f"/financing/claims/batches/new/{query}", data)
    assert not RebateClaim.objects.filter(rebate=rebate).exists()
    head = town.browser(town.strangers[HEAD])
    answer = head.post("/assets/labels.pdf", {"card": [town.samples["card"]]})
    assert answer.headers.get("Content-Type") != "application/pdf"
    office = town.browser(town.strangers[OFFICE])
    data = {"owner": f"school:{town.samples['school']}", "name": "甲县冒名"}
    office.post("/documents/seals/new/", data)
    assert not Seal.objects.filter(name="甲县冒名").exists()


def test_the_waited_for_cannot_urge_and_the_county_can(town):
    url = town.address("tasks/<int:pk>/urge/")
    for role in (HEAD, Role.SCHOOL_FINANCE, Role.AUDITOR):
        assert town.browser(town.people[role]).post(url).status_code == 403
    answer = town.browser(town.people[OFFICE]).post(url, follow=True)
    assert "已催办" in words_of(answer)
    again = town.browser(town.people[OFFICE]).post(url, follow=True)
    assert "今天已经催办过" in words_of(again)


def test_a_program_with_a_key_sees_what_its_owner_sees(town):
    """Bearer tokens: the county's own list, and nothing of it for the other county."""
    until = clock.today() + dt.timedelta(days=2)
    at_home = issue_token(user=town.people[OFFICE], label="甲", expires_on=until)
    away = issue_token(user=town.strangers[OFFICE], label="乙", expires_on=until)
    url, one = "/api/v1/projects", town.address("api/v1/projects/<int:project_id>")
    browser = ReadingClient()

    def ask(url: str, key: str):
        return browser.get(url, headers={"Authorization": f"Bearer {key}"})

    assert "甲县班班通项目" in words_of(ask(url, at_home))
    assert ask(one, at_home).status_code == 200
    assert ask(url, away).status_code == 200
    assert "甲县" not in words_of(ask(url, away))
    assert ask(one, away).status_code == 404
    assert ask(url, at_home + "x").status_code == 401


def test_a_key_belongs_to_who_holds_it(town):
    """Somebody else's token cannot be revoked, nor somebody else's post be used."""
    auditor = town.browser(town.people[Role.AUDITOR])
    token = town.address("settings/tokens/<int:pk>/revoke/")
    assert auditor.post(token).status_code == 404
    post = town.people[HEAD].posts.get().pk
    assert auditor.post("/post/", {"post": post}).status_code == 404
    assert town.browser(town.people[OFFICE]).post(token).status_code == 302
