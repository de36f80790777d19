"""Earmarked money: only the fund's purposes, never beyond what arrived, rows that only grow."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from financing.actions import reverse_payment
from financing.actions.fund import (
    correct_use,
    open_fund,
    record_allocation,
    record_use,
    use_for_payment,
)
from financing.enums import Purpose
from financing.gates import fund_left
from financing.models import Fund, FundAllocation, FundPurpose, FundUse, Payment
from procurement.models import Project
from registry import clock
from registry.enums import Role
from tests.buyback import do, make_buybacks, pay, review
from tests.reading import Page
from tests.world import make_user, make_world

pytestmark = pytest.mark.django_db
FUNDS = reverse("financing:funds")


@pytest.fixture
def world():
    return make_world()


def make_fund(world, *, arrived="300000", purposes=(Purpose.MAINTENANCE, Purpose.STATION)) -> Fund:
    officer = world.person(Role.COUNTY_FINANCE)
    fund = open_fund(
        county=world.county,
        user=officer,
        name="服务站经费",
        source="县教育局拨款和政府配套",
        year=clock.today().year,
        budget=Decimal("600000"),
        document="示例教财3号",
        purposes=purposes,
    )
    if arrived:
        allocate(world, fund, arrived)
    return fund


def allocate(world, fund, amount, document="拨1号", **more):
    return record_allocation(
        fund=fund,
        user=world.person(Role.COUNTY_FINANCE),
        amount=Decimal(amount),
        allocated_on=clock.today(),
        document=document,
        **more,
    )


def use(world, fund, amount, purpose=Purpose.MAINTENANCE, **more):
    values = {"used_on": clock.today(), "document": "专支1号", "what": "更换灯泡"} | more
    return record_use(
        fund=fund,
        user=world.person(Role.COUNTY_CASHIER),
        purpose=fund.purposes.get(purpose=purpose),
        amount=Decimal(amount),
        **values,
    )


def moves(fund) -> tuple[Decimal, Decimal, Decimal]:
    row = Fund.objects.with_moves().get(pk=fund.pk)
    return row.arrived, row.used, row.left


# --- what arrived and what is used ----------------------------------------------------------------
def test_use_lowers_what_is_left_and_a_correction_gives_it_back(world):
    fund = make_fund(world)
    row = use(world, fund, "28650.10")
    assert moves(fund) == (Decimal("300000.00"), Decimal("28650.10"), Decimal("271349.90"))
    correct_use(use=row, user=world.person(Role.COUNTY_FINANCE), reason="重复登记")
    assert moves(fund) == (Decimal("300000.00"), Decimal("0.00"), Decimal("300000.00"))
    assert FundUse.objects.count() == 2
    with pytest.raises(ValidationError, match="已经冲销过"):
        correct_use(use=row, user=world.person(Role.COUNTY_FINANCE), reason="再冲一次")


def test_nothing_is_used_before_it_arrived_nor_beyond_it(world):
    fund = make_fund(world, arrived="")
    with pytest.raises(ValidationError, match=r"已到账未使用 0.00 元"):
        use(world, fund, "0.01")
    allocate(world, fund, "100.00")
    use(world, fund, "99.99")
    with pytest.raises(ValidationError, match=r"已到账未使用 0.01 元"):
        use(world, fund, "0.02")
    use(world, fund, "0.01")
    assert moves(fund)[2] == Decimal("0.00")


def test_the_database_itself_refuses_to_overspend(world):
    fund = make_fund(world, arrived="100.00")
    use(world, fund, "60.00")
    purpose = fund.purposes.first()
    cashier = world.person(Role.COUNTY_CASHIER)
    common = {"recorded_by": cashier, "recorded_at": clock.now(), "document": "直写"}
    with pytest.raises(DatabaseError), transaction.atomic():
        FundUse.objects.create(
            purpose=purpose,
            amount=Decimal("40.01"),
            used_on=clock.today(),
            what="绕过页面",
            **common,
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        FundAllocation.objects.create(
            fund=fund, amount=Decimal("-40.01"), allocated_on=clock.today(), **common
        )
    FundUse.objects.create(
        purpose=purpose, amount=Decimal("40.00"), used_on=clock.today(), what="正好", **common
    )
    assert moves(fund)[2] == Decimal("0.00")


def test_history_of_a_fund_only_grows(world):
    fund = make_fund(world)
    row = use(world, fund, "10")
    for act in (
        lambda: FundUse.objects.filter(pk=row.pk).update(amount=1),
        row.delete,
        lambda: FundAllocation.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_allocations_stay_within_the_budget_and_above_what_is_used(world):
    fund = make_fund(world)
    with pytest.raises(ValidationError, match=r"再拨入最多 300,000.00 元"):
        allocate(world, fund, "300000.01")
    use(world, fund, "250000")
    with pytest.raises(ValidationError, match=r"冲回不能超过这个数"):
        allocate(world, fund, "-50000.01")
    allocate(world, fund, "-50000", "冲1号")
    assert moves(fund)[0] == Decimal("250000.00")


# --- purposes --------------------------------------------------------------------------------------
def test_another_purpose_is_refused_with_a_sentence_and_cannot_be_stored(world, client_of):
    fund = make_fund(world)
    other = open_fund(
        county=world.county,
        user=world.person(Role.COUNTY_FINANCE),
        name="网络专项",
        source="县级",
        year=2026,
        budget=Decimal(1000),
        document="网1号",
        purposes=[Purpose.NETWORK],
    )
    stranger = other.purposes.get()
    with pytest.raises(ValidationError, match=r"“网络接入”不是专项资金.*维修维护、服务站运行"):
        record_use(
            fund=fund,
            user=world.person(Role.COUNTY_CASHIER),
            purpose=stranger,
            amount=Decimal(1),
            used_on=clock.today(),
            document="1",
            what="交换机",
        )
    page = client_of(world.person(Role.COUNTY_CASHIER))
    url = reverse("financing:fund_use", args=[fund.pk])
    data = {
        "amount": "1",
        "used_on": clock.today().isoformat(),
        "document": "专支2号",
        "what": "交换机",
    }
    for posted in (stranger.pk, "network"):
        said = " ".join(Page(page.post(url, data | {"purpose": posted}).content.decode()).errors)
        assert "“网络接入”不是专项资金" in said
        assert "专款专用" in said
    assert FundUse.objects.count() == 0
    with pytest.raises(DatabaseError), transaction.atomic():
        FundPurpose.objects.create(fund=fund, purpose=Purpose.STATION)


def test_a_fund_without_a_purpose_is_refused(world):
    with pytest.raises(ValidationError, match="至少选择一项"):
        make_fund(world, purposes=[])


# --- a buyback payment ------------------------------------------------------------------------------
def buyback_fund(world, arrived="100000") -> Fund:
    return make_fund(world, arrived=arrived, purposes=[Purpose.BUYBACK, Purpose.MAINTENANCE])


def apply_from(world, agreement, fund, amount="5000.00", purpose=Purpose.BUYBACK):
    do(
        agreement,
        "apply",
        world.person(Role.SCHOOL_FINANCE, agreement.school),
        amount=amount,
        budget_note="县级专项资金—设备租赁",
        source=fund.purposes.get(purpose=purpose).pk,
    )


def test_a_payment_uses_the_fund_its_application_named_and_its_reversal_gives_back(world):
    agreement, fund = make_buybacks(world)[0], buyback_fund(world)
    apply_from(world, agreement, fund)
    assert fund_left(fund) == Decimal("95000.00"), "asked for is not free any more"
    assert moves(fund)[1] == Decimal("0.00"), "but it is not used yet"
    review(world, agreement)
    pay(world, agreement, "支-1")
    row = FundUse.objects.get()
    payment = Payment.objects.get()
    assert (row.payment, row.amount, row.project) == (
        payment,
        Decimal("5000.00"),
        agreement.project_school.project,
    )
    assert fund_left(fund) == Decimal("95000.00")
    reverser = make_user("示例冲销人", Role.COUNTY_FINANCE, world.county)
    with pytest.raises(ValidationError, match="请冲销那笔付款"):
        correct_use(use=row, user=reverser, reason="不走付款")
    reverse_payment(payment=payment, user=reverser, reason="金额有误")
    assert fund_left(fund) == Decimal("100000.00")
    assert [one.amount for one in FundUse.objects.order_by("pk")] == [
        Decimal("5000.00"),
        Decimal("-5000.00"),
    ]


def test_an_application_cannot_name_money_that_has_not_arrived(world):
    first, second = make_buybacks(world)
    fund = buyback_fund(world, arrived="6000")
    apply_from(world, first, fund, "5000.00")
    with pytest.raises(AssertionError, match=r"已到账未使用 1,000.00 元"):
        apply_from(world, second, fund, "1000.01")
    apply_from(world, second, fund, "1000.00")
    with pytest.raises(ValidationError, match=r"已到账未使用 0.00 元"):
        use(world, fund, "1")


def test_a_payment_without_a_source_uses_no_fund(world):
    agreement = make_buybacks(world)[0]
    do(
        agreement,
        "apply",
        world.person(Role.SCHOOL_FINANCE, agreement.school),
        amount="10.00",
        budget_note="公用经费—设备租赁",
    )
    review(world, agreement)
    pay(world, agreement, "支-1")
    assert use_for_payment(Payment.objects.get()) is None
    assert FundUse.objects.count() == 0


# --- people and pages ---------------------------------------------------------------------------------
def test_wrong_people_are_refused(world):
    fund = make_fund(world)
    purpose = fund.purposes.first()
    for role in (Role.COUNTY_FINANCE, Role.STATION, Role.SUPPLIER, Role.SCHOOL_FINANCE):
        with pytest.raises(ValidationError, match="由县财务出纳登记"):
            record_use(
                fund=fund,
                user=world.person(role),
                purpose=purpose,
                amount=Decimal(1),
                used_on=clock.today(),
                document="1",
                what="x",
            )
    row = use(world, fund, "10")
    with pytest.raises(ValidationError, match="由县财务审核岗办理"):
        correct_use(use=row, user=world.person(Role.COUNTY_CASHIER), reason="自己冲")


def test_the_county_reads_its_funds_schools_suppliers_and_strangers_do_not(world, client_of):
    fund = make_fund(world)
    away = make_world(schools=1, county_code="530423")
    url = fund.get_absolute_url()
    for role in (Role.COUNTY_FINANCE, Role.COUNTY_CASHIER, Role.AUDITOR, Role.PROVINCE):
        assert client_of(world.person(role)).get(url).status_code == 200, role
        assert client_of(away.person(role)).get(url).status_code == 404, role
    for role in (Role.SCHOOL_FINANCE, Role.HEAD, Role.SUPPLIER, Role.TOWNSHIP_OFFICE):
        page = client_of(world.person(role))
        assert page.get(url).status_code == 404, role
        assert "共 <b>0</b> 项" in page.get(FUNDS).content.decode()


def test_the_list_adds_up_and_the_page_tells_every_move(world, client_of):
    fund = make_fund(world)
    use(world, fund, "28650.00")
    page = client_of(world.person(Role.AUDITOR))
    listed = Page(page.get(FUNDS).content.decode())
    assert listed.count == 1
    assert listed.totals["已使用（元）"] == "28,650.00"
    assert "4.78%" in listed.text
    told = Page(page.get(fund.get_absolute_url()).content.decode()).text
    for words in ("更换灯泡", "28,650.00", "拨1号", "300,000.00", "维修维护", "服务站运行"):
        assert words in told


def test_a_fund_is_opened_filled_and_used_through_the_pages(world, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    data = {
        "name": "服务站经费",
        "source": "政府配套",
        "year": "2026",
        "budget": "600000",
        "document": "教财3号",
        "purposes": ["maintenance", "station"],
    }
    answer = finance.post(reverse("financing:fund_new"), data, follow=True)
    fund = Fund.objects.get()
    assert Page(answer.content.decode()).heading == "服务站经费（2026）"
    today = clock.today().isoformat()
    url = reverse("financing:fund_allocate", args=[fund.pk])
    finance.post(url, {"amount": "1000", "allocated_on": today, "document": "拨1号"})
    cashier = client_of(world.person(Role.COUNTY_CASHIER))
    purpose = fund.purposes.get(purpose="station").pk
    spend = {
        "purpose": purpose,
        "amount": "400.5",
        "used_on": today,
        "document": "支",
        "what": "油费",
    }
    answer = cashier.post(reverse("financing:fund_use", args=[fund.pk]), spend, follow=True)
    assert "已登记使用" in Page(answer.content.decode()).messages[0]
    assert moves(fund) == (Decimal("1000.00"), Decimal("400.50"), Decimal("599.50"))


def test_a_project_s_sources_say_what_is_borne_given_and_used(world, client_of):
    agreement, fund = make_buybacks(world)[0], buyback_fund(world, arrived="")
    project = Project.objects.get()
    allocate(world, fund, "8000", project=project)
    apply_from(world, agreement, fund)
    review(world, agreement)
    pay(world, agreement, "支-1")
    url = reverse("financing:sources", args=[project.pk])
    page = Page(client_of(world.person(Role.AUDITOR)).get(url).content.decode())
    assert page.totals["拨入"] == "8,000.00"
    assert page.totals["使用"] == "5,000.00"
    assert page.totals["按项目预算"] == f"{project.budget:,.2f}"
    assert "62.50%" in page.text
    for role in (Role.SUPPLIER, Role.SCHOOL_FINANCE):
        assert client_of(world.person(role)).get(url).status_code == 404


# --- two at once -----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_cashiers_cannot_use_the_same_money_at_once():
    world = make_world(schools=1, rooms=1)
    fund = make_fund(world, arrived="100.00")
    first = world.person(Role.COUNTY_CASHIER)
    cashiers = [first, make_user("示例出纳二", Role.COUNTY_CASHIER, world.county)]
    url = reverse("financing:fund_use", args=[fund.pk])
    gate = threading.Barrier(2)
    said: list[str] = []

    def spend(at: int) -> None:
        try:
            browser = Client()
            browser.force_login(cashiers[at])
            data = {
                "purpose": fund.purposes.first().pk,
                "amount": "60.00",
                "used_on": clock.today().isoformat(),
                "document": f"专支{at}",
                "what": "同时",
            }
            gate.wait(timeout=60)
            page = Page(browser.post(url, data, follow=True).content.decode())
            said.append(" ".join([*page.messages, *page.errors]))
        finally:
            connection.close()

    threads = [threading.Thread(target=spend, args=(at,)) for at in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=90)
    assert sorted("已登记使用" in words for words in said) == [False, True], said
    assert any("已到账未使用 40.00 元" in words for words in said), said
    assert moves(fund) == (Decimal("100.00"), Decimal("60.00"), Decimal("40.00"))
