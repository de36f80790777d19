"""The lines of a claim as the bureau reads them: who, which instalment, paid when, of what base.

The paper, the workbook and the pages show the same lines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Prefetch, Q

from financing.models import AgreementRoom, ClaimBatch, Posting, Rebate, RebateClaim
from procurement.enums import RebateBase
from procurement.models import FundingShare, Project
from registry.money import ZERO


@dataclass(frozen=True)
class ClaimLine:
    """One rebate to be claimed or claimed; ``claim`` is None before."""

    number: int
    rebate: Rebate
    code: str
    school: str
    township: str
    rooms: int
    instalment: int
    due_on: dt.date
    paid_on: dt.date | None
    payment: Decimal
    base: Decimal
    percent: Decimal
    amount: Decimal
    claim: RebateClaim | None


BY_SCHOOL = (
    "instalment__agreement__project_school__school__township__code",
    "instalment__agreement__project_school__school__code",
    "instalment__number",
    "pk",
)


def lines_of(rebates: Iterable[Rebate], project: Project) -> list[ClaimLine]:
    """``rebates`` (a queryset of one project and level) line by line, in the order of the schools.

    The number of queries does not depend on the number of lines.
    """
    rows = list(
        rebates.select_related(
            "claim",
            "instalment__agreement__project_school__school__township",
            "instalment__agreement__project_school__project__dossier__county",
        )
        .prefetch_related(
            Prefetch("instalment__rebates", Rebate.history.all(), to_attr="all_rebates"),
            "claim__receipts",
        )
        .order_by(*BY_SCHOOL)
    )
    shares = list(project.funding.all())
    rooms = _rooms({row.instalment.agreement_id for row in rows})
    paid_on = _paid_on({row.instalment_id for row in rows})
    return [
        _line(number, row, shares, rooms.get(row.instalment.agreement_id, 0), paid_on)
        for number, row in enumerate(rows, start=1)
    ]


def lines_of_batch(batch: ClaimBatch) -> list[ClaimLine]:
    """What the batch still holds; the claims that were withdrawn are ``batch.returns``."""
    return lines_of(Rebate.history.filter(claim__batch=batch), batch.project)


def _line(number: int, row: Rebate, shares: list[FundingShare], rooms: int, paid_on) -> ClaimLine:
    instalment = row.instalment
    school = instalment.agreement.project_school.school
    claim = row.claim_or_none
    return ClaimLine(
        number=number,
        rebate=row,
        code=school.code,
        school=school.name,
        township=school.township.name,
        rooms=rooms,
        instalment=instalment.number,
        due_on=instalment.due_on,
        paid_on=paid_on.get(instalment.pk),
        payment=instalment.payment,
        base=base_of(row, shares),
        percent=row.percent,
        amount=claim.claimed_amount if claim else row.amount,
        claim=claim,
    )


def base_of(row: Rebate, shares: list[FundingShare]) -> Decimal:
    """What the level's percentage is taken of in this instalment; ``shares`` in their order.

    Asks for ``instalment.all_rebates``. A cap or the running rounding may make the rebate another
    amount than the percentage of this one row.
    """
    instalment = row.instalment
    order = [share.funder for share in shares]
    share = next((one for one in shares if one.funder == row.funder), None)
    if share is None or share.base == RebateBase.PAYMENT:
        return instalment.payment
    if share.base == RebateBase.PRINCIPAL:
        return instalment.principal
    before = set(order[: order.index(row.funder)])
    earlier = (one.amount for one in instalment.all_rebates if one.funder in before)
    return instalment.payment - sum(earlier, ZERO)


def _rooms(agreements: set[int]) -> dict[int, int]:
    rows = AgreementRoom.objects.filter(agreement__in=agreements, left_by=None).order_by()
    return dict(rows.values_list("agreement").annotate(n=Count("pk")))


def _paid_on(instalments: set[int]) -> dict[int, dt.date]:
    """The bank's day of the payment that settled each instalment."""
    rows = Posting.objects.filter(
        Q(payment__reversed_by=None), instalment__in=instalments, payment__isnull=False
    )
    return dict(rows.order_by().values_list("instalment").annotate(day=Max("payment__paid_on")))
