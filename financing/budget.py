"""What a school may pay for the buyback in a year, and what it has asked for already.

The latest approval (预算批复) of a school and year counts, whole: an adjustment (调整批复) is a
new row with its own document number and says the year's new amount, not the difference. So what
is in force is always one document, and the earlier ones stay to be read. The approval is about
everything the school pays in that year, whichever source the money comes from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest

from financing.models import (
    Agreement,
    BudgetApproval,
    Instalment,
    Payment,
    PaymentApplication,
)
from financing.models.instalment import nothing, yuan
from registry.models import School
from registry.money import ZERO, cents

MINE = "instalment__agreement__project_school__school"


@dataclass(frozen=True)
class Budget:
    """One school's budget of one year in yuan; ``approved`` is None without an approval."""

    year: int
    approved: Decimal | None = None
    document: str = ""
    used: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        """What may still be applied for; negative when an adjustment went below what is used."""
        return (self.approved or ZERO) - self.used

    @property
    def percent(self) -> Decimal | None:
        """执行率 in percent; None without an approved amount."""
        return cents(self.used * 100 / self.approved) if self.approved else None


def budget_of(school: School, year: int) -> Budget:
    """The school's budget of ``year``; two queries."""
    return budgets_of([school.pk], year)[school.pk]


def budgets_of(schools: Iterable[int], year: int) -> dict[int, Budget]:
    """The budgets of the schools (ids) in ``year``; two queries for any number of schools."""
    schools = list(schools)
    rows = BudgetApproval.objects.filter(school__in=schools, year=year).order_by("pk")
    latest = {row.school_id: row for row in rows}
    used = _used(schools, year)
    return {
        pk: Budget(
            year,
            latest[pk].amount if pk in latest else None,
            latest[pk].document if pk in latest else "",
            used.get(pk, ZERO),
        )
        for pk in schools
    }


def _used(schools: list[int], year: int) -> dict[int, Decimal]:
    """Σ of what was applied for in ``year`` and not returned: what was really paid of it, or, while
    it is under way, what was asked. A reversed payment frees its amount again.
    """
    rows = (
        PaymentApplication.objects.filter(applied_on__year=year, **{f"{MINE}__in": schools})
        .exclude(passed=False)
        .annotate(moved=Sum("payments__amount"))
        .order_by()
        .values_list(MINE, "amount", "moved")
    )
    used: dict[int, Decimal] = {}
    for school, amount, moved in rows:
        used[school] = used.get(school, ZERO) + (amount if moved is None else cents(moved))
    return used


def with_budget(schools, year: int):
    """Schools (a queryset) that have a buyback, with this year's ``due`` (what the plan in force
    asks for), ``approved`` (None without an approval), ``document``, ``used``, and
    ``missing`` (due beyond what is approved); all computed in SQL.
    """
    due = Instalment.objects.filter(
        agreement__project_school__school=OuterRef("pk"), due_on__year=year
    )
    owing = Agreement.objects.filter(project_school__school=OuterRef("pk"))
    return (
        schools.filter(Exists(owing))
        .annotate(
            due=_sum(due, "payment", "agreement__project_school__school"),
            **budget_columns(year, "pk"),
        )
        .annotate(missing=yuan(Greatest(F("due") - Coalesce("approved", nothing()), nothing())))
    )


def budget_columns(year: int, school: str) -> dict:
    """Annotations ``approved``, ``document`` and ``used`` of the school at the path ``school``."""
    latest = BudgetApproval.objects.filter(school=OuterRef(school), year=year).order_by("-pk")
    asked = PaymentApplication.objects.live().filter(
        applied_on__year=year, **{MINE: OuterRef(school)}
    )
    paid = Payment.objects.filter(application__applied_on__year=year, **{MINE: OuterRef(school)})
    return {
        "approved": Subquery(latest.values("amount")[:1]),
        "document": Subquery(latest.values("document")[:1]),
        "used": yuan(_sum(asked, "amount", MINE) + _sum(paid, "amount", MINE)),
    }


def _sum(rows, field: str, by: str):
    """Σ ``field`` of rows that belong to the outer row by ``by``; 0 for none."""
    added = rows.order_by().values(by).annotate(s=Sum(field)).values("s")
    return yuan(Coalesce(Subquery(added), nothing()))
