"""Every door of the site with a sample behind it: an address in county A and whom it concerns.

``DOORS`` names them by the pattern of the address; ``make_town`` builds county A with one of
everything, and county B whose people are strangers in it.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from conftest import ReadingClient
from django.core.files.uploadedfile import SimpleUploadedFile

from acceptance.models import Defect
from assets.models import AssetCard, Registration
from banbantong.flows import ProjectFlow
from documents.actions import attach, register_seal
from documents.models import Paper, Seal
from documents.seal import seal_png
from financing.actions.revision import propose_revision
from financing.enums import RevisionKind
from financing.models import Agreement, ClaimBatch, Instalment, Payment, RebateClaim
from procurement.actions.change import propose_change
from procurement.models import Contract, PlanImport, PlanLine, Tender
from registry import clock
from registry.actions import issue_token
from registry.enums import Role
from registry.models import Classroom, LocalHoliday, Supplier, Township, User
from tests.books import book_samples
from tests.gate_samples import gate_samples
from tests.life import Life
from tests.reports import published
from tests.sheets import line, xlsx
from tests.statements import bank_samples
from tests.world import make_user, make_world
from workflow.actions import carry_out

# Whom a door's object concerns, and who therefore is a stranger to it.
EVERYBODY = "everybody"  # a list, a form, a rule: opens for anybody's own rows
COUNTY = "county"  # strange to other counties
SCHOOL = "school"  # also to other schools, townships and suppliers
OWN = "own"  # one person's
PUBLIC = "public"  # no sign-in asked


@dataclass(frozen=True)
class Door:
    """A sample address: ``sample`` names its object; ``opens`` is a role that is let in."""

    whose: str
    sample: str = ""
    opens: Role | None = Role.PROJECT_OFFICE
    post: bool = False
    """The door only takes a form."""


OFFICE, ADMIN, HEAD = Role.PROJECT_OFFICE, Role.ADMINISTRATOR, Role.HEAD
CASHIER = Role.COUNTY_CASHIER
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
    "financing/applications/": LISTED,
    "financing/applications/review/": Door(EVERYBODY, post=True),
    "financing/payments/": LISTED,
    "financing/instalments/<int:pk>/notice/": Door(SCHOOL, "instalment", post=True),
    "financing/payments/<int:pk>/reverse/": Door(SCHOOL, "payment", Role.COUNTY_FINANCE),
    "financing/agreements/<int:pk>/waiver/": Door(SCHOOL, "agreement", Role.COUNTY_FINANCE),
    "financing/agreements/<int:pk>/refund/": Door(SCHOOL, "agreement", Role.COUNTY_FINANCE),
    "financing/agreements/<int:pk>/revise/<str:kind>/": Door(SCHOOL, "revise", Role.COUNTY_FINANCE),
    "financing/agreements/<int:pk>/plans/": Door(SCHOOL, "agreement", HEAD),
    "financing/revisions/<int:pk>/": Door(SCHOOL, "revision", HEAD),
    "financing/claims/": LISTED,
    "financing/claims/<int:pk>/": Door(SCHOOL, "claim", Role.SCHOOL_FINANCE),
    "financing/claims/ageing/": LISTED,
    "financing/claims/totals/": LISTED,
    "financing/claims/batches/": LISTED,
    "financing/claims/batches/new/": Door(EVERYBODY, opens=Role.COUNTY_FINANCE),
    "financing/claims/batches/marked.xlsx": Door(OWN),
    "financing/claims/batches/<int:pk>/": Door(SCHOOL, "claim_batch", Role.COUNTY_FINANCE),
    "financing/claims/batches/<int:pk>/sheet.xlsx": Door(
        SCHOOL, "claim_batch", Role.COUNTY_FINANCE
    ),
    "financing/claims/batches/<int:pk>/upload/": Door(SCHOOL, "claim_batch", Role.PREFECTURE),
    "financing/budgets/": LISTED,
    "financing/budgets/enter/": Door(EVERYBODY, opens=Role.COUNTY_FINANCE),
    "financing/budgets/template.xlsx": Door(EVERYBODY, opens=Role.COUNTY_FINANCE),
    "financing/budgets/schools/<int:pk>/": Door(SCHOOL, "school", HEAD),
    "financing/checks/": LISTED,
    "financing/checks/enter/": Door(EVERYBODY, opens=Role.STATION),
    "financing/holds/": LISTED,
    "financing/holds/<int:pk>/": Door(SCHOOL, "hold", HEAD),
    "financing/instalments/<int:pk>/hold/": Door(SCHOOL, "instalment", HEAD),
    "financing/risks/": LISTED,
    "financing/agreements/<int:pk>/risks/<str:rule>/": Door(SCHOOL, "risk", HEAD),
    "financing/funds/": LISTED,
    "financing/funds/new/": Door(EVERYBODY, opens=Role.COUNTY_FINANCE),
    "financing/funds/<int:pk>/": Door(COUNTY, "fund"),
    "financing/funds/<int:pk>/allocate/": Door(COUNTY, "fund", Role.COUNTY_FINANCE),
    "financing/funds/<int:pk>/use/": Door(COUNTY, "fund", Role.COUNTY_CASHIER),
    "financing/funds/uses/<int:pk>/correct/": Door(COUNTY, "fund_use", Role.COUNTY_FINANCE),
    "financing/projects/<int:pk>/sources/": Door(COUNTY, "project"),
    "financing/quote/": LISTED,
    "financing/quote/schools/": LISTED,
    "accounting/books/": Door(EVERYBODY, opens=CASHIER),
    "accounting/books/close/": Door(EVERYBODY, post=True),
    "accounting/books/close/waiting/": Door(EVERYBODY, post=True),
    "accounting/books/rules/": Door(EVERYBODY, opens=Role.AUDITOR),
    "accounting/books/rules/<str:kind>/": Door(EVERYBODY, "book_kind", Role.COUNTY_FINANCE),
    "accounting/books/accounts/new/": Door(EVERYBODY, opens=Role.COUNTY_FINANCE),
    "accounting/books/vouchers/make/": Door(EVERYBODY, post=True),
    "accounting/books/vouchers/": Door(EVERYBODY, opens=Role.SCHOOL_FINANCE),
    "accounting/books/vouchers/<int:pk>/": Door(SCHOOL, "voucher", Role.SCHOOL_FINANCE),
    "accounting/books/entries/": Door(EVERYBODY, opens=Role.SCHOOL_FINANCE),
    "accounting/books/balances/": Door(EVERYBODY, opens=Role.SCHOOL_FINANCE),
    "accounting/books/payables/": Door(EVERYBODY, opens=Role.SCHOOL_FINANCE),
    "accounting/bank/": Door(EVERYBODY, opens=CASHIER),
    "accounting/bank/accounts/new/": Door(EVERYBODY, opens=CASHIER),
    "accounting/bank/accounts/<int:pk>/": Door(SCHOOL, "bank_account", CASHIER),
    "accounting/bank/accounts/<int:pk>/edit/": Door(SCHOOL, "bank_account", CASHIER),
    "accounting/bank/accounts/<int:pk>/import/": Door(SCHOOL, "bank_account", CASHIER),
    "accounting/bank/accounts/<int:pk>/import/look/": Door(OWN, "bank_account"),
    "accounting/bank/accounts/<int:pk>/import/marked.xlsx": Door(OWN, "bank_account"),
    "accounting/bank/accounts/<int:pk>/desk/": Door(SCHOOL, "bank_account", Role.LEADING_GROUP),
    "accounting/bank/accounts/<int:pk>/confirm/": Door(SCHOOL, "bank_account", post=True),
    "accounting/bank/accounts/<int:pk>/months/<str:month>/": Door(
        SCHOOL, "bank_month", Role.AUDITOR
    ),
    "accounting/bank/accounts/<int:pk>/months/<str:month>/close/": Door(
        SCHOOL, "bank_month", post=True
    ),
    "accounting/bank/accounts/<int:pk>/months/<str:month>/sheet.xlsx": Door(
        SCHOOL, "bank_month", Role.AUDITOR
    ),
    "accounting/bank/accounts/<int:pk>/months/<str:month>/paper.pdf": Door(
        SCHOOL, "bank_month", Role.AUDITOR
    ),
    "accounting/bank/files/<int:pk>/": Door(SCHOOL, "bank_file", Role.AUDITOR),
    "accounting/bank/lines/": Door(EVERYBODY, opens=Role.AUDITOR),
    "accounting/bank/lines/<int:pk>/": Door(SCHOOL, "bank_line", Role.AUDITOR),
    "accounting/bank/lines/<int:pk>/confirm/": Door(SCHOOL, "bank_line", post=True),
    "accounting/bank/lines/<int:pk>/explain/": Door(SCHOOL, "bank_line", post=True),
    "accounting/bank/matches/<int:pk>/undo/": Door(SCHOOL, "bank_match", post=True),
    "accounting/": LISTED,
    "accounting/ledger/": LISTED,
    "accounting/ageing/": LISTED,
    "accounting/forecast/": LISTED,
    "accounting/instalments/": LISTED,
    "accounting/rebates/": LISTED,
    "accounting/suppliers/statement/": Door(EVERYBODY, opens=Role.SUPPLIER),
    "accounting/notices/": LISTED,
    "accounting/notices/send/": Door(EVERYBODY, post=True),
    "accounting/notices/papers.pdf": Door(EVERYBODY, opens=None),  # nothing before any is sent
    "accounting/disclosure/": LISTED,
    "accounting/disclosure/<int:pk>/": Door(COUNTY, "disclosure"),
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
        found = self.samples.get(door.sample)
        values = iter(found if isinstance(found, tuple) else (found,))
        return "/" + re.sub("<[^>]+>", lambda _: str(next(values)), route)


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
    life.claim(on=dt.date(2026, 9, 2))
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
    return (
        bank_samples(home)
        | gate_samples(home, school)
        | book_samples(home)
        | {
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
            "disclosure": published(home).pk,
            "agreement": (agreement := Agreement.objects.get(project_school=school)).pk,
            "revise": (agreement.pk, "buyout"),
            "revision": propose_revision(
                agreement=agreement,
                user=home.person(Role.COUNTY_FINANCE),
                reason="学校提前付清",
                kind=RevisionKind.BUYOUT,
                effective_on=clock.today(),
            ).pk,
            "instalment": Instalment.objects.filter(agreement__project_school=school).last().pk,
            "payment": Payment.objects.get().pk,
            "claim": RebateClaim.objects.first().pk,
            "claim_batch": ClaimBatch.objects.get(funder="province").pk,
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
    )
