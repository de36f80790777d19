"""The gates before money leaves: the year's budget, earmarked money, no hold.

``check_application`` and ``check_payment`` are asked by the acts themselves, under the lock of
the agreement; ``may_apply`` says the same in sentences for a page. What only warns (a missing
maintenance check, a red line) is in ``picture`` and never refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Q, Sum

from financing.budget import Budget, budget_of
from financing.enums import Purpose
from financing.models import (
    Agreement,
    Fund,
    FundPurpose,
    Instalment,
    MaintenanceCheck,
    PaymentApplication,
    PaymentHold,
)
from financing.redlines import is_historic
from financing.risks import limits_in_force, touched_by
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.models import School
from registry.money import ZERO, cents


def check_application(
    *,
    agreement: Agreement,
    instalment: Instalment,
    amount: Decimal,
    source: FundPurpose | None = None,
) -> None:
    """Refuse an application that this year's budget or the named earmarked money does not carry.

    Raises ``ValidationError`` in Chinese. The rows that the answer rests on (school, fund) are
    locked, so two agreements of one school cannot spend one budget twice.
    """
    School.objects.select_for_update(of=("self",)).get(pk=agreement.school.pk)
    if source is not None:
        Fund.objects.select_for_update(of=("self",)).get(pk=source.fund_id)
    sentences = may_apply(agreement, instalment, amount, source)
    if sentences:
        raise ValidationError(sentences)


def check_payment(*, agreement: Agreement, instalment: Instalment) -> None:
    """Refuse to pass or pay while a hold stands on the instalment. Raises ``ValidationError``."""
    hold = standing_hold(agreement, instalment)
    if hold is not None:
        raise ValidationError(
            f"{instalment}已决定暂缓付款（{hold.decided_on}）：{hold.reason}。"
            "整改后由县财务审核岗解除暂缓，再办理付款。"
        )


def may_apply(
    agreement: Agreement,
    instalment: Instalment,
    amount: Decimal,
    source: FundPurpose | None = None,
) -> list[str]:
    """Why ``amount`` cannot be applied for today; empty when it can."""
    budget = budget_of(agreement.school, clock.today().year)
    found = [_of_budget(budget, amount)]
    if source is not None:
        found.append(_of_source(agreement, amount, source))
    return [sentence for sentence in found if sentence]


def _of_budget(budget: Budget, amount: Decimal) -> str:
    if budget.approved is None:
        return (
            f"学校还没有 {budget.year} 年的回购预算批复，不能申请付款（预算法第十三条）。"
            "请县财务先登记预算批复。"
        )
    if amount <= budget.left:
        return ""
    return (
        f"{budget.year} 年预算批复 {budget.approved:,.2f} 元（{budget.document}），"
        f"已申请和支付 {budget.used:,.2f} 元，还可申请 {max(budget.left, ZERO):,.2f} 元，"
        f"本次 {amount:,.2f} 元超出预算。请减少金额，或先办理预算调整批复。"
    )


def _of_source(agreement: Agreement, amount: Decimal, source: FundPurpose) -> str:
    fund = source.fund
    if fund.county_id != agreement.dossier.county_id:
        return "所选的专项资金不是本县的，不能使用。"
    if source.purpose != Purpose.BUYBACK:
        return (
            f"专项资金“{fund}”的用途“{source.get_purpose_display()}”不包括设备回购，"
            "专款专用，不能用来付回购款。"
        )
    left = fund_left(fund)
    if amount <= left:
        return ""
    return (
        f"专项资金“{fund}”已到账未使用 {left:,.2f} 元（已扣除在办的付款申请），"
        f"不够支付 {amount:,.2f} 元。"
    )


def fund_left(fund: Fund) -> Decimal:
    """Arrived − used − asked for by applications under way, in yuan."""
    arrived = fund.allocations.aggregate(s=Sum("amount"))["s"] or ZERO
    used = fund.purposes.aggregate(s=Sum("uses__amount"))["s"] or ZERO
    asked = (
        (
            PaymentApplication.objects.live()
            .filter(source__fund=fund)
            .aggregate(s=Sum("amount"))["s"]
        )
        or ZERO
    )
    return cents(arrived) - cents(used) - cents(asked)


def holds_on(agreement: Agreement, instalment: Instalment):
    """Holds on the instalment, also those from before its plan was replaced by a later one."""
    same = Q(instalment=instalment) | Q(
        instalment__agreement=agreement,
        instalment__number=instalment.number,
        instalment__replaced_by__isnull=False,
    )
    return PaymentHold.objects.filter(same)


def standing_hold(agreement: Agreement, instalment: Instalment) -> PaymentHold | None:
    """The hold that was decided and not lifted yet."""
    return holds_on(agreement, instalment).filter(passed=True, lifted_on=None).first()


def may_propose(user, agreement: Agreement) -> bool:
    """The equipment station of the county, or the school's head and finance."""
    own = reach(user)
    return own.holds_at(Role.STATION, county=agreement.dossier.county_id) or any(
        own.holds_at(role, school=agreement.school.pk)
        for role in (Role.HEAD, Role.SCHOOL_FINANCE, Role.TECHNICIAN)
    )


