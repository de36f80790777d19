"""The five-year story: 190 schools, late payers, an early buyback, an amendment, rebates that come a
year late; month after month reconciled and closed. In the end all is paid, booked and owned."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from accounting.balances import payables, trial_balance
from accounting.models import StatementLine
from assets.enums import Title
from assets.models import AssetCard
from documents.enums import PaperKind
from documents.models import Paper, TrailEvent
from documents.trail import check
from financing.actions.revision import RoomChange
from financing.enums import RevisionKind
from financing.models import (
    Agreement,
    Payment,
    PeriodClose,
    Posting,
    Rebate,
    RebateClaim,
    RebateReceipt,
)
from registry.calendar import after_days
from registry.money import ZERO
from tests.five_years import County, owed

pytestmark = pytest.mark.django_db
# A tenth of them on PostgreSQL: the steps are the same, and what only it can get wrong (two at
# once, a server killed) has tests of its own.
SCHOOLS = 190 if connection.vendor == "sqlite" else 20
BEGINS = dt.date(2026, 7, 1)
LATE, EARLY, AMENDED = slice(3, None, 19), 7, 11  # ten late payers


def total(rows, name="amount") -> Decimal:
    return (rows.aggregate(s=Sum(name))["s"] or ZERO).quantize(Decimal("0.01"))


def test_five_years_of_a_county():
    county = County(SCHOOLS, BEGINS)
    everybody = county.agreements
    late, early, amended = everybody[LATE], everybody[EARLY], everybody[AMENDED]
    outstanding = []
    for number in range(1, 6):
        with county.on(_day(everybody[0], number) - dt.timedelta(days=4)):
            punctual = [
                one for one in everybody if one not in late and not county.fresh(one).closed_on
            ]
            assert county.pay(punctual) == len(punctual)
            county.receive(outstanding)  # what was claimed a year ago
        with county.on(_day(everybody[0], number) + dt.timedelta(days=40)):
            assert county.pay(late) == len(late)
            outstanding = county.claim(2026 + number)
        if number == 2:
            with county.on(_day(amended, 2) + dt.timedelta(days=90)):
                room = amended.rooms.get()
                county.revise(
                    amended,
                    RevisionKind.AMENDMENT,
                    rooms=[RoomChange(room.room_pass, room.amount - 500)],
                )
        if number == 3:
            with county.on(_day(early, 3) + dt.timedelta(days=100)):
                county.revise(early, RevisionKind.BUYOUT)
                assert county.pay([early]) == 1
                assert county.fresh(early).closed_on
                assert owed(early) == 0
    with county.on(_day(everybody[0], 5) + dt.timedelta(days=365)):
        county.receive([*outstanding, *county.claim(2032)] if _claimable() else outstanding)
    with county.on(_day(everybody[0], 5) + dt.timedelta(days=430)):
        _everything_is_closed(county)


def _claimable() -> bool:
    return Rebate.objects.claimable().exists()


def _day(agreement, number: int) -> dt.date:
    day = agreement.instalments.model.history.get(
        agreement=agreement, number=number, revision=None
    ).due_on
    return after_days(day, 0, county=agreement.dossier.county)


def _everything_is_closed(county) -> None:
    agreements = Agreement.objects.with_balance()
    assert agreements.count() == SCHOOLS
    assert not agreements.filter(closed_on=None).exists()
    assert {agreement.remaining for agreement in agreements} == {ZERO}
    # what left the account is what the agreements took, to the fen
    paid = total(Payment.objects.all())
    assert paid == total(Posting.objects.all())
    assert paid == total(agreements, "total") + total(Posting.objects.filter(kind="late_interest"))
    assert total(Posting.objects.filter(kind="late_interest")) > 0
    # rebates: everything that was planned came, a year late
    assert total(RebateReceipt.objects.all()) == total(Rebate.objects.all())
    assert not RebateClaim.objects.exclude(status="received").exists()
    # the bank, the books and the system agree
    assert not StatementLine.objects.unsettled().exists()
    assert -total(StatementLine.objects.filter(amount__lt=0)) == paid
    last = PeriodClose.objects.order_by("-month").first().month
    for book in trial_balance(county.world.county, last):
        assert book.debit == book.credit
    assert not [row for row in payables(county.world.county, last) if row.difference]
    # the equipment is the schools'
    assert set(AssetCard.objects.values_list("title", flat=True)) == {Title.OWNED}
    assert Paper.objects.filter(kind=PaperKind.TITLE_TRANSFER).count() == SCHOOLS
    assert not check(TrailEvent.objects.all()).broken
