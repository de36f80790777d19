"""Earmarked money (专款专用): open a fund, record what arrived, record what it was used for.

The rows are the fund's own history: who, when, with which document; allocations and uses only
grow (database triggers), a wrong one is answered by a negative row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum

from documents.trail import record
from financing.enums import Purpose
from financing.gates import fund_left
from financing.models import Fund, FundAllocation, FundPurpose, FundUse, Payment
from procurement.models import Project
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.models import County
from registry.money import ZERO, cents, exact


@transaction.atomic
def open_fund(
    *,
    county: County,
    user,
    name: str,
    source: str,
    year: int,
    budget: Decimal,
    document: str,
    purposes: Iterable[str],
) -> Fund:
    """登记专项资金 with the purposes it was granted for; both stay as the document says."""
    _must_hold(user, county, Role.COUNTY_FINANCE, "专项资金由县财务审核岗登记。")
    chosen = list(dict.fromkeys(purposes))
    if not chosen:
        raise ValidationError({"purposes": "请至少选择一项批准用途。"})
    fund = Fund(
        county=county,
        name=name.strip(),
        source=source.strip(),
        year=year,
        budget=cents(budget),
        document=document.strip(),
        opened_by=user,
        opened_on=clock.today(),
    )
    fund.full_clean()
    fund.save()
    for purpose in chosen:
        row = FundPurpose(fund=fund, purpose=purpose)
        row.full_clean()
        row.save()
    return fund


@transaction.atomic
def record_allocation(
    *,
    fund: Fund,
    user,
    amount: Decimal,
    allocated_on: dt.date,
    document: str,
    project: Project | None = None,
) -> FundAllocation:
    """资金拨入; a negative amount takes a wrong one back.

    Raises ``ValidationError`` when the sum would exceed the fund's budget or fall below what was
    used or is asked for.
    """
    fund = _locked(fund)
    _must_hold(user, fund.county, Role.COUNTY_FINANCE, "资金拨入由县财务审核岗登记。")
    amount = _fen(amount)
    arrived = cents(fund.allocations.aggregate(s=Sum("amount"))["s"] or ZERO)
    if arrived + amount > fund.budget:
        raise ValidationError(
            {
                "amount": f"预算 {fund.budget:,.2f} 元，已到账 {arrived:,.2f} 元，"
                f"再拨入最多 {fund.budget - arrived:,.2f} 元。"
            }
        )
    left = fund_left(fund)
    if left + amount < 0:
        raise ValidationError({"amount": f"到账未使用的只有 {left:,.2f} 元，冲回不能超过这个数。"})
    _not_in_future(allocated_on, "allocated_on", "到账日期")
    _same_county(fund, project)
    row = FundAllocation(
        fund=fund,
        project=project,
        amount=amount,
        allocated_on=allocated_on,
        document=document.strip(),
        recorded_by=user,
        recorded_at=clock.now(),
    )
    row.full_clean()
    row.save(force_insert=True)
    _note(row.project, fund, user, "资金拨入", f"{fund}拨入 {amount:,.2f} 元，{row.document}")
    return row


@transaction.atomic
def record_use(
    *,
    fund: Fund,
    user,
    purpose: FundPurpose,
    amount: Decimal,
    used_on: dt.date,
    document: str,
    what: str,
    project: Project | None = None,
) -> FundUse:
    """资金使用 on one of the fund's own purposes, never beyond what arrived.

    Raises ``ValidationError`` for a purpose of another fund, for more than what is left, and for
    the buyback: that is used by its payments alone (``use_for_payment``).
    """
    fund = _locked(fund)
    _must_hold(user, fund.county, Role.COUNTY_CASHIER, "资金使用由县财务出纳登记。")
    if purpose.fund_id != fund.pk:
        raise ValidationError({"purpose": refusal(fund, purpose.get_purpose_display())})
    if purpose.purpose == Purpose.BUYBACK:
        raise ValidationError(
            {"purpose": "设备回购的使用随付款自动登记：申请付款时选择这项专项资金。"}
        )
    amount = _fen(amount)
    if amount <= 0:
        raise ValidationError({"amount": "使用金额应大于 0；登记错了请用冲销。"})
    _not_in_future(used_on, "used_on", "使用日期")
    _same_county(fund, project)
    return _use(
        fund,
        purpose=purpose,
        project=project,
        amount=amount,
        used_on=used_on,
        document=document.strip(),
        what=what.strip(),
        recorded_by=user,
    )


@transaction.atomic
def correct_use(*, use: FundUse, user, reason: str) -> FundUse:
    """冲销 a use with a negative row: by county finance, not by who recorded it.

    The use that a payment made is reversed with the payment, not here.
    """
    fund = _locked(use.purpose.fund)
    _must_hold(user, fund.county, Role.COUNTY_FINANCE, "冲销由县财务审核岗办理。")
    if use.recorded_by_id == user.pk:
        raise ValidationError("这笔使用是您登记的，冲销须由另一人办理。")
    if use.payment_id is not None:
        raise ValidationError("这笔使用随回购付款登记，请冲销那笔付款，资金会一并退回。")
    if not reason.strip():
        raise ValidationError({"reason": "请写明冲销原因。"})
    return _opposite(use, fund, user, f"冲销-{use.document}"[:60], reason=reason.strip())


@transaction.atomic
def use_for_payment(payment: Payment) -> FundUse | None:
    """The use that a buyback payment makes of the fund its application named; None without one.

    Called inside the act that records the payment. Raises ``ValidationError`` when the fund has
    not enough left, and then the payment is not recorded either.
    """
    application = payment.application
    purpose = application.source if application else None
    if purpose is None:
        return None
    agreement = payment.instalment.agreement
    return _use(
        _locked(purpose.fund),
        purpose=purpose,
        project=agreement.project_school.project,
        payment=payment,
        amount=payment.amount,
        used_on=payment.paid_on,
        document=payment.voucher,
        what=f"{agreement.school.name}{payment.instalment}回购款",
        recorded_by=payment.paid_by,
    )


@transaction.atomic
def reverse_use(payment: Payment, reversal: Payment) -> list[FundUse]:
    """Give back what ``payment`` used, beside its ``reversal``; empty when it used no fund."""
    return [
        _opposite(
            use,
            _locked(use.purpose.fund),
            reversal.paid_by,
            reversal.voucher,
            reason=reversal.reason,
            payment=reversal,
            used_on=reversal.paid_on,
        )
        for use in payment.fund_uses.filter(reversed_by=None).select_related("purpose__fund")
    ]


def refusal(fund: Fund, words: str) -> str:
    """The sentence for a purpose that is not the fund's."""
    allowed = "、".join(row.get_purpose_display() for row in fund.purposes.all())
    return f"“{words}”不是专项资金“{fund}”的批准用途。专款专用，只能用于：{allowed}。"


