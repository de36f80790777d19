"""Late interest that ran up and is not paid yet, instalment by instalment."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounting.reports.plan import COUNTY
from accounting.reports.workdays import Calendars
from financing.actions.ledger import accounts_of
from financing.models import Agreement, Instalment, Posting
from procurement.enums import AllocationOrder
from registry.money import from_fen


def late_interest(
    rows: QuerySet, key="pk", *, on: dt.date, calendars: Calendars
) -> dict[object, Decimal]:
    """Late interest outstanding on ``on`` of the instalments ``rows``, summed by ``key``.

    Only agreements that can have some are computed: with something overdue, or, where interest
    and principal go first, with something that was paid late.
    """
    agreements = may_owe_late_interest(rows, on=on, calendars=calendars)
    owed = {
        standing.debt.key: amount
        for account in accounts_of(agreements, on).values()
        for standing in account.standings
        if (amount := account.late(standing))
    }
    found: dict[object, Decimal] = defaultdict(Decimal)
    mine = (
        rows.order_by()
        .filter(pk__in=list(owed))
        .annotate(group=F(key) if isinstance(key, str) else key)
    )
    for pk, group in mine.values_list("pk", "group") if owed else ():
        found[group] += from_fen(owed[pk])
    return found


def may_owe_late_interest(rows: QuerySet, *, on: dt.date, calendars: Calendars) -> QuerySet:
    """Agreements of the instalments ``rows``, with what their accounts need."""
    paid_late = Q(allocation=AllocationOrder.DEBT_FIRST) & Exists(_paid_late())
    return _agreements(rows).filter(Exists(_overdue(on, calendars)) | paid_late)


def ever_late(rows: QuerySet, *, on: dt.date, calendars: Calendars) -> QuerySet:
    """Agreements of ``rows`` on which late interest may have run up until ``on``, settled or not."""
    return _agreements(rows).filter(Exists(_overdue(on, calendars)) | Exists(_paid_late()))


def _agreements(rows: QuerySet) -> QuerySet:
    mine = Agreement.objects.filter(pk__in=rows.order_by().values("agreement"))
    return mine.select_related("project_school__project__dossier__county")


def _overdue(on: dt.date, calendars: Calendars) -> QuerySet:
    passed = Instalment.objects.filter(calendars.late(on, 1, county=COUNTY))
    return passed.unpaid().filter(agreement=OuterRef("pk")).order_by()


def _paid_late() -> QuerySet:
    return Posting.objects.filter(
        instalment__agreement=OuterRef("pk"), payment__paid_on__gt=F("instalment__due_on")
    ).order_by()
