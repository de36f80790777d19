"""Facts of agreements for the red lines, read for many agreements at once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, Max, OuterRef, Q, Subquery

from financing.budget import budget_columns
from financing.burden import STANDARDS
from financing.models import (
    Agreement,
    AgreementRoom,
    Instalment,
    MaintenanceCheck,
    PaymentApplication,
    RiskAcceptance,
)
from financing.redlines import DEBT_WORDS, Facts, Finding, Level, Limit, Limits, judge
from procurement.enums import Funder
from procurement.models import ContractItem, FundingShare
from registry import clock
from registry.enums import SchoolKind, SupplierSize
from registry.models import Parameter
from registry.money import ZERO

CODES = (
    "redline.service_years",
    "redline.sme_days",
    "redline.historic_before",
    "funds.burden_high",
    "funds.primary",
    "funds.junior",
)


@dataclass(frozen=True)
class Plan:
    """What the red lines ask of an agreement's instalments."""

    interest: Decimal
    last_due: dt.date
    year_due: Decimal
    next: Instalment | None
    since: dt.date
    """From when the running period counts: the due date before, or the start of the lease."""


def findings_of(agreement: Agreement) -> list[Finding]:
    """What one agreement touches today."""
    return findings_for([agreement.pk])[agreement.pk]


def findings_for(agreements: Iterable[int]) -> dict[int, list[Finding]]:
    """What the agreements (ids, or a query of ids) touch today; three queries for any number."""
    limits, today = limits_in_force(), clock.today()
    rows = _rows(agreements, today)
    plans = _plans(rows, today)
    return {row.pk: judge(_facts(row, plans[row.pk], limits, today), limits, today) for row in rows}


def limits_in_force() -> Limits:
    """All versions of the numbers that the rules read; one query.

    The general rows only: a county has no law of its own on these.
    """
    rows = Parameter.objects.filter(code__in=CODES, county=None)
    return Limits(
        Limit(*values) for values in rows.values_list("code", "value", "valid_from", "valid_to")
    )


def _rows(pks: Iterable[int], today: dt.date) -> list[Agreement]:
    """The agreements with what is one value each."""
    debt = Q()
    for word in DEBT_WORDS:
        debt |= Q(budget_note__contains=word)
    shares = FundingShare.objects.filter(
        project=OuterRef("project_school__project"), funder=Funder.SCHOOL
    )
    # "source=None" would lure SQLite to that column's index, where nearly every row is one.
    notes = (
        PaymentApplication.objects.filter(debt, instalment__agreement=OuterRef("pk"))
        .exclude(passed=False)
        .exclude(source__isnull=False)
    )
    asked = PaymentApplication.objects.live().filter(instalment__agreement=OuterRef("pk"))
    checks = MaintenanceCheck.objects.filter(agreement=OuterRef("pk")).order_by("-until", "-pk")
    rooms = AgreementRoom.objects.filter(agreement=OuterRef("pk")).order_by().values("agreement")
    passed = rooms.annotate(last=Max("room_pass__passed_on"))
    return list(
        Agreement.objects.filter(pk__in=pks)
        .select_related(
            "project_school__school",
            "project_school__project__dossier",
            "project_school__registration",
            "contract__supplier",
        )
        .annotate(
            public_share=Subquery(shares.values("percent")[:1]),
            debt_note=Subquery(notes.values("budget_note")[:1]),
            has_goods=Exists(ContractItem.objects.filter(contract=OuterRef("contract"))),
            asked=Subquery(asked.values("amount")[:1]),
            accepted_on=Subquery(passed.values("last")),
            **budget_columns(today.year, "project_school__school"),
            check_until=Subquery(checks.values("until")[:1]),
            check_passed=Subquery(checks.values("passed")[:1]),
            check_remark=Subquery(checks.values("remark")[:1]),
        )
    )


def _plans(rows: list[Agreement], today: dt.date) -> dict[int, Plan]:
    found: dict[int, list[Instalment]] = defaultdict(list)
    instalments = Instalment.objects.with_paid().filter(agreement__in=[row.pk for row in rows])
    for one in instalments.order_by("number"):
        found[one.agreement_id].append(one)
    return {row.pk: plan_of(row, found[row.pk], today) for row in rows}


