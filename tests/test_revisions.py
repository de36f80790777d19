"""Changes of a plan: amendment, reschedule, early buyback, termination; what follows from each."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from assets.models import AssetCard
from documents.models import Paper
from financing.actions import account_of
from financing.actions.revision import (
    RoomChange,
    decide_revision,
    draft_revision,
    propose_revision,
)
from financing.enums import RevisionKind as Kind
from financing.models import Agreement, Instalment, Rebate
from registry import clock
from registry.enums import Role
from registry.money import cents, from_fen
from tests.buyback import apply, make_buybacks, pay_round
from tests.world import make_user, make_world

pytestmark = pytest.mark.django_db

START = dt.date(2026, 6, 18)
LATER = dt.date(2026, 9, 1)


@pytest.fixture
def world():
    return make_world(rooms=3)


@pytest.fixture
def buyback(world):
    with clock.at(dt.date(2026, 6, 20)):
        return make_buybacks(world)[0]


@pytest.fixture
def deciders(world):
    second = make_user("县财务审核二", Role.COUNTY_FINANCE, world.county)
    return {Role.COUNTY_FINANCE: second, Role.LEADING_GROUP: world.person(Role.LEADING_GROUP)}


def change(world, deciders, agreement, kind, day=LATER, *, on=LATER, **what):
    """Proposed by county finance, agreed to by who decides."""
    ends = kind in (Kind.AMENDMENT, Kind.TERMINATION)
    decider = deciders[Role.LEADING_GROUP if ends else Role.COUNTY_FINANCE]
    with clock.at(on):
        revision = propose_revision(
            agreement=agreement,
            user=world.person(Role.COUNTY_FINANCE),
            reason="示例原因",
            kind=kind,
            effective_on=day,
            **what,
        )
        decide_revision(revision=revision, user=decider, passed=True)
    agreement.refresh_from_db()
    return revision


def columns(agreement):
    return [
        (row.number, row.due_on, row.principal, row.interest)
        for row in agreement.instalments.order_by("number")
    ]


def rebates_follow(agreement):
    """Per funder Σ = round(percent × Σ payments over the plan in force)."""
    total = agreement.totals()["payment"]
    for funder in ("county", "prefecture", "province"):
        given = Rebate.objects.filter(instalment__agreement=agreement, funder=funder)
        assert sum(r.amount for r in given) == cents(total * given[0].percent / 100)


def leaves(agreement, at=0):
    return RoomChange(agreement.live_rooms().order_by("pk")[at].room_pass, None)


def test_a_room_leaves_and_its_equipment_goes_back(world, buyback, deciders):
    old = columns(buyback)
    gone = leaves(buyback).room_pass
    revision = change(world, deciders, buyback, Kind.AMENDMENT, rooms=[leaves(buyback)])
    assert (buyback.principal, buyback.live_rooms().count()) == (Decimal("43000.00"), 2)
    rows = columns(buyback)
    assert [row[:2] for row in rows] == [row[:2] for row in old]
    assert sum(row[2] for row in rows) == Decimal("43000.00")
    # 64500 at 3.5 % for 75 of 365 days, then 43000 for the other 290
    ran = cents(Decimal("2257.50") * 75 / 365)
    assert rows[0][3] == ran + Decimal("1505.00") - cents(Decimal("1505.00") * 75 / 365)
    assert revision.principal_change == Decimal("-21500.00")
    assert set(AssetCard.objects.filter(room_pass=gone).values_list("condition", flat=True)) == {
        "returned"
    }
    assert AssetCard.objects.filter(
        condition="in_use", room_pass__agreement_room__agreement=buyback
    )
    rebates_follow(buyback)
    assert Instalment.history.filter(agreement=buyback, replaced_by=revision).count() == 5


def test_it_can_come_back_and_cost_something_else(world, buyback, deciders):
    room = leaves(buyback).room_pass
    change(world, deciders, buyback, Kind.AMENDMENT, rooms=[RoomChange(room, None)])
    change(
        world,
        deciders,
        buyback,
        Kind.AMENDMENT,
        LATER + dt.timedelta(30),
        on=LATER + dt.timedelta(30),
        rooms=[RoomChange(room, Decimal("20000.00"))],
    )
    assert buyback.principal == Decimal("63000.00")
    assert buyback.live_rooms().get(room_pass=room).amount == Decimal("20000.00")
    assert not AssetCard.objects.filter(condition="returned").exists()
    rebates_follow(buyback)


def test_a_change_dated_back_to_the_start_is_as_if_it_had_been_so_from_the_start(
    world, buyback, deciders
):
    other = make_world(rooms=2, county_code="522632")
    with clock.at(dt.date(2026, 6, 20)):
        as_if = make_buybacks(other)[0]
    change(world, deciders, buyback, Kind.AMENDMENT, START, rooms=[leaves(buyback)])
    assert columns(buyback) == columns(as_if)


def test_what_was_paid_is_taken_up_anew(world, buyback, deciders):
    with clock.at(dt.date(2026, 7, 1)):
        pay_round(world, buyback, "支-1", amount="30000.00")  # two instalments and a part
    before = account_of(buyback, LATER)
    revision = change(world, deciders, buyback, Kind.AMENDMENT, rooms=[leaves(buyback)])
    after = account_of(buyback, LATER)
    kept = buyback.instalments.filter(revision=None)
    assert [row.number for row in kept.order_by("number")] == [1, 2]
    assert Instalment.history.filter(replaced_by=revision).count() == 3
    assert not buyback.instalments.with_paid().filter(number__lte=2, remaining__gt=0).exists()
    paid = sum(row.paid for row in buyback.instalments.with_paid())
    assert paid == Decimal("30000.00")
    assert from_fen(before.owed - after.owed) > Decimal("21500.00")
    rebates_follow(buyback)


def test_bought_back_early_with_the_interest_of_the_days(world, buyback, deciders):
    change(world, deciders, buyback, Kind.BUYOUT)
    assert columns(buyback) == [
        (1, LATER, Decimal("64500.00"), cents(Decimal("2257.50") * 75 / 365))
    ]
    rebates_follow(buyback)
    assert buyback.closed_on is None


def test_what_was_paid_ahead_counts_towards_an_early_buyback(world, buyback, deciders):
    with clock.at(dt.date(2026, 7, 1)):
        pay_round(world, buyback, "支-1", amount="30000.00")
    change(world, deciders, buyback, Kind.BUYOUT)
    ran = cents(Decimal("2257.50") * 75 / 365)
    assert from_fen(account_of(buyback, LATER).owed) == Decimal("34500.00") + ran


def test_on_a_due_date_an_early_buyback_bears_no_more_interest(world, buyback, deciders):
    first = buyback.instalments.get(number=1)
    change(world, deciders, buyback, Kind.BUYOUT, first.due_on, on=first.due_on)
    rows = columns(buyback)
    assert [(number, interest) for number, _, _, interest in rows] == [
        (1, Decimal("2257.50")),
        (2, Decimal("0.00")),
    ]
    assert sum(row[2] for row in rows) == Decimal("64500.00")


def test_given_up_the_rest_is_not_owed_and_all_equipment_goes_back(world, buyback, deciders):
    with clock.at(dt.date(2026, 7, 1)):
        pay_round(world, buyback, "支-1", amount="30000.00")
    revision = change(world, deciders, buyback, Kind.TERMINATION)
    ran = cents(Decimal("2257.50") * 75 / 365)
    assert columns(buyback) == [(1, LATER, Decimal("0.00"), ran)]
    assert (buyback.terminated_on, revision.written_off) == (LATER, Decimal("64500.00"))
    account = account_of(buyback, LATER)
    assert (account.owed, from_fen(account.credit)) == (0, Decimal("30000.00") - ran)
    mine = AssetCard.objects.filter(room_pass__agreement_room__agreement=buyback)
    assert set(mine.values_list("condition", flat=True)) == {"returned"}
    assert not buyback.live_rooms().exists()
    with pytest.raises(ValidationError, match="已付清或已解除"):
        draft_revision(agreement=buyback, kind=Kind.BUYOUT, effective_on=LATER)


def test_a_slower_plan_at_another_rate(world, buyback, deciders):
    change(
        world,
        deciders,
        buyback,
        Kind.RESCHEDULE,
        count=20,
        payments_per_year=4,
        annual_rate=Decimal("3"),
        repayment="equal_principal",
        first_due_on=dt.date(2026, 12, 1),
    )
    rows = columns(buyback)
    assert [row[1] for row in rows[:2]] == [dt.date(2026, 12, 1), dt.date(2027, 3, 1)]
    assert {row[2] for row in rows} == {Decimal("3225.00")}
    ran = cents(Decimal("2257.50") * 75 / 365)
    assert rows[0][3] == ran + Decimal("483.75")  # a whole quarter at 3 %
    assert (buyback.payments_per_year, buyback.annual_rate) == (4, Decimal("3"))
    rebates_follow(buyback)


@pytest.mark.parametrize(
    ("kind", "what", "sentence"),
    [
        (Kind.AMENDMENT, {}, "没有班级增减"),
        (Kind.BUYOUT, {"effective_on": LATER - dt.timedelta(1)}, "日期须在 2026-09-01"),
        (Kind.AMENDMENT, {"effective_on": START - dt.timedelta(1)}, "日期须在 2026-06-18"),
        (Kind.RESCHEDULE, {"first_due_on": LATER}, "首期应付日期须在 2026-09-01 之后"),
        (Kind.RESCHEDULE, {"grace": 9}, "宽限期须少于总期数"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(buyback, kind, what, sentence):
    with clock.at(LATER), pytest.raises(ValidationError, match=sentence):
        draft_revision(**{"agreement": buyback, "kind": kind, "effective_on": LATER} | what)


def test_not_all_rooms_leave_by_an_amendment(buyback):
    rooms = [leaves(buyback, at) for at in range(3)]
    with clock.at(LATER), pytest.raises(ValidationError, match="请办理解除"):
        draft_revision(agreement=buyback, kind=Kind.AMENDMENT, effective_on=LATER, rooms=rooms)


def test_a_room_of_another_school_does_not_join(world, buyback):
    stranger = Agreement.objects.exclude(pk=buyback.pk).get().live_rooms().first().room_pass
    with clock.at(LATER), pytest.raises(ValidationError, match="不在本协议"):
        draft_revision(
            agreement=buyback,
            kind=Kind.AMENDMENT,
            effective_on=LATER,
            rooms=[RoomChange(stranger, Decimal("21500.00"))],
        )


def test_an_application_under_way_comes_first(world, buyback):
    apply(world, buyback)
    with clock.at(LATER), pytest.raises(ValidationError, match="有在办的付款申请"):
        draft_revision(agreement=buyback, kind=Kind.BUYOUT, effective_on=LATER)


def test_nobody_decides_the_own_proposal_and_each_kind_has_its_decider(world, buyback, deciders):
    finance = world.person(Role.COUNTY_FINANCE)
    with clock.at(LATER):
        revision = propose_revision(
            agreement=buyback, user=finance, reason="提前", kind=Kind.BUYOUT, effective_on=LATER
        )
        for user in (finance, world.person(Role.LEADING_GROUP), world.person(Role.HEAD)):
            with pytest.raises(ValidationError, match="由县财务审核决定"):
                decide_revision(revision=revision, user=user, passed=True)
        with pytest.raises(ValidationError, match="待决定的变更"):
            propose_revision(
                agreement=buyback, user=finance, reason="又", kind=Kind.BUYOUT, effective_on=LATER
            )
        with pytest.raises(ValidationError, match="请写明理由"):
            decide_revision(revision=revision, user=deciders[Role.COUNTY_FINANCE], passed=False)
        decide_revision(
            revision=revision, user=deciders[Role.COUNTY_FINANCE], passed=False, opinion="缓办"
        )
    assert len(columns(buyback)) == 5
    with pytest.raises(ValidationError, match="已经决定"):
        decide_revision(revision=revision, user=deciders[Role.COUNTY_FINANCE], passed=True)


def test_a_proposal_whose_day_has_gone_is_not_agreed_to(world, buyback, deciders):
    with clock.at(LATER):
        revision = propose_revision(
            agreement=buyback,
            user=world.person(Role.COUNTY_FINANCE),
            reason="提前",
            kind=Kind.BUYOUT,
            effective_on=LATER,
        )
    with clock.at(LATER + dt.timedelta(1)), pytest.raises(ValidationError, match="已过"):
        decide_revision(revision=revision, user=deciders[Role.COUNTY_FINANCE], passed=True)


def test_the_change_is_a_paper_and_the_schedule_a_new_version(world, buyback, deciders):
    change(world, deciders, buyback, Kind.AMENDMENT, rooms=[leaves(buyback)])
    paper = Paper.objects.get(kind="agreement_change")
    assert paper.data["rooms"][0]["after"] == ""
    assert [t["label"] for t in paper.data["terms"]] == ["回购本金"]
    assert len(paper.data["replaced"]) == len(paper.data["instalments"]) == 5
    old, new = Paper.objects.filter(kind="buyback_schedule", number=buyback.number).order_by(
        "version"
    )
    assert (old.is_current, new.is_current, new.version) == (False, True, 2)
    assert new.data["totals"]["principal"] == "43000.00"
