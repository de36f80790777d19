"""BuybackFlow: from the agreement to the last fen, by the people who do it."""

import datetime as dt

import pytest
from django.urls import reverse

from documents.enums import PaperKind
from documents.models import Paper
from financing.actions import draw_agreement
from financing.flows import BuybackFlow
from financing.models import Agreement, Payment, PaymentApplication
from procurement.models import ProjectSchool
from registry import clock
from registry.enums import Role
from registry.models import Post
from tests.buyback import apply, do, make_buybacks, pay_round, review, sign
from tests.world import make_budgets, make_contract, make_passed, make_world
from workflow.actions import AlreadyDone, carry_out
from workflow.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def buyback(world):
    return make_buybacks(world)[0]


def duty(step):
    return Duty.objects.open().get(step=step, school__code__endswith="0001")


def test_the_first_instalment_is_paid_and_the_next_one_waits(world, buyback):
    first = buyback.due_instalment()
    assert duty("apply").due_on == buyback.next_due_day()
    pay_round(world, buyback, "2026-支-0001")
    payment = Payment.objects.get()
    assert payment.amount == first.payment
    assert (payment.paid_by, payment.reviewed_by) == (
        world.person(Role.COUNTY_CASHIER),
        world.person(Role.COUNTY_FINANCE),
    )
    assert buyback.due_instalment().number == 2
    assert duty("apply").school == world.school


def test_the_story_through_the_pages(world, buyback, client_of):
    def post(step, role, **data):
        page = client_of(world.person(role))
        url = reverse("task", args=[duty(step).pk])
        assert "公用经费" in page.get(url).content.decode()
        return page.post(url, data, follow=True).content.decode()

    amount = buyback.due_instalment().payment
    assert f"{amount:,.2f}" in post(
        "apply", Role.SCHOOL_FINANCE, amount=amount, budget_note="公用经费—设备租赁"
    )
    post("review", Role.COUNTY_FINANCE, decision="pass")
    shown = post("pay", Role.COUNTY_CASHIER, voucher="2026-支-0001", paid_on=clock.today())
    assert "“付款登记”已办结" in shown
    assert "2026-支-0001" in shown


def test_a_part_is_paid_and_the_rest_comes_back(world, buyback):
    first = buyback.due_instalment()
    pay_round(world, buyback, "支-1", amount="1000.00")
    rest = buyback.due_instalment()
    assert (rest.number, rest.remaining) == (1, first.payment - 1000)
    pay_round(world, buyback, "支-2")
    assert first.payments.count() == 2
    assert sum(p.amount for p in first.payments.all()) == first.payment
    assert buyback.due_instalment().number == 2


def test_more_than_owed_is_refused(world, buyback):
    user = world.person(Role.SCHOOL_FINANCE)
    for amount in ("99999.00", "0", "-1", "NaN", "Infinity", "1.005", "一千"):
        form = carry_out(
            duty=duty("apply"), user=user, data={"amount": amount, "budget_note": "公用经费"}
        )
        assert form.errors, amount
    assert not PaymentApplication.objects.exists()


def test_a_returned_application_comes_back_with_its_reason(world, buyback):
    apply(world, buyback, "500")
    review(world, buyback, "return", "请一次付清本期")
    assert duty("apply").reason == "请一次付清本期"
    apply(world, buyback)
    old, new = PaymentApplication.objects.order_by("pk")
    assert (old.passed, old.opinion, old.round) == (False, "请一次付清本期", 1)
    assert (new.passed, new.round) == (None, 1)


def test_returning_without_a_reason_is_refused(world, buyback):
    apply(world, buyback)
    form = carry_out(
        duty=duty("review"), user=world.person(Role.COUNTY_FINANCE), data={"decision": "return"}
    )
    assert form.errors["opinion"] == ["退回学校时请写明原因。"]


