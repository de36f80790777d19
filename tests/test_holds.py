"""Maintenance checks, holds and red lines: suggested, proposed, decided by a second, lifted, answered."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from financing.actions.gate import (
    approve_budgets,
    decide_hold,
    lift_hold,
    propose_hold,
    record_check,
)
from financing.actions.revision import RoomChange, draft_revision
from financing.actions.risk import accept_risk
from financing.enums import RevisionKind
from financing.flows import HoldFlow
from financing.gates import check_payment
from financing.models import MaintenanceCheck, PaymentHold, RiskAcceptance
from financing.risks import findings_of, touched_by
from registry import clock
from registry.enums import Role
from registry.models import Post
from tests.buyback import apply, duty_of, make_buybacks, pay, review
from tests.reading import Page
from tests.world import make_world
from workflow.actions import carry_out
from workflow.models import Duty

pytestmark = pytest.mark.django_db
HOLDS, CHECKS = reverse("financing:holds"), reverse("financing:checks")
ENTER, RISKS = reverse("financing:check_enter"), reverse("financing:risks")
WHY = "报修三次未到场"


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def buybacks(world):
    """Agreements of two schools, a month before their first instalment."""
    found = make_buybacks(world)
    with clock.at(found[0].due_instalment().due_on - dt.timedelta(days=30)):
        yield found


def check(world, agreement, *, passed=True, days=5, user=None):
    until = clock.today() - dt.timedelta(days=days)
    return record_check(
        agreement=agreement,
        user=user or world.person(Role.STATION),
        since=until - dt.timedelta(days=180),
        until=until,
        passed=passed,
        open_faults=0 if passed else 2,
        remark="" if passed else WHY,
    )


def propose(world, agreement, user=None):
    row = propose_hold(
        instalment=agreement.due_instalment(),
        user=user or world.person(Role.STATION),
        reason=WHY,
    )
    HoldFlow.start.run(subject=row, user=row.proposed_by)
    return row


def decide(world, row, decision="pass", opinion=""):
    duty = Duty.objects.open().get(step="decide", process__in=HoldFlow.processes(row))
    user = world.person(Role.COUNTY_FINANCE)
    form = carry_out(duty=duty, user=user, data={"decision": decision, "opinion": opinion})
    assert not form.errors, form.errors
    row.refresh_from_db()


def read(browser, url, **query) -> Page:
    answer = browser.get(url, query)
    assert answer.status_code == 200, url
    return Page(answer.content.decode(), url)


# --- holds ------------------------------------------------------------------------------------------
def test_a_hold_stops_review_and_payment_of_its_instalment_until_it_is_lifted(world, buybacks):
    held, free = buybacks
    for agreement in buybacks:
        apply(world, agreement)
    row = propose(world, held)
    check_payment(agreement=held, instalment=row.instalment)  # a proposal stops nothing
    decide(world, row)
    with pytest.raises(ValidationError, match=WHY):
        check_payment(agreement=held, instalment=row.instalment)
    review(world, free)
    pay(world, free, "支-1")
    with pytest.raises(AssertionError, match="已决定暂缓付款"):
        review(world, held)
    finance = world.person(Role.COUNTY_FINANCE)
    lift_hold(hold=row, user=finance, reason="已到场修复，回访合格")
    review(world, held)
    pay(world, held, "支-2")


def test_a_hold_between_review_and_payment_stops_the_cashier(world, buybacks):
    agreement = buybacks[0]
    apply(world, agreement)
    review(world, agreement)
    decide(world, propose(world, agreement))
    with pytest.raises(AssertionError, match="已决定暂缓付款"):
        pay(world, agreement, "支-1")


def test_a_refused_hold_stops_nothing_and_may_be_proposed_again(world, buybacks):
    agreement = buybacks[0]
    row = propose(world, agreement)
    with pytest.raises(ValidationError, match="待决定或在执行"):
        propose(world, agreement)
    decide(world, row, "return", "已修复")
    apply(world, agreement)
    review(world, agreement)
    propose(world, agreement, world.person(Role.HEAD, agreement.school))
    assert PaymentHold.objects.count() == 2


def test_who_may_propose_decide_and_lift(world, buybacks):
    agreement = buybacks[0]
    instalment = agreement.due_instalment()
    other = world.person(Role.HEAD, world.schools[1])
    for user in (
        world.person(Role.SUPPLIER),
        world.person(Role.COUNTY_FINANCE),
        world.person(Role.AUDITOR),
        other if agreement.school != world.schools[1] else world.person(Role.HEAD),
    ):
        with pytest.raises(ValidationError, match="由装备站或学校提请"):
            propose_hold(instalment=instalment, user=user, reason=WHY)
    row = propose(world, agreement)
    for role in (Role.STATION, Role.COUNTY_CASHIER, Role.LEADING_GROUP, Role.SUPPLIER):
        with pytest.raises(ValidationError, match="由县财务审核岗决定"):
            decide_hold(hold=row, user=world.person(role), passed=True)
    decide(world, row)
    with pytest.raises(ValidationError, match="已经决定"):
        decide_hold(hold=row, user=world.person(Role.COUNTY_FINANCE), passed=False, opinion="x")
    with pytest.raises(ValidationError, match="由县财务审核岗解除"):
        lift_hold(hold=row, user=world.person(Role.STATION), reason="好了")
    with pytest.raises(ValidationError):
        lift_hold(hold=row, user=world.person(Role.COUNTY_FINANCE), reason=" ")


def test_nobody_decides_what_they_proposed(world, buybacks):
    station = world.person(Role.STATION)
    Post.objects.create_for(
        station, Role.COUNTY_FINANCE, world.county, valid_from=dt.date(2020, 1, 1)
    )
    row = propose(world, buybacks[0], type(station).objects.get(pk=station.pk))
    with pytest.raises(ValidationError, match="不能决定自己的提请"):
        decide_hold(hold=row, user=type(station).objects.get(pk=station.pk), passed=True)


def test_the_supplier_reads_the_hold_and_its_reason_once_decided(world, buybacks, client_of):
    agreement = buybacks[0]
    supplier = client_of(world.person(Role.SUPPLIER))
    row = propose(world, agreement)
    assert WHY not in read(supplier, agreement.get_absolute_url()).text
    assert supplier.get(row.get_absolute_url()).status_code == 404
    assert read(supplier, HOLDS).count == 0
    decide(world, row)
    assert WHY in read(supplier, agreement.get_absolute_url()).text
    assert WHY in read(supplier, row.get_absolute_url()).text
    assert read(supplier, HOLDS, state="standing").count == 1


def test_finance_finds_the_proposal_in_its_inbox_and_lifts_on_the_page(world, buybacks, client_of):
    agreement = buybacks[0]
    station = client_of(world.person(Role.STATION))
    url = reverse("financing:hold_propose", args=[agreement.due_instalment().pk])
    page = read(station, url)
    answer = page.form("提请暂缓").fill(reason=WHY).post(station)
    assert "等县财务决定" in Page(answer.content.decode()).messages[0]
    row = PaymentHold.objects.get()
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    assert "决定暂缓付款" in read(finance, "/inbox/").text
    decide(world, row)
    form = read(finance, row.get_absolute_url()).form("解除暂缓")
    told = Page(form.fill(reason="修好了").post(finance).content.decode())
    assert "可以办理付款" in told.messages[0]
    assert station.post(row.get_absolute_url(), {"reason": "x"}).status_code == 403
    away = make_world(schools=1, county_code="530423")
    for role in (Role.COUNTY_FINANCE, Role.STATION, Role.SUPPLIER):
        assert client_of(away.person(role)).get(row.get_absolute_url()).status_code == 404
        assert client_of(away.person(role)).get(url).status_code == 404


def test_a_hold_stays_when_the_plan_is_drawn_anew(world, buybacks):
    """The new plan's instalment of the same number is held as the old one was."""
    from financing.models import Instalment, Revision

    agreement = buybacks[0]
    row = propose(world, agreement)
    decide(world, row)
    revision = Revision.objects.create(
        agreement=agreement,
        number=1,
        kind="reschedule",
        effective_on=clock.today(),
        reason="调整",
        proposed_by=world.person(Role.COUNTY_FINANCE),
        proposed_on=clock.today(),
    )
    old = row.instalment
    Instalment.objects.filter(pk=old.pk).update(replaced_by=revision)
    new = Instalment.history.get(pk=old.pk)
    new.pk, new.replaced_by = None, None
    new.save(force_insert=True)
    with pytest.raises(ValidationError, match=WHY):
        check_payment(agreement=agreement, instalment=new)


