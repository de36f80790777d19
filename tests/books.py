"""Scenes of the books: what the tests of vouchers, balances and closing start from.

Payments, receipts and funds stand below the books: their rows are put in directly, quickly, as
the acts of the financing floor leave them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from accounting.actions.books import make_vouchers
from accounting.enums import Book, Side
from accounting.models import Entry, Voucher
from accounting.periods import month_of
from financing.actions.ledger import repost
from financing.models import (
    Agreement,
    Fund,
    FundAllocation,
    FundPurpose,
    FundUse,
    Payment,
    PaymentApplication,
    Rebate,
    RebateClaim,
    RebateReceipt,
)
from financing.models.period import booking_day
from registry import clock
from registry.enums import Role
from registry.money import ZERO
from tests.world import World


def keep(world: World, month: dt.date | None = None) -> list[Voucher]:
    """County finance makes the vouchers of ``month``, or else of the present one."""
    month = month or month_of(clock.today())
    return make_vouchers(county=world.county, month=month, user=world.person(Role.COUNTY_FINANCE))


def keep_all(world: World) -> list[Voucher]:
    """The vouchers of every month from the first signing to today."""
    mine = Agreement.objects.filter(project_school__school__county=world.county)
    day = month_of(mine.order_by("signed_on").first().signed_on)
    made = []
    while day <= clock.today():
        made += keep(world, day)
        day = (day + dt.timedelta(days=31)).replace(day=1)
    return made


def book_samples(world: World) -> dict[str, object]:
    """What the doors of the books open: the voucher of the first school's agreement."""
    voucher = next(row for row in keep_all(world) if row.school == world.school)
    return {"voucher": voucher.pk, "book_kind": "payment"}


def lines(voucher: Voucher, book: str = Book.FINANCIAL) -> list[tuple[str, str, Decimal]]:
    """``[(side, account code, amount)]`` of one book, in order."""
    rows = voucher.entries.filter(book=book).order_by("line")
    return list(rows.values_list("side", "account_code", "amount"))


def balance(code: str, **where) -> Decimal:
    """Debit minus credit of the accounts that begin with ``code``."""
    rows = Entry.objects.filter(account_code__startswith=code, **where)
    return sum(
        (one.amount if one.side == Side.DEBIT else -one.amount for one in rows),
        ZERO,
    )


def pay(world: World, agreement: Agreement, amount: Decimal) -> Payment:
    """Money that left today, taken up as ``record_payment`` does it."""
    finance, cashier = world.person(Role.COUNTY_FINANCE), world.person(Role.COUNTY_CASHIER)
    instalment = agreement.instalments.order_by("number").first()
    number = Payment.objects.count() + 1
    today = clock.today()
    application = PaymentApplication.objects.create(
        instalment=instalment,
        round=number,
        amount=amount,
        applied_by=world.person(Role.SCHOOL_FINANCE, agreement.school),
        applied_on=today,
        budget_note="公用经费",
        passed=True,
        reviewed_by=finance,
        reviewed_on=today,
    )
    payment = Payment.objects.create(
        instalment=instalment,
        application=application,
        amount=amount,
        paid_on=today,
        booked_on=booking_day(world.county, today),
        paid_by=cashier,
        reviewed_by=finance,
        voucher=f"示例支-{number}",
        recorded_at=clock.now(),
    )
    repost(agreement)
    return payment


def undo(world: World, payment: Payment) -> Payment:
    """The payment reversed today, as ``reverse_payment`` does it."""
    row = Payment.objects.create(
        kind="reversal",
        instalment=payment.instalment,
        application=payment.application,
        amount=-payment.amount,
        paid_on=clock.today(),
        booked_on=booking_day(world.county, clock.today()),
        paid_by=world.person(Role.COUNTY_FINANCE),
        reviewed_by=payment.paid_by,
        voucher=f"冲销-{payment.voucher}",
        reverses=payment,
        reason="付错账户",
        recorded_at=clock.now(),
    )
    repost(payment.instalment.agreement)
    return row


def receive(world: World, rebate: Rebate, amount: Decimal | None = None) -> RebateReceipt:
    """``rebate`` arrived today, all of it or ``amount``."""
    claim, _ = RebateClaim.objects.get_or_create(
        rebate=rebate,
        defaults={
            "claimed_on": clock.today(),
            "claim_document": "示例教申1号",
            "claimed_amount": rebate.amount,
            "claimed_by": world.person(Role.COUNTY_FINANCE),
        },
    )
    amount = amount or rebate.amount
    return RebateReceipt.objects.create(
        claim=claim,
        amount=amount,
        received_on=clock.today(),
        booked_on=booking_day(world.county, clock.today()),
        document=f"示例到-{RebateReceipt.objects.count() + 1}",
        remark="更正" if amount < 0 else "",
        received_by=world.person(Role.COUNTY_CASHIER),
        recorded_at=clock.now(),
    )


def fund_moves(world: World, amount: Decimal, spent: Decimal) -> tuple[FundAllocation, FundUse]:
    """An earmarked fund for the station got ``amount`` and spent ``spent`` of it, today."""
    user, today = world.person(Role.COUNTY_FINANCE), clock.today()
    fund = Fund.objects.create(
        county=world.county,
        name="示例服务站经费",
        source="县财政",
        year=today.year,
        budget=amount,
        document="示例财教1号",
        opened_by=user,
        opened_on=today,
    )
    by = {"recorded_by": user, "recorded_at": clock.now()}
    came = FundAllocation.objects.create(
        fund=fund, amount=amount, allocated_on=today, document="示例拨-1", **by
    )
    used = FundUse.objects.create(
        purpose=FundPurpose.objects.create(fund=fund, purpose="station"),
        amount=spent,
        used_on=today,
        document="示例用-1",
        what="示例备件",
        **by,
    )
    return came, used
