"""What the law says about one tender: the dated numbers of its county put into the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from django.core.exceptions import ValidationError
from django.db.models import F, Q

from procurement import rules
from procurement.models import Contract, Tender
from procurement.rules import Finding, Rule
from registry import clock, dates
from registry.calendar import workday_test
from registry.models import Parameter
from registry.models.law import MissingParameter


@dataclass(frozen=True)
class Law:
    """The numbers in force on one day in one county, and its working days."""

    day: date
    numbers: dict[str, Decimal]
    is_workday: dates.IsWorkday

    def value(self, code: str) -> Decimal:
        if code not in self.numbers:
            raise MissingParameter(
                f"参数“{code}”在 {self.day} 没有生效的数值，请系统管理员在“设置—法定参数”中补录。"
            )
        return self.numbers[code]

    def days(self, code: str) -> int:
        return int(self.value(code))

    def after_days(self, start: date, days: int) -> date:
        return dates.deadline(start, days, self.is_workday)

    def after_workdays(self, start: date, days: int) -> date:
        return dates.add_workdays(start, days, self.is_workday)

    def due(self, code: str, start: date) -> date:
        """The last day of the period ``code`` that runs from ``start``; its name tells the kind of days."""
        after = self.after_workdays if code.endswith("_workdays") else self.after_days
        return after(start, self.days(code))


def law_of(county, on: date | None = None) -> Law:
    """The law for ``county`` on ``on`` (today if not given); two queries."""
    day = on or clock.today()
    rows = (
        Parameter.objects.in_force(day)
        .filter(Q(code__startswith="tender.") | Q(code__startswith="contract."))
        .filter(Q(county=None) | Q(county=county))
        .order_by(F("county").asc(nulls_first=True), "valid_from")
    )
    return Law(day, {row.code: row.value for row in rows}, workday_test(county))


def insist(findings: list[Finding]) -> list[str]:
    """Codes of the warnings, for the trail; raises ``ValidationError`` with what forbids the act."""
    refused = rules.forbidding(findings)
    if refused:
        raise ValidationError(refused)
    return [str(found.code) for found in rules.warnings(findings)]


def of_announcement(tender: Tender, law: Law) -> list[Finding]:
    """Findings on the announcement as ``tender`` now says it."""
    project = tender.project
    found = [
        rules.budget_approved(project.budget_basis, project.budget, tender.budget),
        rules.ceiling(tender.budget, tender.ceiling),
        rules.bid_bond(
            tender.bid_bond, tender.budget, percent=law.value("tender.bid_bond_percent")
        ),
        rules.bidding_period(
            tender.announced_on,
            tender.bids_due_on,
            days=law.days("tender.bidding_days"),
            after=law.after_days,
        ),
    ]
    if tender.documents_until:
        found.append(
            rules.documents_period(
                tender.announced_on,
                tender.documents_until,
                workdays=law.days("tender.documents_workdays"),
                after=law.after_workdays,
            )
        )
    return [*found, *_of_small_business(tender, law)]


def _of_small_business(tender: Tender, law: Law) -> list[Finding]:
    # The rule is younger than the law of procurement: before 2021 there is no number to go by.
    if "tender.small_threshold" not in law.numbers:
        return []
    return [
        rules.small_business(
            tender.budget,
            tender.reserved_percent,
            threshold=law.value("tender.small_threshold"),
            percent=law.value("tender.small_percent"),
        )
    ]


def of_evaluation(tender: Tender, bids: list, law: Law) -> list[Finding]:
    """Findings on the opening and, once there is a report, on the evaluation."""
    minimum = law.days("tender.min_bidders")
    found = [
        rules.opening_day(tender.bids_due_on, tender.opened_on),
        rules.enough_bidders(tender.bidders, minimum=minimum),
    ]
    if tender.evaluated_on:
        found.append(rules.enough_qualified(qualified(bids), minimum=minimum))
        found.append(
            rules.report_in_time(
                tender.evaluated_on,
                tender.reported_on,
                workdays=law.days("tender.report_workdays"),
                after=law.after_workdays,
            )
        )
    return found


def qualified(bids: list) -> int:
    """How many valid bids count."""
    return rules.count_by_brand([bid.brand for bid in bids if bid.valid])


def of_award(tender: Tender, law: Law) -> list[Finding]:
    """Findings on the days of decision and notice."""
    after = law.after_workdays
    return [
        rules.decision_in_time(
            tender.reported_on,
            tender.decided_on,
            workdays=law.days("tender.decide_workdays"),
            after=after,
        ),
        rules.notice_in_time(
            tender.decided_on,
            tender.notified_on,
            workdays=law.days("tender.notice_workdays"),
            after=after,
        ),
    ]


def of_signing(contract: Contract, law: Law) -> list[Finding]:
    """Findings on the day of signing and what follows from it."""
    tender, after = contract.tender, law.after_workdays
    return [
        rules.signing_in_time(
            tender.notified_on,
            contract.signed_on,
            days=law.days("contract.sign_days"),
            after=law.after_days,
        ),
        rules.publication_due(
            contract.signed_on, workdays=law.days("contract.publish_workdays"), after=after
        ),
        rules.filing_due(
            contract.signed_on, workdays=law.days("contract.file_workdays"), after=after
        ),
    ]


def of_tender(tender: Tender, bids: list, law: Law) -> list[Finding]:
    """Everything that can be judged about ``tender`` today, in the order of the story."""
    found = []
    if tender.announced_on:
        found += of_announcement(tender, law)
    if tender.opened_on:
        found += of_evaluation(tender, bids, law)
    if tender.notified_on:
        found += of_award(tender, law)
    contract = getattr(tender, "contract", None)
    if contract is not None and contract.signed_on:
        found += of_signing(contract, law)
    return found


def due_of(code: str, day: str, tender: Tender) -> date | None:
    """The deadline that ``code`` sets from ``tender``'s date ``day``; None before that date is known."""
    start = getattr(tender, day)
    return law_of(tender.project.county, start).due(code, start) if start else None


decide_by = partial(due_of, "tender.decide_workdays", "reported_on")
sign_by = partial(due_of, "contract.sign_days", "notified_on")

__all__ = ["Finding", "Law", "Rule", "decide_by", "insist", "law_of", "of_tender", "sign_by"]