# --- what a page shows beside the form ----------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """One line of 付款前检查: ``state`` is "ok", "warn" (look at it) or "stop" (nothing moves)."""

    title: str
    words: str
    state: str = "ok"


def picture(agreement: Agreement, instalment: Instalment) -> dict:
    """Context of ``financing/gates.html``: ``{"gates": [Line], "risks": [Touched], …}``.

    For the school and the county, never for the supplier.
    """
    risks = touched_by([agreement.pk])[agreement.pk]
    before_payment = [one.finding.sentence for one in risks if one.finding.code == "R8"]
    lines = [_budget_line(agreement, instalment), *_hold_lines(agreement, instalment)]
    lines += [Line("付款前检查", sentence, "warn") for sentence in before_payment]
    if not before_payment:
        lines.append(Line("维护考核和资产", "当期维护考核和资产登记没有问题。"))
    return {
        "gates": lines,
        "risks": [one for one in risks if one.finding.code not in ("R6", "R8")],
        "agreement": agreement,
    }


def _budget_line(agreement: Agreement, instalment: Instalment) -> Line:
    """This year's budget. What is asked for already is counted in ``used``."""
    budget = budget_of(agreement.school, clock.today().year)
    title = f"{budget.year} 年预算"
    if budget.approved is None:
        return Line(title, "还没有预算批复，不能提交付款申请。", "stop")
    words = (
        f"批复 {budget.approved:,.2f} 元（{budget.document}），"
        f"已申请和支付 {budget.used:,.2f} 元，还可申请 {budget.left:,.2f} 元"
    )
    if agreement.live_application() is not None:
        return Line(title, f"{words}（已含本次申请）。", "ok" if budget.left >= 0 else "warn")
    if budget.left > 0:
        return Line(title, f"{words}。")
    if instalment.due_on.year > budget.year:
        later = f"{instalment}在 {instalment.due_on.year} 年应付，可待该年预算批复后申请"
        return Line(title, f"{words}；{later}。", "warn")
    return Line(title, f"{words}，须先办理预算调整批复。", "stop")


def _hold_lines(agreement: Agreement, instalment: Instalment) -> list[Line]:
    found = []
    for hold in holds_on(agreement, instalment).filter(lifted_on=None).exclude(passed=False):
        if hold.passed:
            words = f"{hold.decided_on} 决定：{hold.reason}。解除前不能审核通过和付款。"
            found.append(Line("暂缓付款", words, "stop"))
        else:
            words = f"{hold.proposed_on} 提请：{hold.reason}。等县财务决定，决定前不影响付款。"
            found.append(Line("提请暂缓付款", words, "warn"))
    return found


def check_addition(agreement: Agreement) -> None:
    """Refuse to add rooms or amounts to a 历史合同 (R7). Raises ``ValidationError``."""
    signed_on = agreement.contract.signed_on or agreement.signed_on
    if is_historic(signed_on, limits_in_force(), clock.today()):
        raise ValidationError(
            f"合同 {signed_on} 签订，是历史合同，只按原计划回购，不得新增班级和金额"
            "（《预算法》第三十五条，国发〔2014〕43号）。"
        )


def panel(user, agreement: Agreement) -> dict:
    """Context of ``financing/risk_panel.html`` and ``gate_panel.html`` on the agreement's page.

    The supplier reads holds that stand and its checks, not the red lines.
    """
    own, school = reach(user), agreement.school
    inside = (
        own.reads_county(agreement.dossier.county)
        or school.pk in own.school_ids
        or school.township_id in own.township_ids
    )
    seen = PaymentHold.objects.visible_to(user).filter(instalment__agreement=agreement)
    checks = MaintenanceCheck.objects.filter(agreement=agreement).select_related("checked_by")
    return {
        "risks": touched_by([agreement.pk])[agreement.pk] if inside else [],
        "live_holds": seen.filter(lifted_on=None)
        .exclude(passed=False)
        .select_related("instalment"),
        "checks": checks.order_by("-until", "-pk")[:6],
        "may_hold": may_propose(user, agreement),
    }
