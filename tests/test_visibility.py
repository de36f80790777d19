"""Who gets through which door: every address of the site × every role, at home and as a stranger.

``DOORS`` names, for every pattern of the site, a sample address in county A and whom its object
concerns. A pattern without a sample fails ``test_every_door_has_a_sample``: a new door says here
who may open it.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import dataclass, field

import openpyxl
import pytest
from conftest import ReadingClient
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLResolver, get_resolver

from acceptance.models import Defect
from assets.models import AssetCard, Registration
from banbantong.flows import ProjectFlow
from documents.actions import attach, register_seal
from documents.models import Attachment, Paper, Seal, TrailEvent
from documents.seal import seal_png
from financing.models import Agreement, Instalment, Payment, Rebate, RebateClaim
from procurement.actions.change import propose_change
from procurement.models import Contract, PlanImport, PlanLine, Tender
from registry import clock
from registry.actions import issue_token
from registry.enums import Role
from registry.models import Classroom, LocalHoliday, School, Supplier, Township, User
from tests.life import Life
from tests.sheets import line, xlsx
from tests.world import make_user, make_world
from workflow.actions import carry_out
from workflow.models import Duty

pytestmark = pytest.mark.django_db

# Whom a door's object concerns, and who therefore is a stranger to it.
EVERYBODY = "everybody"  # a list, a form, a rule: opens for anybody's own rows
COUNTY = "county"  # strange to other counties
SCHOOL = "school"  # also to other schools, townships and suppliers
OWN = "own"  # one person's
PUBLIC = "public"  # no sign-in asked


@dataclass(frozen=True)
class Door:
    """A sample address: ``args`` names the sample object; ``opens`` is a role that is let in."""

    whose: str
    sample: str = ""
    opens: Role | None = Role.PROJECT_OFFICE
    post: bool = False
    """The door only takes a form."""


OFFICE, ADMIN, HEAD = Role.PROJECT_OFFICE, Role.ADMINISTRATOR, Role.HEAD
LISTED = Door(EVERYBODY)

DOORS: dict[str, Door] = {
    "healthz": Door(PUBLIC),
    "accounts/login/": Door(PUBLIC),
    "accounts/logout/": Door(EVERYBODY, post=True),
    "accounts/password/": LISTED,
    "": LISTED,
    "inbox/": LISTED,
    "overdue/": LISTED,
    "search/": LISTED,
    "post/": Door(OWN, post=True),
    "projects/": LISTED,
    "projects/open/": LISTED,
    "projects/<int:pk>/": Door(COUNTY, "project"),
    "projects/<int:pk>/file/": Door(COUNTY, "project"),
    "projects/<int:pk>/schools/": Door(COUNTY, "project"),
    "rooms/<int:pk>/": Door(SCHOOL, "room", HEAD),
    "tasks/<int:pk>/": Door(SCHOOL, "duty", Role.SCHOOL_FINANCE),
    "tasks/<int:pk>/transfer/": Door(SCHOOL, "duty", Role.SCHOOL_FINANCE),
    "tasks/<int:pk>/urge/": Door(SCHOOL, "duty", post=True),
    "processes/<int:pk>/": Door(COUNTY, "process"),
    "processes/<int:pk>/flow.bpmn": Door(COUNTY, "process"),
    "procurement/programmes/": LISTED,
    "procurement/programmes/new/": LISTED,
    "procurement/programmes/<int:pk>/": Door(COUNTY, "programme"),
    "procurement/programmes/<int:pk>/edit/": Door(COUNTY, "programme"),
    "procurement/projects/<int:pk>/plan/": Door(COUNTY, "project"),
    "procurement/projects/<int:pk>/plan/template.xlsx": Door(COUNTY, "project"),
    "procurement/imports/<int:pk>/": Door(COUNTY, "import"),
    "procurement/projects/<int:pk>/changes/": Door(COUNTY, "project"),
    "procurement/lines/<int:pk>/change/": Door(SCHOOL, "unchanged_room"),
    "procurement/changes/<int:pk>/": Door(SCHOOL, "change"),
    "procurement/tenders/": LISTED,
    "procurement/tenders/<int:pk>/": Door(COUNTY, "tender"),
    "procurement/contracts/<int:pk>/": Door(COUNTY, "contract"),
    "acceptance/schools/": LISTED,
    "acceptance/schools/<int:pk>/": Door(SCHOOL, "project_school", HEAD),
    "acceptance/schools/<int:pk>/serials.xlsx": Door(SCHOOL, "project_school", Role.SUPPLIER),
    "acceptance/schools/<int:pk>/files/": Door(SCHOOL, "project_school", post=True),
    "acceptance/rectifications/": LISTED,
    "assets/cards/": LISTED,
    "assets/cards/<int:pk>/": Door(SCHOOL, "card", HEAD),
    "assets/registrations/": LISTED,
    "assets/registrations/<int:pk>/": Door(SCHOOL, "registration", HEAD),
    "assets/registrations/<int:pk>/labels.pdf": Door(SCHOOL, "registration", Role.TECHNICIAN),
    "assets/labels.pdf": Door(EVERYBODY, post=True),
    "assets/classes/": LISTED,
    "assets/classes/new/": LISTED,
    "financing/agreements/": LISTED,
    "financing/agreements/<int:pk>/": Door(SCHOOL, "agreement", HEAD),
    "financing/payments/": LISTED,
    "financing/instalments/<int:pk>/notice/": Door(SCHOOL, "instalment", post=True),
    "financing/payments/<int:pk>/reverse/": Door(SCHOOL, "payment", Role.COUNTY_FINANCE),
    "financing/claims/": LISTED,
    "financing/claims/bulk/": Door(EVERYBODY, post=True),
    "financing/claims/<int:pk>/": Door(SCHOOL, "claim", Role.SCHOOL_FINANCE),
    "financing/quote/": LISTED,
    "documents/papers/": LISTED,
    "documents/papers/<int:pk>/": Door(SCHOOL, "paper", HEAD),
    "documents/papers/<int:pk>/paper.pdf": Door(SCHOOL, "paper", HEAD),
    "documents/attachments/<int:pk>/": Door(SCHOOL, "attachment", HEAD),
    "documents/seals/": LISTED,
    "documents/seals/new/": LISTED,
    "documents/seals/<int:pk>/": Door(SCHOOL, "seal", HEAD),
    "documents/seals/<int:pk>/seal.png": Door(SCHOOL, "seal", HEAD),
    "documents/trail/": LISTED,
    "documents/trail/check/": LISTED,
    "settings/": LISTED,
    "settings/schools/": LISTED,
    "settings/schools/new/": LISTED,
    "settings/schools/import/": LISTED,
    "settings/schools/import/template.xlsx": LISTED,
    "settings/schools/import/marked.xlsx": Door(OWN),
    "settings/schools/<int:pk>/": Door(SCHOOL, "school", HEAD),
    "settings/schools/<int:pk>/edit/": Door(SCHOOL, "school"),
    "settings/schools/<int:pk>/classrooms/new/": Door(SCHOOL, "school"),
    "settings/classrooms/<int:pk>/edit/": Door(SCHOOL, "classroom"),
    "settings/townships/": LISTED,
    "settings/townships/new/": LISTED,
    "settings/townships/<int:pk>/rename/": Door(COUNTY, "township"),
    "settings/suppliers/": LISTED,
    "settings/suppliers/new/": LISTED,
    "settings/suppliers/<int:pk>/edit/": Door(EVERYBODY, "supplier"),
    "settings/people/": LISTED,
    "settings/people/new/": LISTED,
    "settings/people/<int:pk>/": Door(SCHOOL, "person"),
    "settings/people/<int:pk>/posts/new/": Door(SCHOOL, "person"),
    "settings/people/<int:pk>/password/": Door(SCHOOL, "person", post=True),
    "settings/people/<int:pk>/active/": Door(SCHOOL, "person", post=True),
    "settings/posts/<int:pk>/end/": Door(SCHOOL, "post", post=True),
    "settings/parameters/": LISTED,
    "settings/parameters/<str:code>/": Door(EVERYBODY, "parameter"),
    "settings/holidays/": LISTED,
    "settings/holidays/<int:pk>/drop/": Door(EVERYBODY, "holiday", post=True),
    "settings/tokens/": LISTED,
    "settings/tokens/<int:pk>/revoke/": Door(OWN, "token", post=True),
    "v/<str:token>/": Door(PUBLIC, "paper_token"),
    "api/v1/openapi.json": Door(PUBLIC),
    "api/v1/projects": LISTED,
    "api/v1/projects/<int:project_id>": Door(COUNTY, "project"),
    "api/v1/schools": LISTED,
    "api/v1/schools/<int:school_id>": Door(SCHOOL, "project_school", HEAD),
    "api/v1/assets/cards": LISTED,
    "api/v1/assets/cards/<int:card_id>": Door(SCHOOL, "card", HEAD),
    "api/v1/financing/quote": Door(EVERYBODY, post=True),
    "api/v1/financing/agreements": LISTED,
    "api/v1/financing/agreements/<int:agreement_id>": Door(SCHOOL, "agreement", HEAD),
    "api/v1/": Door(EVERYBODY, opens=None),  # only names the namespace
}


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


# --- county A with one of everything, county B beside it ------------------------------------------
@dataclass
class Town:
    """County A's people and samples, and those who are strangers in it."""

    people: dict[Role, User]
    strangers: dict[Role, User]
    neighbours: dict[str, User]
    samples: dict[str, object]
    marks: list[str]
    browsers: dict[int, ReadingClient] = field(default_factory=dict)

    def browser(self, user: User) -> ReadingClient:
        browser = ReadingClient(raise_request_exception=False)
        browser.force_login(user)
        return browser

    def address(self, route: str) -> str:
        door = DOORS[route]
        if "<" not in route:
            return "/" + route
        start, rest = route.split("<", 1)
        return f"/{start}{self.samples[door.sample]}{rest.split('>', 1)[1]}"


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_town()
        transaction.set_rollback(True)


