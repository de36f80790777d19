"""Random histories of payments and changes: what is written down always follows from what happened."""

import datetime as dt
from collections import defaultdict
from contextlib import suppress
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from financing.account import Part
from financing.actions import account_of
from financing.actions.revision import RoomChange, decide_revision, propose_revision
from financing.enums import PostingKind
from financing.enums import RevisionKind as Kind
from financing.models import Agreement, Posting, Rebate
from registry import clock
from registry.enums import Role
from registry.money import ZERO, cents, from_fen, to_fen
from tests.buyback import make_buybacks, pay_round
from tests.world import make_user, make_world

pytestmark = pytest.mark.django_db
SIGNED = dt.date(2026, 6, 20)


@pytest.fixture
def scene():
    world = make_world(schools=1, rooms=3)
    with clock.at(SIGNED):
        agreement = make_buybacks(world)[0]
    second = make_user("县财务审核二", Role.COUNTY_FINANCE, world.county)
    return world, agreement, second


days = st.integers(1, 400)
acts = st.one_of(
    st.tuples(st.just("pay"), days, st.integers(100, 20_000_00)),
    st.tuples(st.just("room"), days, st.integers(0, 2)),
    st.tuples(st.just("price"), days, st.integers(15_000_00, 25_000_00)),
    st.tuples(st.just("reschedule"), days, st.integers(1, 12)),
)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(acts, min_size=2, max_size=5), ends=st.sampled_from((None, *Kind)))
def test_what_is_written_follows_from_what_happened(scene, history, ends):
    world, agreement, second = scene
    with transaction.atomic():
        day = SIGNED
        for number, (act, wait, size) in enumerate([*history, ("end", 30, ends)]):
            day += dt.timedelta(wait)
            with clock.at(day):
                _try(world, agreement, second, act, size, number)
            _check(Agreement.objects.get(pk=agreement.pk), day)
        transaction.set_rollback(True)


def _try(world, agreement, second, act: str, size, number: int) -> None:
    """Do it, or be refused in words: then nothing may have changed."""
    agreement.refresh_from_db()
    owed = from_fen(account_of(agreement).owed)
    if act == "pay":
        if agreement.due_instalment() is not None:
            pay_round(world, agreement, f"支-{number}", amount=min(Decimal(size) / 100, owed))
        return
    what = _what(agreement, act, size)
    if what is None:
        return
    group = what["kind"] in (Kind.AMENDMENT, Kind.TERMINATION)
    with suppress(ValidationError), transaction.atomic():
        revision = propose_revision(
            agreement=agreement,
            user=world.person(Role.COUNTY_FINANCE),
            reason="示例",
            effective_on=clock.today(),
            **what,
        )
        decider = world.person(Role.LEADING_GROUP) if group else second
        decide_revision(revision=revision, user=decider, passed=True)


def _what(agreement, act: str, size) -> dict | None:
    rooms = list(agreement.live_rooms().order_by("room_pass"))
    if act == "room":
        return {
            "kind": Kind.AMENDMENT,
            "rooms": [RoomChange(rooms[size % len(rooms)].room_pass, None)],
        }
    if act == "price":
        after = Decimal(size) / 100
        return {"kind": Kind.AMENDMENT, "rooms": [RoomChange(rooms[0].room_pass, after)]}
    if act == "reschedule":
        return {"kind": Kind.RESCHEDULE, "count": size, "payments_per_year": (1, 2, 4)[size % 3]}
    return {"kind": size} if size in (Kind.BUYOUT, Kind.TERMINATION) else None


def _check(agreement, day) -> None:
    account = account_of(agreement, day)
    assert account.credit >= 0
    assert all(left >= 0 for one in account.standings for left in one.left.values())
    taken = defaultdict(int)
    for one in account.takings:
        taken[one.part] += one.amount
    posted = Posting.objects.filter(payment__instalment__agreement=agreement)
    for part, kind in zip(
        (Part.LATE_INTEREST, Part.INTEREST, Part.PRINCIPAL, Part.CREDIT),
        (
            PostingKind.LATE_INTEREST,
            PostingKind.INTEREST,
            PostingKind.PRINCIPAL,
            PostingKind.CREDIT,
        ),
        strict=True,
    ):
        amounts = posted.filter(kind=kind).values_list("amount", flat=True)
        assert to_fen(cents(sum(amounts, ZERO))) == taken[part], part
    _plan_adds_up(agreement)


def _plan_adds_up(agreement) -> None:
    rows = list(agreement.instalments.order_by("number"))
    gone = sum(agreement.revisions.standing().values_list("written_off", flat=True), ZERO)
    assert sum((row.principal for row in rows), ZERO) + gone == agreement.principal
    assert all(min(row.principal, row.interest) >= 0 for row in rows)
    assert len({row.number for row in rows}) == len(rows)
    total = sum((row.payment for row in rows), ZERO)
    for funder, percent in (("county", 10), ("prefecture", 20), ("province", 30)):
        given_back = Rebate.objects.filter(instalment__agreement=agreement, funder=funder)
        assert sum((r.amount for r in given_back), ZERO) == cents(total * percent / 100)