# --- checks -----------------------------------------------------------------------------------------
def test_the_system_suggests_and_never_holds_by_itself(world, buybacks, client_of):
    failed, missing = buybacks
    check(world, failed, passed=False)
    station = client_of(world.person(Role.STATION))
    page = read(station, HOLDS)
    assert "考核不合格" in page.text
    assert "还没有维护考核" in page.text
    assert PaymentHold.objects.count() == 0
    check(world, missing)
    check(world, failed, days=1)
    assert "建议核查" not in read(station, HOLDS).text
    assert "建议核查" not in read(client_of(world.person(Role.COUNTY_FINANCE)), HOLDS).text


def test_one_list_of_checks_for_many_schools(world, buybacks, client_of):
    one, two = buybacks
    browser = client_of(world.person(Role.STATION))
    form = read(browser, ENTER).form("登记考核")
    form.fill(**{f"result-{one.pk}": "pass", f"result-{two.pk}": "fail"})
    page = Page(form.post(browser).content.decode(), ENTER)
    assert "考核不合格时请写明原因。" in page.errors
    assert MaintenanceCheck.objects.count() == 0
    again = page.form("登记考核").fill(**{f"remark-{two.pk}": WHY, f"faults-{two.pk}": "2"})
    told = Page(again.post(browser).content.decode())
    assert "已登记 2 所学校的维护考核" in told.messages[0]
    assert read(browser, CHECKS, passed="False").count == 1
    supplier = client_of(world.person(Role.SUPPLIER))
    assert WHY in read(supplier, CHECKS).text
    for role in (Role.COUNTY_FINANCE, Role.HEAD, Role.SUPPLIER):
        assert client_of(world.person(role)).get(ENTER).status_code == 403
        with pytest.raises(ValidationError, match="由装备站登记"):
            check(world, one, user=world.person(role))