def plan_of(row: Agreement, instalments: list[Instalment], today: dt.date) -> Plan:
    """``instalments``: the plan in force by number, with ``remaining``."""
    at = next((n for n, one in enumerate(instalments) if one.remaining > 0), None)
    running = at is not None and row.terminated_on is None
    return Plan(
        interest=sum((one.interest for one in instalments), ZERO),
        last_due=max((one.due_on for one in instalments), default=row.starts_on),
        year_due=sum((one.payment for one in instalments if one.due_on.year == today.year), ZERO),
        next=instalments[at] if running else None,
        since=instalments[at - 1].due_on if at else row.starts_on,
    )


def check_of(row: Agreement, plan: Plan) -> tuple[str, str]:
    """The running period's maintenance check: ``("passed" | "failed" | "missing" | "none", words)``.

    ``row`` has ``check_until``, ``check_passed``, ``check_remark``. An instalment that is due when
    the lease begins has no period behind it.
    """
    if plan.next is None or plan.next.due_on <= plan.since:
        return "none", ""
    if row.check_until is None or row.check_until <= plan.since:
        return "missing", f"{plan.since} 之后还没有维护考核"
    if row.check_passed:
        return "passed", ""
    return "failed", f"截至 {row.check_until} 的维护考核不合格（{row.check_remark}）"


def _facts(row: Agreement, plan: Plan, limits: Limits, today: dt.date) -> Facts:
    check, check_words = check_of(row, plan)
    size = SupplierSize(row.supplier.size)
    share = row.public_share or Decimal(0)
    registration = getattr(row.project_school, "registration", None)
    return Facts(
        signed_on=row.contract.signed_on or row.signed_on,
        debtor=row.school.name,
        interest=plan.interest,
        years=row.years,
        name=row.project_school.project.name,
        goods=row.has_goods,
        public_share=share,
        public_funds=_public_funds(row.school, limits, today),
        year_own=plan.year_due * share / 100,
        notes=(row.debt_note,) if row.debt_note else (),
        protected=size.protected,
        size=size.label,
        accepted_on=row.accepted_on,
        last_due=plan.last_due,
        next_due=plan.next.due_on if plan.next else None,
        next_words=str(plan.next or ""),
        # what is asked for already stands in the year's use
        next_amount=max(plan.next.remaining - (row.asked or ZERO), ZERO) if plan.next else ZERO,
        year=today.year,
        approved=row.approved,
        left=(row.approved or ZERO) - row.used,
        check=check,
        check_words=check_words,
        booked=bool(registration and registration.booked_on),
    )


def _public_funds(school, limits: Limits, today: dt.date) -> Decimal:
    """Pupils × standard, as ``financing.burden`` counts, from the numbers that are at hand."""
    standard = school.fund_standard
    if standard is None:
        code = STANDARDS.get(SchoolKind(school.kind), "funds.junior")
        standard = limits.value(code, today) or ZERO
    return school.pupils * standard


@dataclass(frozen=True)
class Watched:
    """An agreement whose next instalment comes near without a passed maintenance check."""

    agreement: Agreement
    instalment: Instalment
    state: str
    words: str


def watched(agreements: Iterable[int], until: dt.date) -> list[Watched]:
    """Agreements (ids) whose next instalment is due by ``until`` and whose check failed or is
    missing; the instalments with the oldest due date first. What to do about it, people decide.
    """
    today = clock.today()
    rows = _rows(agreements, today)
    plans = _plans(rows, today)
    found = []
    for row in rows:
        state, words = check_of(row, plans[row.pk])
        following = plans[row.pk].next
        if state in ("failed", "missing") and following.due_on <= until:
            found.append(Watched(row, following, state, words))
    return sorted(found, key=lambda one: (one.instalment.due_on, one.agreement.pk))


# --- findings and who answers for them ------------------------------------------------------------
@dataclass(frozen=True)
class Touched:
    """A finding and, if somebody accepted the risk, that acceptance."""

    finding: Finding
    accepted: RiskAcceptance | None

    @property
    def open(self) -> bool:
        """A red line that nobody answers for."""
        return self.finding.level is Level.RED and self.accepted is None

    @property
    def words(self) -> str:
        """The state in one word, for a cell of the ledger."""
        return "已承担" if self.accepted else self.finding.level.word


def touched_by(agreements: Iterable[int]) -> dict[int, list[Touched]]:
    """Findings with their acceptances, by agreement (ids, or a query of ids); four queries.

    An acceptance stays when the finding is gone; it is shown on the agreement's trail.
    """
    found = findings_for(agreements)
    rows = RiskAcceptance.objects.filter(agreement__in=found).select_related("accepted_by")
    accepted = {(row.agreement_id, row.rule): row for row in rows}
    return {
        pk: [Touched(one, accepted.get((pk, one.code))) for one in findings]
        for pk, findings in found.items()
    }