def make_town() -> Town:
    home = make_world(schools=2, rooms=2)
    for at, school in enumerate(home.schools):
        school.name = f"甲县示例{at + 1}小学"
        school.save()
    life = Life(home)
    programme = life.stage.programme(2, 4, 2026)
    life.open("甲县班班通项目", programme)
    _faulty_import(life)
    life.plan().approve().tender()
    life.build(0, stop=("apply",), fail=1)
    life.build(1, stop=("install", "prepare_site"))
    life.pay(0, on=dt.date(2026, 9, 1))
    samples = _samples(life, programme)
    away = make_world(schools=1, rooms=1, county_code="532501")
    neighbours = {
        "别校校长": home.person(Role.HEAD, home.schools[1]),
        "别校技术员": home.person(Role.TECHNICIAN, home.schools[1]),
        "别校财务": home.person(Role.SCHOOL_FINANCE, home.schools[1]),
        "别镇": home.person(Role.TOWNSHIP_OFFICE),
        "未中标企业": _rival(),
    }
    people = {role: home.person(role) for role in Role}
    strangers = {role: away.person(role) for role in Role if role is not ADMIN}
    marks = ["甲县", life.project.current_contract().number, samples["serial"]]
    return Town(people, strangers, neighbours, samples, marks)


def _rival() -> User:
    from tests.tender_story import new_code

    return make_user(
        "示例局外企业", Role.SUPPLIER, Supplier.objects.create(name="示例局外", uscc=new_code())
    )


