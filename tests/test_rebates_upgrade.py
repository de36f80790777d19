"""A buyback that stood at the step 奖补申领 when the step left the story goes on by itself."""

import pytest
from django.db import connection

from banbantong.wakes import sweep
from financing.flows import BuybackFlow
from registry.enums import Role
from tests.buyback import apply as ask
from tests.buyback import make_buybacks, pay, pay_round, review
from tests.world import make_world
from workflow.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world(schools=1)


def as_before(agreement):
    """The open step of the agreement becomes the one that is no more, as a database of before has it."""
    duty = Duty.objects.open().get(process__in=BuybackFlow.processes(agreement))
    Duty.objects.filter(pk=duty.pk).update(step="claim", title="奖补申领", role=Role.COUNTY_FINANCE)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE viewflow_task SET flow_task = %s WHERE id = %s",
            ["financing/flows.BuybackFlow.claim", duty.task_id],
        )


def test_it_asks_for_the_next_instalment(world, client_of):
    agreement = make_buybacks(world)[0]
    pay_round(world, agreement, "支-1")
    as_before(agreement)
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    assert browser.get("/inbox/").status_code == 200
    sweep()
    (duty,) = Duty.objects.open().filter(process__in=BuybackFlow.processes(agreement))
    assert (duty.step, duty.due_on) == ("apply", agreement.next_due_day())
    page = browser.get(agreement.get_absolute_url())
    assert "奖补申领" not in page.content.decode().split("办理记录")[0]
    sweep()
    ask(world, agreement)
    review(world, agreement)
    pay(world, agreement, "支-2")
    assert agreement.due_instalment().number == 3


def test_it_is_closed_when_nothing_is_owed(world):
    agreement = make_buybacks(world)[0]
    for number in range(1, 5):
        pay_round(world, agreement, f"支-{number}")
    as_before(agreement)
    rest = agreement.due_instalment()
    type(rest).objects.filter(pk=rest.pk).update(payment=0, principal=0, interest=0, balance=0)
    sweep()
    agreement.refresh_from_db()
    assert agreement.closed_on is not None
    assert BuybackFlow.process_of(agreement).finished is not None
