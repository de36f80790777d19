"""One story leads to the next: twice, after a kill, and by the sweep; never more than once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from viewflow.workflow.models import Process

from acceptance.flows import SchoolFlow
from assets.flows import RegistrationFlow
from assets.models import Registration
from banbantong import chain, wakes
from banbantong.flows import ProjectFlow
from financing.flows import BuybackFlow
from financing.models import Agreement
from procurement.flows import TenderFlow
from procurement.models import Tender
from tests.life import Life
from tests.tender_story import opening
from tests.world import make_world
from workflow.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def life():
    return Life(make_world(schools=2, rooms=1))


def forget(process: Process) -> None:
    """The follow-up that a killed server never wrote."""
    Duty.objects.filter(process=process).delete()
    process.delete()


def counts() -> dict[str, int]:
    flows = (ProjectFlow, TenderFlow, SchoolFlow, RegistrationFlow, BuybackFlow)
    found = {flow.__name__: Process.objects.filter(flow_class=flow).count() for flow in flows}
    return found | {
        "tenders": Tender.objects.count(),
        "registrations": Registration.objects.count(),
        "agreements": Agreement.objects.count(),
        "open": Duty.objects.open().count(),
    }


def test_a_second_wake_up_starts_nothing_anew(life):
    life.contract()
    life.build(0, stop=("apply",))
    before = counts()
    for _ in range(2):
        chain.start_tender(life.project)
        chain.start_schools(life.project)
        chain.carry_on(life.school(0))
        chain.carry_on(life.school(1))
        wakes.wake_project(life.project)
        wakes.sweep()
    assert counts() == before


def test_the_sweep_starts_a_tender_that_was_never_started(life):
    life.open().plan().approve()
    before = counts()
    forget(TenderFlow.process_of(Tender.objects.get()))
    assert counts() != before
    wakes.sweep()
    assert counts() == before
    Tender.objects.get()  # the one that was opened goes on, no second one beside it


def test_the_sweep_opens_a_tender_that_is_missing_altogether(life):
    life.open().plan().approve()
    before, tender = counts(), Tender.objects.get()
    forget(TenderFlow.process_of(tender))
    tender.delete()
    wakes.sweep()
    assert counts() == before


def test_the_sweep_starts_just_the_school_that_is_missing(life):
    life.contract()
    before = counts()
    kept, lost = (SchoolFlow.process_of(life.school(at)) for at in (0, 1))
    forget(lost)
    wakes.sweep()
    assert counts() == before
    assert SchoolFlow.process_of(life.school(0)) == kept
    assert SchoolFlow.process_of(life.school(1)).pk != lost.pk


def test_the_sweep_registers_and_buys_back_what_was_handed_over(life):
    life.contract()
    life.build(0, stop=("confirm_cards",))
    before = counts()
    forget(RegistrationFlow.process_of(Registration.objects.get()))
    wakes.sweep()
    assert counts() == before
    life.day += dt.timedelta(days=60)
    life.build(0, stop=("apply",))
    after = counts()
    assert after["BuybackFlow"] == after["agreements"] == 1
    wakes.sweep()
    assert counts() == after


def test_a_contract_whose_wake_up_was_lost_is_found_by_the_sweep(life):
    """The receiver is only for speed: with nobody listening, the sweep goes on from the facts."""
    life.open().plan().approve()
    wakes.flow_finished.disconnect(wakes.after_tender, sender=TenderFlow)
    try:
        life.tender()
    finally:
        wakes.flow_finished.connect(wakes.after_tender, sender=TenderFlow)
    assert counts()["SchoolFlow"] == 0
    wakes.sweep()
    assert counts()["SchoolFlow"] == 2
    again = counts()
    wakes.sweep()
    assert counts() == again


def test_a_failed_tender_is_followed_by_a_new_one(life):
    life.open().plan().approve()
    officer = life.duty("announce")
    life.do("announce", on=life.day)
    due = officer.process.artifact.__class__.objects.get().bids_due_on
    few = {"result": "too_few", "bidders": "2", "failure_reason": "投标人不足三家"}
    data = {name: value for name, value in opening([]).items() if name.startswith("bids-")}
    life.do("record_opening", on=due, **data, **few)
    old, new = Tender.objects.order_by("pk")
    assert (old.outcome, new.outcome) == ("failed", "")
    assert Duty.objects.open().get(step="announce").process == TenderFlow.process_of(new)
    wakes.sweep()
    assert Tender.objects.count() == 2


def test_the_sweep_makes_up_for_a_whole_lost_night(life):
    """Two counties, a school of each lost, a tender of a third project lost: all are found."""
    life.contract()
    other = Life(make_world(schools=1, rooms=1, county_code="532501")).contract("外县项目")
    third = Life(make_world(schools=1, rooms=1, county_code="532502")).open().plan().approve()
    before = counts()
    forget(SchoolFlow.process_of(life.school(0)))
    forget(SchoolFlow.process_of(other.school(0)))
    forget(TenderFlow.process_of(third.project.tenders.get()))
    wakes.sweep()
    assert counts() == before


def test_the_last_payment_of_the_last_school_closes_the_file():
    life = Life(make_world(schools=1, rooms=1)).contract()
    life.build(0)
    life.stage.conclude(life.project, dt.date(2026, 10, 20))
    agreement = Agreement.objects.get(project_school=life.school(0))
    for instalment in agreement.instalments.order_by("number"):
        life.pay(0, on=instalment.due_on)
    life.project.dossier.refresh_from_db()
    assert life.project.dossier.closed_on == agreement.instalments.latest("number").due_on
    assert ProjectFlow.process_of(life.project).finished
    assert not Duty.objects.open().filter(dossier=life.project.dossier).exists()


def test_a_start_that_is_rolled_back_leaves_no_process(life):
    life.open().plan().approve()
    before = counts()

    with pytest.raises(LookupError), transaction.atomic():
        _lose_and_find()
    assert counts() == before


def _lose_and_find() -> None:
    forget(TenderFlow.process_of(Tender.objects.get()))
    wakes.sweep()
    raise LookupError
