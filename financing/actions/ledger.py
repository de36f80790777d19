"""The account of an agreement: read from its history, and kept in ``Posting`` by differences."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.core.exceptions import ValidationError

from financing.account import DEBT_FIRST, LATE_FIRST, Account, Debt, Money, settle
from financing.models import Agreement, Instalment, Payment, Posting, Waiver
from procurement.enums import AllocationOrder
from registry import clock
from registry.calendar import workday_test
from registry.dates import roll_forward
from registry.money import from_fen, to_fen

ORDERS = {AllocationOrder.LATE_FIRST: LATE_FIRST, AllocationOrder.DEBT_FIRST: DEBT_FIRST}
PAYMENT, WAIVER = "payment", "waiver"


def account_of(agreement: Agreement, on: dt.date | None = None) -> Account:
    """How ``agreement`` stands on the evening of ``on`` (today); keys of debts are instalments' pk."""
    return accounts_of([agreement], on)[agreement.pk]


def accounts_of(agreements: Iterable[Agreement], on: dt.date | None = None) -> dict[int, Account]:
    """Many accounts at once; the number of queries depends on the number of counties only."""
    rows = {agreement.pk: agreement for agreement in agreements}
    on = on or clock.today()
    debts, moneys = _debts(rows), _moneys(rows)
    return {
        pk: settle(debts[pk], moneys[pk], on=on, **_terms(agreement))
        for pk, agreement in rows.items()
    }


def history_of(agreement: Agreement) -> tuple[list[Debt], list[Money], dict]:
    """Debts, moneys and the terms of ``settle`` for one agreement: to try what would be."""
    rows = {agreement.pk: agreement}
    return _debts(rows)[agreement.pk], _moneys(rows)[agreement.pk], _terms(agreement)


def _terms(agreement: Agreement) -> dict:
    return {
        "late_rate": agreement.late_rate,
        "order": ORDERS[AllocationOrder(agreement.allocation)],
    }


def _debts(rows: dict[int, Agreement]) -> dict[int, list[Debt]]:
    tests: dict = {}
    found = defaultdict(list)
    names = ("agreement_id", "pk", "due_on", "interest", "principal")
    instalments = Instalment.objects.filter(agreement__in=rows).order_by("due_on", "number")
    for agreement_id, pk, due_on, interest, principal in instalments.values_list(*names):
        county = rows[agreement_id].dossier.county
        if county not in tests:
            tests[county] = workday_test(county)
        due = roll_forward(due_on, tests[county])
        found[agreement_id].append(Debt(pk, due, to_fen(interest), to_fen(principal)))
    return found


def _moneys(rows: dict[int, Agreement]) -> dict[int, list[Money]]:
    """Payments and refunds that stand, then waivers; each in the order in which they were entered."""
    found = defaultdict(list)
    payments = Payment.objects.standing().filter(instalment__agreement__in=rows).order_by("pk")
    names = ("instalment__agreement_id", "pk", "paid_on", "amount")
    for agreement_id, pk, day, amount in payments.values_list(*names):
        found[agreement_id].append(Money((PAYMENT, pk), day, to_fen(amount)))
    waivers = Waiver.objects.standing().filter(agreement__in=rows).order_by("pk")
    for agreement_id, pk, day, amount in waivers.values_list(
        "agreement_id", "pk", "decided_on", "amount"
    ):
        found[agreement_id].append(Money((WAIVER, pk), day, to_fen(amount), waiver=True))
    return found


def owes_nothing(agreement: Agreement) -> bool:
    """Every instalment of the plan in force is settled, and no late interest is left."""
    return account_of(agreement).owed == 0


def repost(agreement: Agreement) -> Account:
    """Make the postings equal to what the history gives, by writing the differences.

    For an agreement that is locked, after anything that changes its history. Raises
    ``ValidationError`` when more was refunded than was ever paid beyond the debts.
    """
    account = account_of(agreement)
    if account.credit < 0:
        raise ValidationError(
            f"已退款 {-from_fen(account.credit):,.2f} 元所对应的多付款将不复存在，不能这样办理。"
        )
    wanted: dict[tuple, int] = defaultdict(int)
    for taking in account.takings:
        wanted[*taking.money, taking.debt, taking.part.value] += taking.amount
    for key, amount in _posted(agreement).items():
        wanted[key] -= amount
    now = clock.now()
    Posting.objects.bulk_create(
        Posting(
            payment_id=pk if source == PAYMENT else None,
            waiver_id=pk if source == WAIVER else None,
            instalment_id=instalment,
            kind=kind,
            amount=from_fen(amount),
            recorded_at=now,
        )
        for (source, pk, instalment, kind), amount in wanted.items()
        if amount
    )
    return account


def _posted(agreement: Agreement) -> dict[tuple, int]:
    """What is written down so far, by source, instalment and part; in fen."""
    found: dict[tuple, int] = defaultdict(int)
    names = ("payment_id", "waiver_id", "instalment_id", "kind", "amount")
    by_payment = Posting.objects.filter(payment__instalment__agreement=agreement)
    by_waiver = Posting.objects.filter(waiver__agreement=agreement)
    for rows in (by_payment, by_waiver):
        for payment, waiver, instalment, kind, amount in rows.values_list(*names):
            source = (PAYMENT, payment) if payment else (WAIVER, waiver)
            found[*source, instalment, kind] += to_fen(amount)
    return found
