"""Answer for a red line that an agreement touches."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from financing.actions.log import locked, note
from financing.models import Agreement, RiskAcceptance
from financing.risks import findings_of
from registry import clock
from registry.access import reach
from registry.enums import Role


@transaction.atomic
def accept_risk(*, agreement: Agreement, rule: str, user, reason: str) -> RiskAcceptance:
    """承担风险: the leading group knows of the red line and says why it goes on; it stays visible.

    Raises ``ValidationError`` for another post, a rule that the agreement does not touch, a rule
    that was accepted before, or no reason.
    """
    agreement = locked(agreement)
    if not reach(user).holds_at(Role.LEADING_GROUP, county=agreement.dossier.county_id):
        raise ValidationError("红线风险由领导小组承担，其他岗位不能代办。")
    found = {one.code: one for one in findings_of(agreement)}
    if rule not in found:
        raise ValidationError("这份协议现在没有触及这条红线，请刷新页面。")
    row = RiskAcceptance(
        agreement=agreement,
        rule=rule,
        finding=found[rule].sentence[:300],
        reason=reason.strip(),
        accepted_by=user,
        accepted_on=clock.today(),
    )
    row.full_clean()
    row.save()
    note(agreement, user, "承担风险", f"{row}：{row.reason}")
    return row
