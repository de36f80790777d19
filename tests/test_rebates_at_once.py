"""Two people do the same to rebates in the same moment: it happens once, and both are told."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from financing.models import ClaimBatch, RebateClaim, RebateReceipt
from registry import clock
from registry.enums import Role
from tests.buyback import claim, granted, make_buybacks, pay_round
from tests.test_two_people import post_at_once
from tests.world import make_user, make_world

ON = dt.date(2026, 11, 2)


def scene():
    """A county whose school has paid its first instalment."""

    world = make_world(schools=1, rooms=1)
    with clock.at(ON):
        agreement = make_buybacks(world)[0]
        pay_round(world, agreement, "支-1")
    return world, agreement


def words(pages) -> list[str]:
    return [" ".join([*page.messages, *page.errors]) for page in pages]


@pytest.mark.django_db(transaction=True)
def test_two_people_claim_the_same_batch():
    world, agreement = scene()
    rebates = list(agreement.claimable().filter(funder="province").values_list("pk", flat=True))
    people = [
        world.person(Role.COUNTY_FINANCE),
        make_user("示例同事", Role.COUNTY_FINANCE, world.county),
    ]
    project = agreement.project_school.project_id
    url = f"{reverse('financing:claim_batch_new')}?project={project}&funder=province"
    pages = post_at_once(url, people, {"rebates": rebates, "document": "示例教申1号"}, ON)
    said = words(pages)
    assert sum("已申领 1 笔奖补" in one for one in said) == 1, said
    assert sum("已经申领" in one for one in said) == 1, said
    assert ClaimBatch.objects.count() == 1
    assert RebateClaim.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_windows_review_one_batch():

    world, agreement = scene()
    with clock.at(ON):
        batch = next(one for one in claim(world, agreement) if one.funder == "province")
    row, prefecture = batch.claims.get(), world.person(Role.PREFECTURE)
    data = {
        "act": "decide",
        "document": "州审1号",
        "decided_on": ON.isoformat(),
        f"amount_{row.pk}": str(row.claimed_amount),
        f"remark_{row.pk}": "",
    }
    said = words(post_at_once(batch.get_absolute_url(), [prefecture] * 3, data, ON))
    assert sum("已审核 1 笔" in one for one in said) == 1, said
    assert sum("没有重复写入" in one or "没有写入任何内容" in one for one in said) == 2, said
    row.refresh_from_db()
    assert (row.status, row.review_document) == ("reviewed", "州审1号")


@pytest.mark.django_db(transaction=True)
def test_two_cashiers_enter_one_transfer():

    world, agreement = scene()
    with clock.at(ON):
        batch = next(one for one in claim(world, agreement) if one.funder == "province")
        row = granted(world, batch.claims.get())
    people = [
        world.person(Role.COUNTY_CASHIER),
        make_user("示例出纳二", Role.COUNTY_CASHIER, world.county),
    ]
    data = {
        "act": "receive",
        "amount": str(row.approved_amount),
        "voucher": "2026-收-0001",
        "received_on": ON.isoformat(),
        "remark": "",
    }
    said = words(post_at_once(batch.get_absolute_url(), people, data, ON))
    assert sum("已登记到账 1 笔" in one for one in said) == 1, said
    receipt = RebateReceipt.objects.get()
    assert receipt.amount == row.approved_amount
