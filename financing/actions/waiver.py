"""减免逾期利息: county finance asks, the supplier grants; nobody else can give up its money."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from financing.actions.ledger import account_of, repost
from financing.actions.log import locked, note
from financing.models import Agreement, Waiver
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.money import cents, exact, from_fen


@transaction.atomic
def propose_waiver(*, agreement: Agreement, user, amount: Decimal, reason: str) -> Waiver:
    """提请减免: at most the late interest that has run up to today.

    Raises ``ValidationError`` for somebody else, for more than that, or while another waiver waits.
    """
    agreement = locked(agreement)
    if not reach(user).holds_at(Role.COUNTY_FINANCE, county=agreement.dossier.county_id):
        raise ValidationError("逾期利息减免由县财务审核岗提请。")
    _within(amount, agreement)
    waiver = Waiver(
        agreement=agreement,
        amount=cents(amount),
        reason=reason.strip(),
        proposed_by=user,
        proposed_on=clock.today(),
    )
    waiver.full_clean()
    waiver.save()
    note(
        agreement,
        user,
        "提请减免",
        f"提请供应商减免逾期利息 {waiver.amount:,.2f} 元：{waiver.reason}",
        supplier=True,
    )
    return waiver


@transaction.atomic
def decide_waiver(*, waiver: Waiver, user, passed: bool, opinion: str = "") -> Waiver:
    """供应商决定; what is granted settles late interest at once.

    Raises ``ValidationError`` when it was decided before, or when less late interest is left.
    """
    agreement = locked(waiver.agreement)
    waiver = Waiver.objects.select_for_update(of=("self",)).get(pk=waiver.pk)
    if waiver.passed is not None:
        raise ValidationError("这项减免已经决定。")
    if not reach(user).holds_at(Role.SUPPLIER, supplier=agreement.supplier.pk):
        raise ValidationError("逾期利息是供应商的债权，减免由供应商决定。")
    if passed:
        _within(waiver.amount, agreement)
    waiver.passed, waiver.opinion = passed, opinion.strip()
    waiver.decided_by, waiver.decided_on = user, clock.today()
    waiver.full_clean()
    waiver.save(update_fields=["passed", "opinion", "decided_by", "decided_on"])
    repost(agreement)
    words = "同意" if passed else f"不同意：{waiver.opinion}"
    note(
        agreement,
        user,
        "决定减免",
        f"{words}减免逾期利息 {waiver.amount:,.2f} 元" if passed else f"减免逾期利息，{words}",
        supplier=True,
    )
    return waiver


def _within(amount: Decimal, agreement: Agreement) -> None:
    late = from_fen(account_of(agreement).late_interest)
    if exact(amount) != cents(amount) or not 0 < amount <= late:
        raise ValidationError(
            {"amount": f"到今天的逾期利息为 {late:,.2f} 元，减免须在这个数以内，最多两位小数。"}
        )
