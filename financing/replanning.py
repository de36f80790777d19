"""An agreement's plan cut at a day and drawn anew: reads the tables, writes nothing.

The arithmetic is ``financing.schedules.replan``; here the rows become its columns and back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef

from financing.enums import RevisionKind
from financing.funding import rebates_for
from financing.models import Agreement, Instalment, Rebate, Revision
from financing.schedules import Method, Schedule, ScheduleError
from financing.schedules.replan import (
    Cut,
    Lump,
    NewTerms,
    Row,
    RunUp,
    bought_out,
    cut,
    given_up,
    replan,
)
from registry.money import ZERO, cents, from_fen, to_fen

ENDS = (RevisionKind.BUYOUT, RevisionKind.TERMINATION)
"""Kinds after which nothing is left to come."""


@dataclass(frozen=True)
class NewPlan:
    """What a change makes of the plan: ``schedule`` (with rebates) replaces ``replaced``.

    Amounts in yuan. ``accrued``: the interest that has run up to the day in the running period.
    ``written_off``: principal that is not owed any more, because the equipment went back.
    """

    kept: list[Instalment]
    replaced: list[Instalment]
    schedule: Schedule
    percents: dict[str, Decimal]
    accrued: Decimal
    written_off: Decimal

    @property
    def after(self) -> int:
        """The number of the last instalment that stays."""
        return max((row.number for row in self.kept), default=0)

    @property
    def outstanding(self) -> Decimal:
        """Principal of what is replaced."""
        return sum((row.principal for row in self.replaced), ZERO)

    @property
    def numbered(self) -> list[tuple[int, object]]:
        """The new instalments with the numbers that they will have."""
        return [(self.after + one.no, one) for one in self.schedule.instalments]


def new_plan(revision: Revision, *, change: Decimal = ZERO, rooms: int) -> NewPlan:
    """The plan that ``revision`` (saved or not) makes, over ``rooms`` classrooms.

    ``change``: of the principal, in yuan. Raises ``ValidationError`` on the field of the form
    that caused it, where there is one.
    """
    agreement = revision.agreement
    rows = _live(agreement, revision)
    found = cut(
        [Row(r.due_on, to_fen(r.principal), to_fen(r.interest), r.stays) for r in rows],
        revision.effective_on,
        agreement.starts_on,
        lump=_lump(agreement),
        run_up=_run_up(agreement),
    )
    try:
        plan = _drawn(found, revision, change)
    except ScheduleError as error:
        known = {"first_due_on", "grace", "annual_rate", "effective_on"}
        field = error.field if error.field in known else "__all__"
        raise ValidationError({field: error.sentence}) from error
    kept = rows[: len(found.kept)]
    gone = revision.kind == RevisionKind.TERMINATION
    given = _with_rebates(agreement, kept, plan, rooms)
    return NewPlan(
        kept=kept,
        replaced=rows[len(found.kept) :],
        schedule=given[0],
        percents=given[1],
        accrued=from_fen(found.accrued),
        written_off=from_fen(found.outstanding) if gone else ZERO,
    )


def _live(agreement: Agreement, revision: Revision) -> list[Instalment]:
    """The plan in force by due date; ``stays`` says which later instalments a change leaves alone.

    Paid in full they stay. Where nothing is left to come afterwards, what was paid ahead counts
    towards the end instead: only what a rebate was claimed for cannot be undone.
    """
    claimed = Rebate.history.filter(instalment=OuterRef("pk"), claim__isnull=False).order_by()
    rows = list(
        agreement.instalments.with_paid()
        .annotate(claimed=Exists(claimed))
        .order_by("due_on", "number")
    )
    for row in rows:
        row.stays = row.claimed if revision.kind in ENDS else row.remaining <= 0
    return rows


def _lump(agreement: Agreement) -> Lump | None:
    if not agreement.retention:
        return None
    return Lump(agreement.retention_due_on, to_fen(agreement.retention))


def _run_up(agreement: Agreement) -> RunUp | None:
    """What had run up on the day of the last change, found by going through all of them."""
    revisions = list(agreement.revisions.standing().order_by("number"))
    if not revisions:
        return None
    history = list(
        Instalment.history.filter(agreement=agreement)
        .select_related("revision", "replaced_by")
        .order_by("due_on", "number")
    )
    found = None
    for revision in revisions:
        plan = [
            Row(r.due_on, to_fen(r.principal), to_fen(r.interest), r.replaced_by != revision)
            for r in before(history, revision)
        ]
        now = cut(
            plan,
            revision.effective_on,
            agreement.starts_on,
            lump=_lump(agreement),
            run_up=found,
        )
        found = RunUp(revision.effective_on, now.accrued)
    return found


def before(history: Iterable[Instalment], revision: Revision) -> list[Instalment]:
    """Of all instalments ever, those of the plan that ``revision`` changed."""
    number = revision.number
    return [
        row
        for row in history
        if (row.revision is None or row.revision.number < number)
        and (row.replaced_by is None or row.replaced_by.number >= number)
    ]


def _drawn(found: Cut, revision: Revision, change: Decimal) -> Schedule:
    if revision.kind == RevisionKind.BUYOUT:
        return bought_out(found)
    if revision.kind == RevisionKind.TERMINATION:
        return given_up(found)
    agreement = revision.agreement
    return replan(
        found,
        NewTerms(
            method=Method(revision.repayment or agreement.repayment),
            annual_rate=_or(revision.annual_rate, agreement.annual_rate),
            payments_per_year=_or(revision.payments_per_year, agreement.payments_per_year),
            change=to_fen(change),
            residual=residual_after(agreement, change),
            grace=revision.grace,
            count=revision.count,
            first_due_on=revision.first_due_on,
        ),
    )


def _or(value, otherwise):
    return otherwise if value is None else value


def residual_after(agreement: Agreement, change: Decimal) -> Decimal:
    """期末留购价 keeps its proportion to the principal."""
    return cents(agreement.residual * (agreement.principal + change) / agreement.principal)


def _with_rebates(
    agreement: Agreement, kept: Sequence[Instalment], plan: Schedule, rooms: int
) -> tuple[Schedule, dict[str, Decimal]]:
    """``plan`` with rebates, so that with those of ``kept`` they follow from the whole plan."""
    whole = rebates_for(
        agreement.project_school.project,
        Schedule(
            tuple(row.due_on for row in kept) + plan.due_on,
            tuple(to_fen(row.principal) for row in kept) + plan.principal,
            tuple(to_fen(row.interest) for row in kept) + plan.interest,
        ),
        rooms,
    )
    given = dict.fromkeys(whole.percents, 0)
    for rebate in Rebate.objects.filter(instalment__in=[row.pk for row in kept]):
        given[rebate.funder] = given.get(rebate.funder, 0) + to_fen(rebate.amount)
    columns = {
        code: _after(column, len(kept), given[code])
        for code, column in whole.schedule.rebates.items()
    }
    return Schedule(plan.due_on, plan.principal, plan.interest, columns), whole.percents


def _after(column: Sequence[int], kept: int, given: int) -> tuple[int, ...]:
    """The rest of ``column`` when its first ``kept`` rows came to ``given``; never negative."""
    owed, rest = sum(column[:kept]) - given, []
    for amount in column[kept:]:
        owed += amount
        rest.append(max(owed, 0))
        owed -= rest[-1]
    return tuple(rest)


def last_day_before(agreement: Agreement) -> dt.date:
    """No change takes effect before the start of the lease or before the change before it."""
    last = agreement.revisions.standing().order_by("number").last()
    return max(agreement.starts_on, last.effective_on) if last else agreement.starts_on