# --- red lines -----------------------------------------------------------------------------------------
def test_the_agreement_shows_what_it_touches_and_who_answers(world, buybacks, client_of):
    agreement = buybacks[0]
    found = {one.code: one for one in findings_of(agreement)}
    assert {"R1", "R2", "R4", "R5", "R8"} <= set(found)
    assert "示例1小学" in found["R1"].sentence or "示例2小学" in found["R1"].sentence
    finance = client_of(world.person(Role.COUNTY_FINANCE))
    page = read(finance, agreement.get_absolute_url())
    assert found["R4"].sentence in page.text
    assert found["R4"].basis in page.text
    leader = client_of(world.person(Role.LEADING_GROUP))
    url = reverse("financing:risk", args=[agreement.pk, "R4"])
    form = read(leader, url).form("登记承担").fill(reason="会议纪要3号同意")
    assert "红线仍然显示" in Page(form.post(leader).content.decode()).messages[0]
    page = read(finance, agreement.get_absolute_url())
    assert found["R4"].sentence in page.text
    assert "会议纪要3号同意" in page.text
    supplier = client_of(world.person(Role.SUPPLIER))
    assert found["R4"].sentence not in read(supplier, agreement.get_absolute_url()).text
    assert supplier.get(url).status_code == 404


def test_only_the_leading_group_answers_and_only_once(world, buybacks, client_of):
    agreement = buybacks[0]
    for role in (Role.COUNTY_FINANCE, Role.PROJECT_OFFICE, Role.HEAD, Role.AUDITOR):
        with pytest.raises(ValidationError, match="由领导小组承担"):
            accept_risk(agreement=agreement, rule="R4", user=world.person(role), reason="x")
    leader = world.person(Role.LEADING_GROUP)
    with pytest.raises(ValidationError, match="没有触及"):
        accept_risk(agreement=agreement, rule="R3", user=leader, reason="x")
    with pytest.raises(ValidationError):
        accept_risk(agreement=agreement, rule="R4", user=leader, reason="  ")
    accept_risk(agreement=agreement, rule="R4", user=leader, reason="同意")
    with pytest.raises(ValidationError, match="已经登记过承担人"):
        accept_risk(agreement=agreement, rule="R4", user=leader, reason="再来")
    assert RiskAcceptance.objects.count() == 1


