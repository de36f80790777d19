"""变更单: a room leaves the plan only while nothing final stands on it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from acceptance.models import PartResult, RoomPass
from procurement.actions import change as procurement
from procurement.models import ChangeOrder


@transaction.atomic
def approve_change(*, change: ChangeOrder, user) -> ChangeOrder:
    """批准变更, unless the room has passed or stands in a round that is under way.

    Raises ``ValidationError``; the rest of the rule (two people, an open project) is procurement's.
    """
    line = change.plan_line
    if RoomPass.objects.filter(plan_line=line).exists():
        raise ValidationError(f"{line}已通过县级验收，不能再移出计划。")
    if PartResult.objects.filter(plan_line=line, inspection__finished_at=None).exists():
        raise ValidationError(f"{line}正在验收，请等本轮验收结束后再批准变更。")
    return procurement.approve_change(change=change, user=user)
