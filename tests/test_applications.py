"""付款申请: the list, passing many at once, the order to pay."""

import io
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from documents.enums import PaperKind
from documents.models import Paper
from financing.models import PaymentApplication
from registry.enums import Role
from tests.buyback import apply, do, make_buybacks, pay
from tests.world import make_user, make_world

pytestmark = pytest.mark.django_db
LIST, BULK = reverse("financing:applications"), reverse("financing:review_many")


@pytest.fixture
def world():
    return make_world(schools=3, rooms=1)


@pytest.fixture
def asked(world):
    """Every school has applied."""
    world.suppliers[0].__class__.objects.update(bank="示例银行", account="6222000011112222")
    agreements = make_buybacks(world)
    for agreement in agreements:
        apply(world, agreement)
    return list(PaymentApplication.objects.order_by("pk"))


def tick(client, applications):
    data = {"applications": [row.pk for row in applications]}
    return client.post(BULK, data, follow=True).content.decode()


def test_many_are_passed_at_once_and_go_to_the_cashier(world, asked, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    total = sum(row.amount for row in asked)
    assert f"已同意 3 笔付款，合计 {total:,.2f} 元" in tick(finance, asked)
    assert PaymentApplication.objects.filter(passed=True).count() == 3
    assert tick(finance, asked).count("可能刚被办结") == 3  # again changes nothing
    orders = Paper.objects.filter(kind=PaperKind.PAYMENT_ORDER)
    assert orders.count() == 3
    data = orders.order_by("pk").first().data
    assert data["payee"]["account"] == "6222000011112222"
    assert sum(Decimal(one["amount"]) for one in data["sums"]) == Decimal(data["amount"])


def test_one_refusal_does_not_stop_the_others(world, asked, client_of):
    officer = world.person(Role.COUNTY_FINANCE)
    agreement = asked[0].instalment.agreement
    do(agreement, "review", officer, decision="return", opinion="请附发票")
    shown = tick(client_of(officer), asked)
    assert "已同意 2 笔付款" in shown
    assert "可能刚被办结" in shown


def test_the_list_says_where_each_stands_and_exports_the_bank_s_list(world, asked, client_of):
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    tick(finance, asked[:2])
    pay(world, asked[0].instalment.agreement, "支-1")
    stages = [("paid", "已付款"), ("pay", "待付款"), ("review", "待审核")]
    for application, (stage, words) in zip(asked, stages, strict=True):
        page = finance.get(LIST, {"stage": stage}).content.decode()
        listed = [
            a.pk for a in asked if f'href="{a.instalment.agreement.get_absolute_url()}"' in page
        ]
        assert listed == [application.pk]
        assert words in page
    response = finance.get(LIST, {"stage": "pay", "export": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert "6222000011112222" in cells
    assert "示例银行" in cells


def test_who_does_not_review_passes_nothing(world, asked, client_of):
    stranger = make_world(schools=1, county_code="530423")
    for user in (
        world.person(Role.COUNTY_CASHIER),
        world.person(Role.SCHOOL_FINANCE),
        world.person(Role.SUPPLIER),
    ):
        assert client_of(user).post(BULK, {"applications": [asked[0].pk]}).status_code == 403
    shown = tick(client_of(stranger.person(Role.COUNTY_FINANCE)), asked)
    assert "请先勾选" in shown
    officer = client_of(make_user("另一审核", Role.COUNTY_FINANCE, world.county))
    assert "请先勾选" in tick(officer, [])
    assert not PaymentApplication.objects.exclude(passed=None).exists()
