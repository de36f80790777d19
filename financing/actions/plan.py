"""Writing plans of instalments down: many at once, exactly as they were computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple

from financing.models import Agreement, Instalment, Rebate, Revision
from financing.schedules import Schedule

AT_ONCE = 500  # agreements; keeps a county's recomputation within a few dozen MB


class Plan(NamedTuple):
    """A schedule with its rebates, for one agreement; ``percents`` by funder.

    ``after``: the number of the last instalment that stays from an earlier plan.
    """

    agreement: Agreement
    schedule: Schedule
    percents: Mapping[str, Decimal]
    revision: Revision | None = None
    after: int = 0


def store_plans(plans: Iterable[Plan]) -> None:
    """Two statements (in batches of the database's own) for up to 500 agreements."""
    left = iter(plans)
    while some := list(islice(left, AT_ONCE)):
        instalments = Instalment.objects.bulk_create(
            list(chain.from_iterable(_instalments(plan) for plan in some))
        )
        rows = iter(instalments)
        Rebate.objects.bulk_create(list(chain.from_iterable(_rebates(plan, rows) for plan in some)))


def _instalments(plan: Plan) -> Iterable[Instalment]:
    for one in plan.schedule.instalments:
        yield Instalment(
            agreement=plan.agreement,
            number=plan.after + one.no,
            due_on=one.due_on,
            payment=one.payment,
            principal=one.principal,
            interest=one.interest,
            balance=one.balance,
            revision=plan.revision,
        )


def _rebates(plan: Plan, rows) -> Iterable[Rebate]:
    """``rows`` gives the stored instalments in the order of the plans."""
    for one in plan.schedule.instalments:
        row = next(rows)
        for code, amount in one.rebates.items():
            yield Rebate(instalment=row, funder=code, percent=plan.percents[code], amount=amount)
