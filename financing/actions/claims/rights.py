"""Who acts on a claim: one rule per stage, the same for pages, lists and acts.

| level      | claims         | reviews (审核)                  | approves (批复) | enters the money |
|------------|----------------|---------------------------------|-----------------|------------------|
| province   | county finance | the prefecture                  | the province    | county cashier   |
| prefecture | county finance | another person of county finance | the prefecture  | county cashier   |
| county     | county finance | another person of county finance | leading group   | county cashier   |

What goes to the province passes through the prefecture (逐级申报). What the prefecture or the
county itself gives is reviewed inside the county. Each level grants its own money; the county's is
granted by the leading group, so that claim, review and approval are always three people.
"""

from __future__ import annotations

from django.db.models import Q

from financing.enums import ClaimStatus
from procurement.enums import Funder
from registry.access import NOTHING, reach
from registry.enums import Role, Scope
from registry.models import County

REVIEWED_BY = {Funder.PROVINCE: Role.PREFECTURE}
"""Everything else is reviewed inside county finance."""
APPROVED_BY = {Funder.PREFECTURE: Role.PREFECTURE, Funder.PROVINCE: Role.PROVINCE}
"""Everything else is granted by the county's leading group."""
COUNTY_OF_CLAIM = "rebate__instalment__agreement__project_school__project__dossier__county"


def reviewing_role(funder: str) -> Role:
    return REVIEWED_BY.get(Funder(funder), Role.COUNTY_FINANCE)


def approving_role(funder: str) -> Role:
    return APPROVED_BY.get(Funder(funder), Role.LEADING_GROUP)


def holds_for(user, role: Role, county: County) -> bool:
    """Whether ``user`` holds ``role`` for ``county``: in it, or in the region it lies in."""
    if role.scope is Scope.REGION:
        posts = reach(user).posts
        return any(p.role == role and county.code.startswith(p.region) for p in posts)
    return reach(user).holds_at(role, county=county.pk)


def county_of(claim) -> County:
    return claim.rebate.instalment.agreement.dossier.county


def may_claim(user, county: County) -> bool:
    return holds_for(user, Role.COUNTY_FINANCE, county)


def may_review(user, claim) -> bool:
    return claim.claimed_by_id != user.pk and holds_for(
        user, reviewing_role(claim.rebate.funder), county_of(claim)
    )


def may_approve(user, claim) -> bool:
    return user.pk not in (claim.claimed_by_id, claim.reviewed_by_id) and holds_for(
        user, approving_role(claim.rebate.funder), county_of(claim)
    )


def may_receive(user, county: County) -> bool:
    return holds_for(user, Role.COUNTY_CASHIER, county)


def waiting_for(user) -> Q:
    """Claims that wait for ``user`` to review or to approve."""
    levels = [level for level in Funder if level is not Funder.SCHOOL]
    waits = NOTHING
    for level in levels:
        review = _places(user, reviewing_role(level)) & ~Q(claimed_by=user)
        approve = _places(user, approving_role(level)) & ~Q(claimed_by=user)
        approve &= Q(reviewed_by=None) | ~Q(reviewed_by=user)
        waits |= Q(rebate__funder=level, status=ClaimStatus.CLAIMED) & review
        waits |= Q(rebate__funder=level, status=ClaimStatus.REVIEWED) & approve
    return waits


def to_receive(user) -> Q:
    """Claims whose money ``user`` enters when it comes."""
    return _places(user, Role.COUNTY_CASHIER) & Q(status=ClaimStatus.APPROVED)


def _places(user, role: Role) -> Q:
    """Claims of the counties for which ``user`` holds ``role``."""
    found = NOTHING
    for post in reach(user).posts:
        if post.role == role:
            region = role.scope is Scope.REGION
            lookup = f"{COUNTY_OF_CLAIM}__code__startswith" if region else COUNTY_OF_CLAIM
            found |= Q(**{lookup: post.region if region else post.county_id})
    return found
