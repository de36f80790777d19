"""Rebates of the demonstration: claimed in batches, decided on by each level, arriving at last."""

from __future__ import annotations

import datetime as dt

from banbantong.demo.walk import MORNING
from financing.actions import Verdict, claim_batch, decide_claims, receive_batch
from financing.actions.claims.rights import approving_role, reviewing_role
from financing.enums import ClaimStatus
from financing.models import ClaimBatch, Rebate
from procurement.enums import Funder
from procurement.models import Project
from registry import clock
from registry.enums import Role
from registry.models import User
from registry.money import cents

LEVELS = [Funder.PROVINCE, Funder.PREFECTURE, Funder.COUNTY]
SHORT = {Funder.PREFECTURE: 95}
"""Percent of a claim that a level grants, when it is not all."""


def claim(stage, project: Project, on: dt.date, *, levels=LEVELS) -> list[ClaimBatch]:
    """All that may be claimed on that day, a batch for each level."""
    batches = []
    with clock.at(on, MORNING):
        for level in levels:
            rows = Rebate.objects.claimable().filter(
                instalment__agreement__project_school__project=project, funder=level
            )
            if pks := list(rows.values_list("pk", flat=True)):
                number = ClaimBatch.objects.count() + 1
                batches.append(
                    claim_batch(
                        project=project,
                        funder=level,
                        rebates=pks,
                        document=f"示例教申〔{on.year}〕{number}号",
                        user=stage.cast.of(Role.COUNTY_FINANCE),
                    )
                )
    return batches


def decide(stage, batch: ClaimBatch, to: ClaimStatus, on: dt.date) -> None:
    """Review or approve the whole batch, perhaps with less on its first line."""
    claims = list(batch.claims.order_by("pk"))
    verdicts = {}
    if to == ClaimStatus.APPROVED and batch.funder in SHORT:
        first = claims[0]
        amount = cents(first.expected * SHORT[Funder(batch.funder)] / 100)
        verdicts[first.pk] = Verdict(amount, "按核定班数计算，核减部分由学校自担。")
    role = (reviewing_role if to == ClaimStatus.REVIEWED else approving_role)(batch.funder)
    word = "审" if to == ClaimStatus.REVIEWED else "批"
    with clock.at(on, MORNING):
        decide_claims(
            claims=[one.pk for one in claims],
            stage=to,
            user=_person(stage, role, batch),
            document=f"示例{word}〔{on.year}〕{batch.pk}号",
            decided_on=on,
            verdicts=verdicts,
        )


def _person(stage, role: Role, batch: ClaimBatch) -> User:
    """Who holds ``role`` and did not claim the batch."""
    place = {"county": stage.county} if role not in (Role.PREFECTURE, Role.PROVINCE) else {}
    rows = User.objects.filter(posts__role=role, **{f"posts__{k}": v for k, v in place.items()})
    return rows.exclude(pk=batch.claimed_by_id).order_by("pk").first()


def arrive(stage, batch: ClaimBatch, on: dt.date, *, share: int = 100) -> None:
    """The level pays ``share`` percent of what it granted, in one transfer."""
    claims = batch.claims.filter(status=ClaimStatus.APPROVED)
    missing = sum(one.outstanding for one in claims)
    amount = cents(missing * share / 100) if missing else 0
    if not amount:
        return
    with clock.at(on, MORNING):
        receive_batch(
            batch=batch,
            user=stage.cast.of(Role.COUNTY_CASHIER),
            amount=amount,
            voucher=f"{on.year}-收-{batch.pk:05d}-{share}",
        )


def whole_round(stage, project: Project, on: dt.date) -> None:
    """Claimed, reviewed, approved and arrived within two months, none of it after today."""
    today = clock.today()
    for batch in claim(stage, project, min(on, today)):
        days = [min(on + dt.timedelta(days=n), today) for n in (12, 30, 55)]
        decide(stage, batch, ClaimStatus.REVIEWED, days[0])
        decide(stage, batch, ClaimStatus.APPROVED, days[1])
        arrive(stage, batch, days[2])


def under_way(stage, project: Project, on: dt.date) -> None:
    """The province's money half there, the prefecture's batch to be approved, the county's to be claimed."""
    today = clock.today()
    days = [min(on + dt.timedelta(days=n), today) for n in (0, 10, 25, 40)]
    for batch in claim(stage, project, days[0], levels=[Funder.PROVINCE, Funder.PREFECTURE]):
        decide(stage, batch, ClaimStatus.REVIEWED, days[1])
        if batch.funder == Funder.PROVINCE:
            decide(stage, batch, ClaimStatus.APPROVED, days[2])
            arrive(stage, batch, days[3], share=50)
