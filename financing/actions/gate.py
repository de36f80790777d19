"""What must stand before money leaves: enter budgets, record maintenance checks, hold payments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from financing.actions.log import locked, note
from financing.gates import holds_on, may_propose
from financing.models import (
    Agreement,
    BudgetApproval,
    Instalment,
    MaintenanceCheck,
    PaymentHold,
)
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.models import County, School
from registry.money import cents, exact


@transaction.atomic
def approve_budgets(
    *,
    county: County,
    year: int,
    document: str,
    approved_on: dt.date,
    amounts: Mapping[School, Decimal],
    user,
) -> list[BudgetApproval]:
    """预算批复: one document for many schools at once; all of them or none.

    A later document of the same school and year replaces what it may pay in that year, whole
    (``financing.budget``); 0 takes the approval back. Raises ``ValidationError`` when a school is
    not the county's, the document is known for it, or an amount is no amount.
    """
    if not reach(user).holds_at(Role.COUNTY_FINANCE, county=county.pk):
        raise ValidationError("预算批复由县财务审核岗登记。")
    if approved_on > clock.today():
        raise ValidationError({"approved_on": "批复日期不能晚于今天。"})
    if not amounts:
        raise ValidationError("没有填写任何学校的批复金额。")
    if not document.strip():
        raise ValidationError({"document": "请填写预算批复文号。"})
    rows = [
        _approval(school, amount, county=county, year=year, user=user)
        for school, amount in amounts.items()
    ]
    known = BudgetApproval.objects.filter(
        school__in=list(amounts), year=year, document=document.strip()
    ).select_related("school")
    if first := known.first():
        raise ValidationError(
            {"document": f"{first.school}已登记过 {year} 年的这个文号，调整请用新的批复文号。"}
        )
    for row in rows:
        row.document, row.approved_on = document.strip(), approved_on
    rows[0].full_clean()
    return BudgetApproval.objects.bulk_create(rows)


def _approval(
    school: School, amount: Decimal, *, county: County, year: int, user
) -> BudgetApproval:
    if school.county_id != county.pk:
        raise ValidationError(f"{school}不是本县的学校。")
    if exact(amount) != cents(amount) or amount < 0:
        raise ValidationError(f"{school}的批复金额不对：应为 0 或正数，最多两位小数。")
    return BudgetApproval(
        school=school,
        year=year,
        amount=cents(amount),
        entered_by=user,
        entered_at=clock.now(),
    )


@transaction.atomic
def record_check(
    *,
    agreement: Agreement,
    user,
    since: dt.date,
    until: dt.date,
    passed: bool,
    open_faults: int = 0,
    remark: str = "",
) -> MaintenanceCheck:
    """维护考核 by the equipment station: whether the supplier kept the equipment going."""
    agreement = locked(agreement)
    if not reach(user).holds_at(Role.STATION, county=agreement.dossier.county_id):
        raise ValidationError("维护考核由装备站登记。")
    if until > clock.today():
        raise ValidationError({"until": "考核期的止日不能晚于今天。"})
    row = MaintenanceCheck(
        agreement=agreement,
        since=since,
        until=until,
        passed=passed,
        open_faults=open_faults,
        remark=remark.strip(),
        checked_by=user,
        checked_on=clock.today(),
    )
    row.full_clean()
    row.save()
    words = "合格" if passed else f"不合格，未修复 {open_faults} 件：{row.remark}"
    note(agreement, user, "维护考核", f"{since} 至 {until} 维护考核{words}", supplier=True)
    return row


@transaction.atomic
def propose_hold(*, instalment: Instalment, user, reason: str) -> PaymentHold:
    """提请暂缓付款 of one instalment, by the equipment station or the school.

    It stops nothing until county finance decides. Raises ``ValidationError`` when the instalment
    is paid or a hold on it is pending or stands.
    """
    agreement = locked(instalment.agreement)
    if not may_propose(user, agreement):
        raise ValidationError("暂缓付款由装备站或学校提请。")
    live = agreement.instalments.with_paid().filter(pk=instalment.pk).first()
    if live is None or live.remaining <= 0:
        raise ValidationError(f"{instalment}已经付清，或已被新的还款计划取代，不能暂缓。")
    if holds_on(agreement, live).filter(lifted_on=None).exclude(passed=False).exists():
        raise ValidationError("这一期已有待决定或在执行的暂缓付款。")
    row = PaymentHold(
        instalment=live, reason=reason.strip(), proposed_by=user, proposed_on=clock.today()
    )
    row.full_clean()
    row.save()
    note(agreement, user, "提请暂缓付款", f"提请暂缓支付{live}：{row.reason}")
    return row


@transaction.atomic
def decide_hold(*, hold: PaymentHold, user, passed: bool, opinion: str = "") -> PaymentHold:
    """县财务决定; another person than who proposed. The supplier reads a hold that stands."""
    agreement, hold = _held(hold)
    if not reach(user).holds_at(Role.COUNTY_FINANCE, county=agreement.dossier.county_id):
        raise ValidationError("暂缓付款由县财务审核岗决定。")
    if hold.passed is not None:
        raise ValidationError("这项提请已经决定，请刷新页面。")
    hold.passed, hold.opinion = passed, opinion.strip()
    hold.decided_by, hold.decided_on = user, clock.today()
    hold.full_clean()
    hold.save(update_fields=["passed", "opinion", "decided_by", "decided_on"])
    words = f"决定暂缓：{hold.reason}" if passed else f"不同意暂缓：{hold.opinion}"
    note(agreement, user, "决定暂缓付款", f"{hold.instalment}{words}", supplier=passed)
    return hold


@transaction.atomic
def lift_hold(*, hold: PaymentHold, user, reason: str) -> PaymentHold:
    """解除暂缓 with its reason, by county finance; the instalment may be paid again."""
    agreement, hold = _held(hold)
    if not reach(user).holds_at(Role.COUNTY_FINANCE, county=agreement.dossier.county_id):
        raise ValidationError("暂缓付款由县财务审核岗解除。")
    if not hold.passed or hold.lifted_on is not None:
        raise ValidationError("没有在执行的暂缓付款，请刷新页面。")
    hold.lifted_on, hold.lifted_by, hold.lifted_why = clock.today(), user, reason.strip()
    hold.full_clean()
    hold.save(update_fields=["lifted_on", "lifted_by", "lifted_why"])
    words = f"{hold.instalment}解除暂缓付款：{hold.lifted_why}"
    note(agreement, user, "解除暂缓付款", words, supplier=True)
    return hold


def _held(hold: PaymentHold) -> tuple[Agreement, PaymentHold]:
    """The agreement under its lock, and the hold as it stands under it."""
    agreement = locked(hold.instalment.agreement)
    return agreement, PaymentHold.objects.select_related("instalment").get(pk=hold.pk)