def _use(fund: Fund, **values) -> FundUse:
    left = fund_left(fund)
    row = FundUse(recorded_at=clock.now(), **values)
    if row.amount > left:
        raise ValidationError(
            f"专项资金“{fund}”已到账未使用 {left:,.2f} 元，不能使用 {row.amount:,.2f} 元。"
        )
    row.full_clean()
    row.save(force_insert=True)
    _note(
        row.project,
        fund,
        row.recorded_by,
        "资金使用",
        f"{fund}用于{row.purpose.get_purpose_display()} {row.amount:,.2f} 元：{row.what}",
    )
    return row


def _opposite(use: FundUse, fund: Fund, user, document: str, *, reason: str, **values) -> FundUse:
    if FundUse.objects.filter(reverses=use).exists() or use.reverses_id is not None:
        raise ValidationError("这笔使用已经冲销过，或本身就是冲销，不能再冲销。")
    row = FundUse(
        purpose=use.purpose,
        project=use.project,
        amount=-use.amount,
        document=document,
        what=f"冲销：{reason}"[:200],
        reverses=use,
        recorded_by=user,
        recorded_at=clock.now(),
        **({"used_on": clock.today()} | values),
    )
    row.full_clean()
    row.save(force_insert=True)
    words = f"{fund}冲销使用 {use.amount:,.2f} 元（{use.document}）：{reason}"
    _note(row.project, fund, user, "冲销使用", words)
    return row


def _locked(fund: Fund) -> Fund:
    """The fund under a row lock: one act on its money at a time."""
    return Fund.objects.select_for_update(of=("self",)).select_related("county").get(pk=fund.pk)


def _must_hold(user, county: County, role: Role, sentence: str) -> None:
    if not reach(user).holds_at(role, county=county.pk):
        raise ValidationError(sentence)


def _same_county(fund: Fund, project: Project | None) -> None:
    if project is not None and project.dossier.county_id != fund.county_id:
        raise ValidationError({"project": "项目不是本县的。"})


def _not_in_future(day: dt.date, field: str, label: str) -> None:
    if day > clock.today():
        raise ValidationError({field: f"{label}不能晚于今天。"})


def _fen(amount: Decimal) -> Decimal:
    if exact(amount) != cents(amount):
        raise ValidationError({"amount": "金额最多两位小数。"})
    return cents(amount)


def _note(project: Project | None, fund: Fund, user, verb: str, sentence: str) -> None:
    """Into the project's file when the money is for a project; a fund by itself has no file."""
    if project is not None:
        record(
            thing=fund,
            dossier=project.dossier,
            actor=user,
            verb=verb,
            sentence=sentence,
        )
