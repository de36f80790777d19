"""Two people on one step, a double click, two browsers at once: one result and one clear message."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection
from django.test import Client

from documents.models import Paper, Signature
from financing.models import Payment, PaymentApplication
from procurement.models import Approval
from registry import clock
from registry.enums import Role
from tests.life import Life
from tests.reading import Page
from tests.world import make_user, make_world
from workflow.models import Duty

SAID = "没有重复写入"


def post_at_once(url: str, people: list, data: dict, day: dt.date) -> list[Page]:
    """Everybody sends the same form from a browser of their own, in the same moment."""
    gate = threading.Barrier(len(people))
    answers: list = [None] * len(people)

    def send(at: int, user) -> None:
        try:
            browser = Client()
            browser.force_login(user)
            with clock.at(day):
                browser.get(url)
                gate.wait(timeout=60)
                answers[at] = browser.post(url, data, follow=True)
        except BaseException as error:
            answers[at] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=pair) for pair in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    for answer in answers:
        assert getattr(answer, "status_code", None) == 200, answer
    return [Page(answer.content.decode(), url) for answer in answers]


def told(pages: list[Page], title: str) -> None:
    """Exactly one was told that the step is done, everybody else that it was done already."""
    said = [" ".join(page.messages) for page in pages]
    assert sum(f"“{title}”已办结" in words for words in said) == 1, said
    assert sum(SAID in words for words in said) == len(pages) - 1, said


def seconded(life: Life, role: Role, place=None):
    """The person who holds ``role`` and a colleague in the same post."""
    post = life.world.person(role, place).posts.get()
    return [post.user, make_user("示例同事", role, place or life.world.county)]


@pytest.mark.django_db(transaction=True)
def test_two_leaders_approve_at_once():
    life = Life(make_world(schools=1, rooms=1)).open().plan()
    duty = life.duty("approve")
    leaders = seconded(life, Role.LEADING_GROUP)
    data = {"decision": "pass", "opinion": ""}
    told(post_at_once(duty.get_absolute_url(), leaders, data, life.day), "领导小组审批")
    assert Approval.objects.filter(approved=True).count() == 1
    assert life.project.tenders.count() == 1
    assert Duty.objects.open().filter(step="announce").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_head_signs_in_two_windows_at_once():
    life = Life(make_world(schools=1, rooms=1)).contract()
    life.build(0, stop=("sign_head",))
    duty, head = life.duty("sign_head"), life.world.person(Role.HEAD)
    data = life.stage.walker.answers["sign_head"](duty)
    told(post_at_once(duty.get_absolute_url(), [head, head, head], data, life.day), "校长签章")
    paper = Paper.objects.get(kind="school_acceptance", replaced_by=None)
    assert Signature.objects.filter(paper=paper, role="校长").count() == 1
    assert Duty.objects.open().filter(step="review_station").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_cashiers_pay_one_application_at_once():
    life = Life(make_world(schools=1, rooms=1)).contract()
    life.build(0)
    on = dt.date(2026, 9, 1)
    life.pay(0, on=on, stop="pay")
    duty = life.duty("pay")
    cashiers = seconded(life, Role.COUNTY_CASHIER)
    data = {"voucher": "2026-支-0001", "paid_on": on.isoformat()}
    told(post_at_once(duty.get_absolute_url(), cashiers, data, on), "付款登记")
    payment = Payment.objects.get()
    assert payment.amount == PaymentApplication.objects.get().amount
    assert Duty.objects.open().filter(step="apply", school=life.world.schools[0]).count() == 1


@pytest.mark.django_db
def test_a_double_click_pays_once(client_of):
    life = Life(make_world(schools=1, rooms=1)).contract()
    life.build(0)
    on = dt.date(2026, 9, 1)
    life.pay(0, on=on, stop="pay")
    url = life.duty("pay").get_absolute_url()
    browser = client_of(life.world.person(Role.COUNTY_CASHIER))
    data = {"voucher": "2026-支-0001", "paid_on": on.isoformat()}
    with clock.at(on):
        pages = [Page(browser.post(url, data, follow=True).content.decode()) for _ in range(3)]
        told(pages, "付款登记")
        assert Payment.objects.count() == 1
        # Whoever comes back to the old address later is led to where the story goes on.
        later = browser.get(url, follow=True)
    assert "已经办结" in later.content.decode()