def _faulty_import(life: Life) -> None:
    """A list that came back marked."""
    bad = xlsx([line(life.world.school, "1年级1班", "两")])
    office = life.world.person(OFFICE)
    form = carry_out(
        duty=life.duty("plan"),
        user=office,
        data={"mode": "replace"},
        files={"upload": SimpleUploadedFile("附表1.xlsx", bad)},
        finish=False,
    )
    assert form.errors


def _samples(life: Life, programme) -> dict[str, object]:
    school, home = life.school(0), life.world
    head, office = home.person(HEAD), home.person(OFFICE)
    rooms = list(PlanLine.objects.filter(project_school=school))
    other_rooms = list(PlanLine.objects.filter(project_school=life.school(1)))
    photo = SimpleUploadedFile("现场.png", seal_png("甲县示例", "照片"))
    attachment = attach(
        upload=photo, thing=school, dossier=school.dossier, actor=head, school=school.school
    )
    register_seal(name="甲县教育局", image=seal_png("甲县教育局", ""), county=home.county)
    until = clock.today() + dt.timedelta(days=30)
    issue_token(user=office, label="甲县报表", expires_on=until)
    paper = Paper.objects.filter(school=school.school, kind="school_acceptance").latest("pk")
    room = rooms[0]
    assert Defect.objects.exists()
    return {
        "project": life.project.pk,
        "room": room.pk,
        "unchanged_room": other_rooms[1].pk,
        "duty": life.duty("apply", school.school).pk,
        "process": ProjectFlow.process_of(life.project).pk,
        "programme": programme.pk,
        "import": PlanImport.objects.exclude(file="").latest("pk").pk,
        "change": propose_change(plan_line=other_rooms[0], user=office, reason="撤并").pk,
        "tender": Tender.objects.latest("pk").pk,
        "contract": Contract.objects.latest("pk").pk,
        "project_school": school.pk,
        "card": AssetCard.objects.filter(room_pass__plan_line=room).first().pk,
        "serial": room.installed.present().first().serial,
        "registration": Registration.objects.get(project_school=school).pk,
        "agreement": Agreement.objects.get(project_school=school).pk,
        "instalment": Instalment.objects.filter(agreement__project_school=school).last().pk,
        "payment": Payment.objects.get().pk,
        "claim": RebateClaim.objects.first().pk,
        "paper": paper.pk,
        "paper_token": paper.token,
        "attachment": attachment.pk,
        "seal": Seal.objects.get(school=school.school).pk,
        "school": school.school.pk,
        "classroom": Classroom.objects.filter(school=school.school).first().pk,
        "township": Township.objects.filter(county=home.county).first().pk,
        "supplier": home.supplier.pk,
        "person": head.pk,
        "post": head.posts.get().pk,
        "parameter": "tender.bidding_days",
        "holiday": LocalHoliday.objects.create(
            county=home.county, day=dt.date(2026, 12, 31), name="甲县侗年"
        ).pk,
        "token": office.tokens.get().pk,
    }


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
    finance.post("/financing/claims/bulk/", data)
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