def test_the_ledger_counts_filters_and_exports_what_it_shows(world, buybacks, client_of):
    accept_risk(
        agreement=buybacks[0], rule="R4", user=world.person(Role.LEADING_GROUP), reason="同意"
    )
    browser = client_of(world.person(Role.LEADING_GROUP))
    page = read(browser, RISKS)
    assert page.count == 2
    for tile in page.all("a", "tile"):
        number = int("".join(c for c in tile.first("b").text if c.isdigit()))
        assert read(browser, tile["href"]).count == number, tile.text
    assert read(browser, RISKS, rule="R4", state="open").count == 1
    assert read(browser, RISKS, rule="R3").count == 0
    answer = browser.get(RISKS, {"export": "xlsx"})
    content = b"".join(answer.streaming_content)
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    cell = rows[1][rows[0].index("R4")] + rows[2][rows[0].index("R4")]
    assert "超过 3 年" in cell
    assert "承担：同意" in cell
    assert "第二十四条" in cell
    assert read(client_of(world.person(Role.SUPPLIER)), RISKS).count == 0
    school = buybacks[0].school
    assert read(client_of(world.person(Role.HEAD, school)), RISKS).count == 1


def test_many_at_once_are_judged_as_one_by_one(world, buybacks):
    check(world, buybacks[0], passed=False)
    both = touched_by([row.pk for row in buybacks])
    for row in buybacks:
        assert [one.finding for one in both[row.pk]] == findings_of(row)
    assert len({tuple(one.sentence for one in findings_of(row)) for row in buybacks}) == 2


def test_nothing_is_added_to_a_historic_contract(world, buybacks):
    agreement = buybacks[0]
    room = agreement.rooms.first()
    what = {"kind": RevisionKind.AMENDMENT, "effective_on": clock.today()}
    dearer = {**what, "rooms": [RoomChange(room.room_pass, room.amount + 1)]}
    draft_revision(agreement=agreement, **dearer)
    agreement.contract.signed_on = dt.date(2014, 12, 31)
    with pytest.raises(ValidationError, match="历史合同"):
        draft_revision(agreement=agreement, **dearer)
    draft_revision(agreement=agreement, **what, rooms=[RoomChange(room.room_pass, room.amount - 1)])


def test_the_school_sees_the_gates_beside_its_application(world, buybacks, client_of):
    agreement = buybacks[0]
    browser = client_of(world.person(Role.SCHOOL_FINANCE, agreement.school))
    page = read(browser, duty_of(agreement, "apply").get_absolute_url())
    for words in ("付款前检查", "还可申请 9,999,999.00 元", "还没有维护考核", "红线"):
        assert words in page.text


@pytest.mark.parametrize(
    ("url", "role"),
    [
        (RISKS, Role.LEADING_GROUP),
        (HOLDS, Role.STATION),
        (CHECKS, Role.STATION),
        (ENTER, Role.STATION),
    ],
)
def test_more_schools_cost_no_more_queries(url, role, client_of):
    def count(schools, code):
        world = make_world(schools=schools, county_code=code)
        for agreement in make_buybacks(world):
            with clock.at(agreement.due_instalment().due_on):
                check(world, agreement, passed=False)
                propose(world, agreement)
        browser = client_of(world.person(role))
        browser.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(url).status_code == 200
        return len(seen)

    one, three = count(1, "522631"), count(3, "530423")
    assert one == three <= 12


def test_what_is_asked_for_is_not_missing_from_the_budget(world, client_of):
    """An application under way has its part of the budget: nothing is short because of it."""
    agreement = make_buybacks(world, budgets=False)[0]
    instalment = agreement.due_instalment()
    with clock.at(instalment.due_on):
        approve_budgets(
            county=world.county,
            year=clock.today().year,
            document="财预1号",
            approved_on=clock.today(),
            amounts={agreement.school: instalment.payment},
            user=world.person(Role.COUNTY_FINANCE),
        )
        check(world, agreement)
        apply(world, agreement)
        assert "不够支付" not in " ".join(one.sentence for one in findings_of(agreement))
        finance = client_of(world.person(Role.COUNTY_FINANCE))
        page = read(finance, duty_of(agreement, "review").get_absolute_url())
        assert "还可申请 0.00 元（已含本次申请）" in page.text
