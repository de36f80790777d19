"""The funding plan of a project: who bears which part of every instalment, and by what rule."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError

from procurement.enums import ClaimCycle, Funder, RebateBase
from procurement.models import FundingShare, Project
from procurement.models.project import HUNDRED
from registry.money import ZERO, cents, split


@dataclass(frozen=True)
class FundingRule:
    """By what rule a level gives back; the default is a percentage of every payment."""

    base: RebateBase = RebateBase.PAYMENT
    cap_per_room: Decimal | None = None
    order: int = 1
    cycle: ClaimCycle = ClaimCycle.EACH


def check_funding(
    funding: dict[Funder, Decimal], rules: dict[Funder, FundingRule] | None = None
) -> None:
    """Refuse a plan without the school's share, that does not make exactly 100 %, or whose order
    leaves open what a level's base is."""
    if funding.get(Funder.SCHOOL) is None:
        raise ValidationError("请填写学校公用经费的比例；学校不出资的填 0。")
    total = sum(funding.values(), Decimal(0))
    if total != HUNDRED:
        way = "少" if total < HUNDRED else "多"
        raise ValidationError(
            f"各级出资比例合计 {total:.2f}%，{way} {abs(HUNDRED - total):.2f} 个百分点，应正好是 100%。"
        )
    _check_order({level: rule for level, rule in (rules or {}).items() if level in funding})


def _check_order(rules: dict[Funder, FundingRule]) -> None:
    for level, rule in rules.items():
        if level is Funder.SCHOOL or rule.base != RebateBase.REST:
            continue
        others = [one.order for other, one in rules.items() if other not in (level, Funder.SCHOOL)]
        if not any(order < rule.order for order in others):
            raise ValidationError(
                f"{level.label}按“{RebateBase.REST.label}”计算，次序前面要有别的层级；"
                "请把它的次序改大，或改用别的基数。"
            )
        if rule.order in others:
            raise ValidationError(
                f"{level.label}按“{RebateBase.REST.label}”计算，次序不能与别的层级相同。"
            )


def write_funding(
    project: Project,
    funding: dict[Funder, Decimal],
    rules: dict[Funder, FundingRule] | None = None,
) -> None:
    """One row per level that bears a part."""
    for level in Funder:
        if level in funding:
            rule = (rules or {}).get(level, FundingRule())
            share = FundingShare(
                project=project,
                funder=level,
                percent=funding[level],
                base=rule.base,
                cap_per_room=rule.cap_per_room,
                order=rule.order,
                cycle=rule.cycle,
            )
            share.full_clean()
            share.save()


def funding_amounts(project: Project) -> list[tuple[FundingShare, Decimal]]:
    """``[(share, yuan)]`` of the budget; the amounts add up to it exactly.

    Of the budget as one payment without interest: what caps and bases keep back is the school's.
    """
    shares = list(project.funding.all())
    amounts = dict(
        zip(shares, split(project.budget, [share.percent for share in shares]), strict=True)
    )
    if any(not share.plain for share in shares):
        _by_rule(amounts, project)
    return list(amounts.items())


def _by_rule(amounts: dict[FundingShare, Decimal], project: Project) -> None:
    rooms = project.counts()["classrooms"] or project.target_classrooms
    left, school = project.budget, None
    for share in amounts:
        if share.funder == Funder.SCHOOL:
            school = share
            continue
        if share.base == RebateBase.REST:
            amounts[share] = cents(left * share.percent / HUNDRED)
        if share.cap_per_room is not None:
            amounts[share] = min(amounts[share], share.cap_per_room * rooms)
        left -= amounts[share]
    if school is not None:
        amounts[school] = max(left, ZERO)