def test_a_double_click_pays_once(world, buyback, client_of):
    apply(world, buyback)
    review(world, buyback)
    open_duty = duty("pay")
    cashier = world.person(Role.COUNTY_CASHIER)
    data = {"voucher": "支-1", "paid_on": clock.today()}
    page, url = client_of(cashier), reverse("task", args=[open_duty.pk])
    page.post(url, data)
    again = page.post(url, data, follow=True).content.decode()
    assert again.count("没有重复写入") == 1
    with pytest.raises(AlreadyDone):
        carry_out(duty=open_duty, user=cashier, data=data)
    assert Payment.objects.count() == 1


def test_a_voucher_is_good_for_one_payment(world, buyback):
    pay_round(world, buyback, "支-1", amount="100")
    apply(world, buyback)
    review(world, buyback)
    form = carry_out(
        duty=duty("pay"),
        user=world.person(Role.COUNTY_CASHIER),
        data={"voucher": " 支-1 ", "paid_on": clock.today()},
    )
    assert "这个支付凭证号已经登记过。" in str(form.errors)
    assert Payment.objects.count() == 1


def test_who_reviewed_does_not_pay(world, buyback, client_of):
    both = world.person(Role.COUNTY_FINANCE)
    Post.objects.create_for(both, Role.COUNTY_CASHIER, world.county, valid_from=dt.date(2020, 1, 1))
    both = type(both).objects.get(pk=both.pk)
    apply(world, buyback)
    do(buyback, "review", both, decision="pass")
    url = reverse("task", args=[duty("pay").pk])
    answer = client_of(both).post(url, {"voucher": "支-1", "paid_on": clock.today()})
    assert answer.status_code == 403
    assert not Payment.objects.exists()


def test_days_of_payment_lie_between_review_and_today(world, buyback):
    apply(world, buyback)
    review(world, buyback)
    for wrong in (clock.today() + dt.timedelta(days=1), clock.today() - dt.timedelta(days=1)):
        form = carry_out(
            duty=duty("pay"),
            user=world.person(Role.COUNTY_CASHIER),
            data={"voucher": "支-1", "paid_on": wrong},
        )
        assert "paid_on" in form.errors
    assert not Payment.objects.exists()


def test_without_rebates_there_is_nothing_to_claim(world):
    contract = make_contract(world)
    contract.project.funding.exclude(funder="school").delete()
    contract.project.funding.update(percent=100)
    make_budgets(world)
    make_passed(world, contract)
    row = ProjectSchool.objects.get(school=world.school)
    agreement = draw_agreement(project_school=row)
    BuybackFlow.start.run(subject=agreement)
    sign(world, agreement)
    pay_round(world, agreement, "支-1")
    assert duty("apply").due_on == agreement.next_due_day()
    assert not agreement.claimable().exists()


def test_five_years_to_the_last_fen(world, buyback):
    agreement = buyback
    for number, instalment in enumerate(list(agreement.instalments.order_by("number")), start=1):
        with clock.at(instalment.due_on):
            pay_round(world, agreement, f"支-{number}")
    agreement.refresh_from_db()
    last = agreement.instalments.order_by("-number").first()
    assert agreement.closed_on == last.due_on
    assert Agreement.objects.paid_off().get() == agreement
    assert sum(p.amount for p in Payment.objects.all()) == agreement.totals()["payment"]
    titles = set(agreement.rooms.values_list("room_pass__cards__title", flat=True))
    assert titles == {"owned"}
    paper = Paper.objects.get(kind=PaperKind.TITLE_TRANSFER)
    assert paper.data["total"] == {"quantity": 6, "amount": "43000.00"}
    assert paper.data["paid"]["instalments"] == 5
    assert not Duty.objects.open().filter(school=agreement.school).exists()
    assert BuybackFlow.process_of(agreement).finished is not None


def test_another_school_finds_nothing(world, buyback, client_of):
    other = world.schools[1]
    stranger = client_of(world.person(Role.SCHOOL_FINANCE, other))
    assert stranger.get(buyback.get_absolute_url()).status_code == 404
    assert stranger.get(reverse("task", args=[duty("apply").pk])).status_code == 404
    first = buyback.due_instalment()
    assert stranger.post(reverse("financing:notice", args=[first.pk])).status_code == 404
