"""Pages of financing: who sees what, what the lists add up to, reversal, rebates, notice, quote."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from documents.enums import PaperKind
from documents.models import Paper
from financing.actions import reverse_payment
from financing.models import Agreement, Payment, RebateClaim
from registry import clock
from registry.enums import Role
from tests.buyback import apply, claim, duty_of, make_buybacks, pay_round, review
from tests.world import make_user, make_world

pytestmark = pytest.mark.django_db
AGREEMENTS, PAYMENTS = reverse("financing:agreements"), reverse("financing:payments")
CLAIMS = reverse("financing:claims")


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def buybacks(world):
    return make_buybacks(world)


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


READERS = [
    Role.COUNTY_FINANCE,
    Role.COUNTY_CASHIER,
    Role.SCHOOL_FINANCE,
    Role.HEAD,
    Role.AUDITOR,
    Role.PREFECTURE,
    Role.PROVINCE,
    Role.PROJECT_OFFICE,
    Role.SUPPLIER,
]


def test_everybody_sees_their_own_and_nobody_another_county_s(world, buybacks, client_of):
    stranger = make_world(schools=1, county_code="530423")
    mine = next(a for a in buybacks if a.school == world.school)
    urls = [mine.get_absolute_url(), f"/api/v1/financing/agreements/{mine.pk}"]
    for role in READERS:
        page, other = client_of(world.person(role)), client_of(stranger.person(role))
        assert mine.number in text(page.get(AGREEMENTS)), role
        assert mine.number not in text(other.get(AGREEMENTS)), role
        for url in urls:
            assert page.get(url).status_code == 200, (role, url)
            assert other.get(url).status_code == 404, (role, url)


def test_the_supplier_does_not_see_rebates(world, buybacks, client_of):
    agreement = buybacks[0]
    pay_round(world, agreement, "支-1")
    claim(world, agreement)
    page = client_of(world.person(Role.SUPPLIER))
    assert "少到" not in text(page.get(agreement.get_absolute_url()))
    assert "省级奖补" not in text(page.get(agreement.get_absolute_url()))
    assert "共 <b>0</b> 笔" in text(page.get(CLAIMS))
    row = RebateClaim.objects.first()
    assert page.get(reverse("financing:claim", args=[row.pk])).status_code == 404
    found = page.get(f"/api/v1/financing/agreements/{agreement.pk}").json()
    assert [one["rebates"] for one in found["instalments"]] == [[]] * 5


def test_the_list_s_totals_are_those_of_its_rows_and_of_its_sheet(world, buybacks, client_of):
    pay_round(world, buybacks[0], "支-1", amount="1234.56")
    page = client_of(world.person(Role.COUNTY_FINANCE))
    rows = list(Agreement.objects.with_balance())
    total, paid = sum(r.total for r in rows), sum(r.paid for r in rows)
    assert paid == Decimal("1234.56")
    shown = text(page.get(AGREEMENTS))
    for amount in (total, paid, total - paid):
        assert f"{amount:,.2f}" in shown
    answer = page.get(AGREEMENTS, {"export": "xlsx"})
    cells = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
    assert len(cells) == 2 + len(rows)
    assert f"{cells[-1][cells[0].index('尚欠（元）')]:.2f}" == f"{total - paid:.2f}"


def test_what_is_late_is_red_and_can_be_listed(world, buybacks, client_of):
    page = client_of(world.person(Role.COUNTY_FINANCE))
    late, fine = buybacks
    due = late.due_instalment().due_on
    with clock.at(due):
        pay_round(world, fine, "支-1")
    with clock.at(due.replace(year=due.year, day=due.day)):
        assert "共 <b>0</b> 份协议" in text(page.get(AGREEMENTS, {"state": "overdue"}))
    with clock.at(due.replace(month=due.month + 1)):
        shown = text(page.get(AGREEMENTS, {"state": "overdue"}))
        assert late.number in shown
        assert fine.number not in shown
        assert "state-late" in shown


def test_a_due_date_on_a_holiday_is_late_after_the_next_workday():
    world = make_world(schools=1)
    agreement = make_buybacks(world)[0]
    # Saturday 19 June 2027 would be the day; the next working day is Monday.
    agreement.instalments.filter(number=1).update(due_on="2027-06-19")
    for day, late in (("2027-06-20", False), ("2027-06-21", False), ("2027-06-22", True)):
        with clock.at(dt.date.fromisoformat(day)):
            assert Agreement.objects.overdue().exists() is late, day


@pytest.mark.parametrize("url", [AGREEMENTS, PAYMENTS, CLAIMS, "/api/v1/financing/agreements"])
def test_more_rows_cost_no_more_queries(url, client_of):
    def count(schools, code):
        world = make_world(schools=schools, county_code=code)
        for agreement in make_buybacks(world):
            pay_round(world, agreement, f"支-{code}-{agreement.pk}")
        page = client_of(world.person(Role.COUNTY_FINANCE))
        page.get(url)
        with CaptureQueriesContext(connection) as seen:
            text(page.get(url))
        return len(seen)

    one, three = count(1, "522631"), count(3, "530423")
    assert one == three <= 12


def test_more_instalments_cost_no_more_queries(client_of):
    def count(per_year, code):
        world = make_world(schools=1, county_code=code)
        agreement = make_buybacks(world)[0]
        if per_year > 1:
            rows = list(agreement.instalments.all())
            for row in rows:
                row.pk, row.number = None, row.number + 5
                row.save(force_insert=True)
        page = client_of(world.person(Role.COUNTY_FINANCE))
        page.get(agreement.get_absolute_url())
        with CaptureQueriesContext(connection) as seen:
            text(page.get(agreement.get_absolute_url()))
        return len(seen)

    assert count(1, "522631") == count(2, "530423")


def test_a_payment_is_reversed_by_a_second_person_and_the_instalment_is_open_again(
    world, buybacks, client_of
):
    agreement = buybacks[0]
    first = agreement.due_instalment()
    pay_round(world, agreement, "支-1")
    claim(world, agreement)
    payment = Payment.objects.get()
    url = reverse("financing:payment_reverse", args=[payment.pk])
    cashier = client_of(world.person(Role.COUNTY_CASHIER))
    assert cashier.post(url, {"reason": "误记"}).status_code == 403
    page = client_of(world.person(Role.COUNTY_FINANCE))
    assert "必填" in text(page.post(url, {"reason": " "})) or Payment.objects.count() == 1
    shown = text(page.post(url, {"reason": "账号填错，银行退回"}, follow=True))
    assert "账号填错，银行退回" in shown
    assert f"{-payment.amount:,.2f}" in shown
    assert agreement.due_instalment().number == 1
    assert duty_of(agreement, "apply").due_on == agreement.next_due_day()
    assert "已经冲销过" in text(page.post(url, {"reason": "再来一次"}))
    pay_round(world, agreement, "支-2")
    assert agreement.due_instalment().number == 2
    assert sum(p.amount for p in Payment.objects.all()) == first.payment


def test_payments_cannot_be_changed_or_deleted(world, buybacks):
    pay_round(world, buybacks[0], "支-1")
    for act in (lambda rows: rows.update(amount=1), lambda rows: rows._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            act(Payment.objects.all())


def test_after_the_last_fen_nothing_is_reversed(world, buybacks):
    agreement = buybacks[0]
    for number in range(1, 6):
        pay_round(world, agreement, f"支-{number}")
        claim(world, agreement)
    with pytest.raises(ValidationError, match="产权转移"):
        reverse_payment(
            payment=Payment.objects.last(), user=world.person(Role.COUNTY_FINANCE), reason="误记"
        )


def test_the_notice_is_a_paper(world, buybacks, client_of):
    agreement = buybacks[0]
    first = agreement.due_instalment()
    url = reverse("financing:notice", args=[first.pk])
    school = client_of(world.person(Role.SCHOOL_FINANCE, agreement.school))
    assert school.post(url).status_code == 403
    page = client_of(world.person(Role.COUNTY_FINANCE))
    page.post(url)
    page.post(url)
    paper = Paper.objects.get(kind=PaperKind.INSTALMENT_NOTICE)
    assert paper.data["payable"] == f"{first.payment:.2f}"
    assert paper.school == agreement.school
    pay_round(world, agreement, "支-1")
    assert "已经付清" in text(page.post(url, follow=True))


def test_the_burden_is_shown_before_applying(world, buybacks, client_of):
    agreement = next(a for a in buybacks if a.school == world.school)
    page = client_of(world.person(Role.SCHOOL_FINANCE))
    shown = text(page.get(reverse("task", args=[duty_of(agreement, "apply").pk])))
    assert "64,800.00 元（90 人 × 720.00 元）" in shown
    assert "10% 为 6,480.00 元，15% 为 9,720.00 元" in shown


def test_the_reviewer_sees_what_was_returned_before(world, buybacks, client_of):
    agreement = buybacks[0]
    apply(world, agreement, "500")
    review(world, agreement, "return", "请一次付清本期")
    apply(world, agreement)
    page = client_of(world.person(Role.COUNTY_FINANCE))
    shown = text(page.get(reverse("task", args=[duty_of(agreement, "review").pk])))
    assert "本期曾退回" in shown
    assert "请一次付清本期" in shown


def test_the_api_tells_the_same_amounts(world, buybacks, client_of):
    agreement = buybacks[0]
    pay_round(world, agreement, "支-1")
    page = client_of(world.person(Role.COUNTY_FINANCE))
    found = page.get(f"/api/v1/financing/agreements/{agreement.pk}").json()
    first = agreement.instalments.get(number=1)
    assert found["paid"] == found["instalments"][0]["paid"] == f"{first.payment:.2f}"
    assert found["instalments"][0]["remaining"] == "0.00"
    listed = page.get("/api/v1/financing/agreements", {"school": agreement.school.code}).json()
    assert (listed["count"], listed["items"][0]["number"]) == (1, agreement.number)
    assert page.get("/api/v1/financing/agreements", {"closed": "true"}).json()["count"] == 0


def test_variants_are_compared_side_by_side(world, client_of):
    page = client_of(world.person(Role.PROJECT_OFFICE))
    url = reverse("financing:quote")
    assert "方案四" in text(page.get(url))
    asked = {
        "principal": "9154000",
        "starts_on": "2026-10-31",
        "school": world.school.pk,
        "v1-years": 5,
        "v1-annual_rate": "3.5",
        "v2-years": 6,
        "v2-method": "fixed_payment",
        "v2-fixed_payment": "1800000",
    }
    shown = text(page.get(url, asked))
    assert "10,137,202.45" in shown
    assert "10,800,000.00" in shown
    assert "方案三的分期表" not in shown
    assert "超上限" in shown


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"principal": "-1"}, "0.01"),
        ({"principal": "NaN"}, "请填写数字"),
        ({"v1-years": ""}, "至少在一个方案里填写年限"),
        ({"province": "60", "county": "60"}, "不能超过 100%"),
        ({"v1-method": "fixed_payment", "v1-fixed_payment": "1"}, "少于本金"),
        ({"v1-annual_rate": ""}, "缺少此项"),
    ],
)
def test_a_quote_that_makes_no_sense_is_answered_in_words(world, client_of, wrong, sentence):
    page = client_of(world.person(Role.PROJECT_OFFICE))
    asked = {"principal": "1000", "starts_on": "2026-10-31", "v1-years": 5, "v1-annual_rate": "3.5"}
    assert sentence in text(page.get(reverse("financing:quote"), asked | wrong))


def test_a_school_without_pupils_is_told_so(world, buybacks, client_of):
    agreement = next(a for a in buybacks if a.school == world.school)
    type(world.school).objects.filter(pk=world.school.pk).update(pupils=0)
    page = client_of(make_user("县财务审核二", Role.COUNTY_FINANCE, world.county))
    assert "学校没有在校生数" in text(page.get(agreement.get_absolute_url()))
