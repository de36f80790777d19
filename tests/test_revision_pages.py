"""Changes of a plan on the pages: preview, proposal, decision, signatures, and how it all ends."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from banbantong.balance import books
from banbantong.stages import staged
from documents.models import Paper
from financing.flows import BuybackFlow, RevisionFlow
from financing.models import Agreement, Payment, Revision
from procurement.models import ProjectSchool
from registry import clock
from registry.enums import Role
from tests.acceptance_walk import drawn
from tests.buyback import duty_of, make_buybacks, pay_round
from tests.reading import Page
from tests.world import PASSWORD, make_user, make_world
from workflow.actions import carry_out
from workflow.models import Duty

pytestmark = pytest.mark.django_db
SIGNED, LATER = dt.date(2026, 6, 20), dt.date(2026, 9, 1)


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def buyback(world):
    with clock.at(SIGNED):
        return make_buybacks(world)[0]


@pytest.fixture
def second(world):
    return make_user("县财务审核二", Role.COUNTY_FINANCE, world.county)


def read(response) -> Page:
    assert response.status_code == 200
    return Page(response.content.decode(), response.request["PATH_INFO"])


def revise(agreement, kind):
    return reverse("financing:revise", args=[agreement.pk, kind])


def duty(step) -> Duty:
    return Duty.objects.open().select_related("task", "process").get(step=step)


def do(step, user, **data):
    form = carry_out(duty=duty(step), user=user, data=data)
    assert not form.errors, form.errors


def decide(step, user):
    do(step, user, decision="pass", opinion="")


def sign_change(world, agreement):
    given = {"agreed": "on", "password": PASSWORD, "signature": drawn()}
    do("sign_change", world.person(Role.HEAD, agreement.school), **given)
    do("countersign_change", world.person(Role.SUPPLIER), **given)


def propose(page, agreement, kind, **data):
    given = {"effective_on": LATER, "reason": "示例原因"} | data
    return page.post(revise(agreement, kind), given, follow=True)


def test_an_early_buyback_from_the_preview_to_the_title(world, buyback, second, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    with clock.at(LATER):
        shown = read(finance.get(buyback.get_absolute_url()))
        assert "提前回购" in shown.text
        # 43000.00 and 75 of 365 days of 1505.00
        shown = read(finance.get(revise(buyback, "buyout")))
        assert "回购当日应付 43,309.25 元" in shown.text
        assert not Revision.objects.exists()
        assert "等待决定" in read(propose(finance, buyback, "buyout")).text
        inbox = read(client_of(second).get(reverse("inbox")))
        assert "县财务决定变更" in inbox.text
        page = read(client_of(second).get(reverse("task", args=[duty("decide_finance").pk])))
        assert "43,309.25" in page.text
        decide("decide_finance", second)
        sign_change(world, buyback)
        assert duty_of(buyback, "apply").due_on == LATER
        pay_round(world, buyback, "支-1")
    buyback.refresh_from_db()
    assert buyback.closed_on == LATER
    assert set(buyback.rooms.values_list("room_pass__cards__title", flat=True)) == {"owned"}
    transfer = Paper.objects.get(kind="title_transfer", school=buyback.school)
    assert transfer.data["paid"]["total"] == "43309.25"
    assert BuybackFlow.process_of(buyback).finished
    assert RevisionFlow.process_of(Revision.objects.get()).finished


def test_who_proposed_does_not_find_it_among_the_own_duties(world, buyback, client_of):
    finance = world.person(Role.COUNTY_FINANCE)
    with clock.at(LATER):
        propose(client_of(finance), buyback, "buyout")
        form = client_of(finance).post(
            reverse("task", args=[duty("decide_finance").pk]), {"decision": "pass"}
        )
        assert form.status_code == 403
    assert Revision.objects.get().passed is None


def test_an_amendment_on_the_page(world, buyback, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    first, other = buyback.live_rooms().order_by("room_pass")
    ticked = {f"leaves_{first.room_pass_id}": "on", f"amount_{other.room_pass_id}": "20000"}
    with clock.at(LATER):
        url = revise(buyback, "amendment")
        shown = read(finance.post(url, {"effective_on": LATER, "preview": "1", **ticked}))
        assert "本金增减 -23,000.00 元" in shown.text
        assert not Revision.objects.exists()
        assert "没有班级增减" in read(propose(finance, buyback, "amendment")).text
        shown = read(propose(finance, buyback, "amendment", **ticked))
        assert "退出 21,500.00 元" in shown.text
        assert "21,500.00 → 20,000.00 元" in shown.text
        decide("decide_group", world.person(Role.LEADING_GROUP))
        sign_change(world, buyback)
        buyback.refresh_from_db()
        assert buyback.principal == Decimal("20000.00")
        change = Paper.objects.get(kind="agreement_change")
        assert {s.role for s in change.signatures.all()} == {"校长", "供应商"}
        new = Paper.objects.filter(kind="buyback_schedule", school=buyback.school).latest("version")
        assert (new.version, new.signatures.count()) == (2, 2)
        plans = read(finance.get(reverse("financing:plans", args=[buyback.pk])))
        assert "第 1 次变更以前" in plans.text
        assert (
            "43,000.00" not in read(finance.get(buyback.get_absolute_url())).first(css="list").text
        )


def test_a_reschedule_is_refused_with_a_reason(world, buyback, second, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    asked = {
        "first_due_on": "2027-01-01",
        "count": 10,
        "payments_per_year": 2,
        "annual_rate": "3.5",
        "grace": 0,
    }
    with clock.at(LATER):
        wrong = read(propose(finance, buyback, "reschedule", **asked | {"grace": 10}))
        assert "宽限期须少于总期数" in wrong.text
        propose(finance, buyback, "reschedule", **asked)
        do("decide_finance", second, decision="return", opinion="预算已批，按原计划执行")
        shown = read(finance.get(Revision.objects.get().get_absolute_url()))
        assert "预算已批，按原计划执行" in shown.text
        assert buyback.instalments.count() == 5
        assert duty_of(buyback, "apply")
        assert not Duty.objects.open().filter(step="sign_change").exists()


def test_given_up_with_money_paid_ahead(world, buyback, client_of):
    with clock.at(dt.date(2026, 7, 1)):
        pay_round(world, buyback, "支-1", amount="5000.00")
    finance = world.person(Role.COUNTY_FINANCE)
    with clock.at(LATER):
        propose(client_of(finance), buyback, "termination")
        decide("decide_group", world.person(Role.LEADING_GROUP))
        sign_change(world, buyback)
        do(
            "refund",
            finance,
            amount="4690.75",
            voucher="退-1",
            refunded_on=LATER,
            reason="解除协议退回",
        )
        shown = read(client_of(finance).get(buyback.get_absolute_url()))
        assert "已解除" in shown.text
    buyback.refresh_from_db()
    assert (buyback.terminated_on, buyback.closed_on) == (LATER, None)
    assert BuybackFlow.process_of(buyback).finished
    assert not Duty.objects.open().filter(school=buyback.school).exists()
    assert sum(p.amount for p in Payment.objects.all()) == Decimal("309.25")
    assert not Paper.objects.filter(kind="title_transfer").exists()


def test_given_up_with_something_owed_ends_when_it_is_paid(world, buyback, client_of):
    with clock.at(LATER):
        propose(client_of(world.person(Role.COUNTY_FINANCE)), buyback, "termination")
        decide("decide_group", world.person(Role.LEADING_GROUP))
        sign_change(world, buyback)
        assert duty_of(buyback, "apply").due_on == LATER
        pay_round(world, buyback, "支-1")
    assert BuybackFlow.process_of(buyback).finished
    assert Agreement.objects.get(pk=buyback.pk).closed_on is None
    assert Payment.objects.get().amount == Decimal("309.25")


@pytest.mark.parametrize("kind", ["amendment", "reschedule", "buyout", "termination"])
def test_only_county_finance_proposes(world, buyback, client_of, kind):
    url = revise(buyback, kind)
    assert client_of(world.person(Role.COUNTY_FINANCE)).get(url).status_code == 200
    for role in (Role.SCHOOL_FINANCE, Role.SUPPLIER, Role.LEADING_GROUP, Role.AUDITOR):
        assert client_of(world.person(role)).get(url).status_code == 403, role
    stranger = make_world(schools=1, county_code="530423").person(Role.COUNTY_FINANCE)
    assert client_of(stranger).get(url).status_code == 404


def test_a_kind_that_is_none_is_not_found(world, buyback, client_of):
    page = client_of(world.person(Role.COUNTY_FINANCE))
    assert page.get(revise(buyback, "gift")).status_code == 404


def test_nothing_is_paid_before_both_have_signed(world):
    with clock.at(SIGNED):
        agreement = make_buybacks(world, signed=False)[0]
        assert not Duty.objects.open().filter(step="apply").exists()
        head = world.person(Role.HEAD, agreement.school)
        given = {"agreed": "on", "password": "不是这个口令", "signature": drawn()}
        one = Duty.objects.open().get(step="sign_agreement", school=agreement.school)
        form = carry_out(duty=one, user=head, data=given)
        assert form.errors["password"] == ["口令不对，没有签署。请输入您登录本系统的口令。"]
        assert not Paper.objects.get(
            kind="buyback_agreement", school=agreement.school
        ).signatures.exists()


def test_the_agreement_is_signed_on_the_day_of_the_second_signature(world, buyback):
    assert buyback.signed_on == SIGNED
    papers = Paper.objects.filter(school=buyback.school, kind__startswith="buyback_")
    for paper in papers:
        assert [s.role for s in paper.signatures.all()] == ["校长", "供应商"]
    agreement = papers.get(kind="buyback_agreement")
    schedule = papers.get(kind="buyback_schedule")
    assert agreement.data["schedule"]["hash"] == schedule.data_hash


def buyback_book(project):
    return next(book for book in books(project) if book.label == "回购本金")


def test_the_books_of_the_project_agree_after_every_change(world, buyback, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    leaders, project = world.person(Role.LEADING_GROUP), buyback.project_school.project
    first, other = buyback.live_rooms().order_by("room_pass")
    with clock.at(LATER):
        for ticked, rooms, amount in (
            ({f"leaves_{first.room_pass_id}": "on"}, 3, "64500.00"),
            ({f"amount_{other.room_pass_id}": "20000"}, 3, "63000.00"),
            ({f"joins_{first.room_pass_id}": "on"}, 4, "84500.00"),
        ):
            propose(finance, buyback, "amendment", **ticked)
            decide("decide_group", leaders)
            sign_change(world, buyback)
            book = buyback_book(project)
            assert (book.rooms, book.amount, book.agrees) == (rooms, Decimal(amount), True)
        propose(finance, buyback, "termination")
        decide("decide_group", leaders)
    book = buyback_book(project)
    assert (book.rooms, book.amount, book.agrees) == (2, Decimal("43000.00"), True)
    row = staged(ProjectSchool.objects.filter(pk=buyback.project_school_id)).get()
    assert row.stage == "terminated"


def test_the_program_reads_changes_and_terms(world, buyback, second, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    with clock.at(LATER):
        propose(finance, buyback, "buyout")
        decide("decide_finance", second)
        found = finance.get(f"/api/v1/financing/agreements/{buyback.pk}").json()
    assert [(one["kind"], one["passed"]) for one in found["revisions"]] == [("buyout", True)]
    assert (found["terminated_on"], found["late_rate"]) == (None, "0.05")
    assert [one["payment"] for one in found["instalments"]] == ["43309.25"]
