"""Endpoints of financing; the roof mounts them under /api/v1/. Nothing here writes: agreements are
read as on the pages (``request.auth`` is the user), a quote is computed and forgotten.
"""

from __future__ import annotations

import datetime as dt
import json

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from financing.enums import RevisionKind
from financing.models import Agreement, Rebate
from financing.pdf import yuan
from financing.quote import QuoteError, quote
from procurement.enums import AllocationOrder, Funder, RepaymentMethod, RepaymentTiming
from registry.money import ZERO

router = Router(tags=["financing"])

SCHOOL = "project_school__school"


class Refusal(Schema):
    """Which field was refused, and why, in a sentence for people."""

    field: str
    message: str


@router.post("financing/quote", response={200: dict, 400: Refusal}, summary="融资试算")
def post_quote(request):
    """Compute a schedule; nothing is stored. The shapes are those of ``financing.quote``."""
    try:
        return Status(200, quote(read_json(request.body)))
    except QuoteError as error:
        return Status(400, {"field": error.field, "message": error.sentence})


def read_json(body: bytes):
    """Any failure to read the body is the sender's: broken, too deep, digits without end."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise QuoteError("body", "请求不是有效的 JSON。") from error


class AgreementQuery(Schema):
    """Filters by codes that both sides know; all of them must hold."""

    school: str = Field("", description="学校标识码（10 位）")
    township: str = Field("", description="乡级区划代码（9 位）")
    project: int | None = Field(None, description="项目编号")
    closed: bool | None = Field(None, description="是否已付清")
    limit: int = Field(50, ge=1, le=200, description="最多返回几条")
    offset: int = Field(0, ge=0, le=10_000_000, description="跳过前几条")


class AgreementRow(Schema):
    """One agreement; amounts in yuan with two decimals as strings, dates as in ISO 8601."""

    id: int = Field(description="协议记录号")
    number: str = Field(description="协议编号")
    school_code: str = Field(description="学校标识码")
    school: str = Field(description="学校名称")
    township_code: str = Field(description="乡级区划代码")
    project: int = Field(description="项目编号")
    supplier: str = Field(description="供应商")
    contract: str = Field(description="合同编号")
    principal: str = Field(description="回购本金（元）")
    annual_rate: str = Field(description="年利率（%）")
    years: int = Field(description="年限")
    payments_per_year: int = Field(description="每年付款次数")
    method: RepaymentMethod = Field(
        description=(
            "回购方式：level_payment 等额本息，equal_principal 等额本金，"
            "fixed_payment 约定每期付款额，custom_percent 约定各期比例"
        )
    )
    timing: RepaymentTiming = Field(description="付款时点：arrears 期末付，advance 期初付")
    starts_on: dt.date = Field(description="起租日期")
    signed_on: dt.date = Field(description="签订日期")
    closed_on: dt.date | None = Field(description="付清日期，未付清为空")
    terminated_on: dt.date | None = Field(description="解除日期，未解除为空")
    total: str = Field(description="应付合计（元）")
    paid: str = Field(description="已付（元），已扣除冲销")
    remaining: str = Field(description="尚欠（元）")
    next_due: dt.date | None = Field(description="下次应付日期，付清为空")


class RebateRow(Schema):
    """What one level gives back on one instalment; suppliers get none of them."""

    funder: Funder = Field(description="层级：county 县级，prefecture 州级，province 省级")
    percent: str = Field(description="比例（%）")
    amount: str = Field(description="应奖补（元）")
    status: str = Field(
        description="claimed 已申领，reviewed 已审核，approved 已批复，received 已到账或已了结，空为未申领"
    )
    claimed: str | None = Field(description="申领金额（元），未申领为空")
    approved: str | None = Field(description="批复金额（元），未批复为空")
    received: str | None = Field(description="累计到账（元），可分次，未到账为空")
    outstanding: str = Field(description="待到账（元）")


class InstalmentRow(Schema):
    """One instalment with its rebates."""

    number: int = Field(description="期次")
    due_on: dt.date = Field(description="应付日期")
    payment: str = Field(description="应付合计（元）")
    principal: str = Field(description="本金（元）")
    interest: str = Field(description="利息（元）")
    balance: str = Field(description="付后剩余本金（元）")
    paid: str = Field(description="已付（元）")
    remaining: str = Field(description="尚欠（元）")
    rebates: list[RebateRow] = Field(description="各级奖补")


class RevisionRow(Schema):
    """One change of the plan that is in force, or waits to be decided."""

    number: int = Field(description="变更序号")
    kind: RevisionKind = Field(
        description=(
            "amendment 协议变更，reschedule 调整还款计划，buyout 提前回购，"
            "termination 解除并退还设备"
        )
    )
    effective_on: dt.date = Field(description="生效日期")
    passed: bool | None = Field(description="是否同意，待决定为空")
    principal_change: str = Field(description="本金增减（元）")
    written_off: str = Field(description="因退还设备不再支付的本金（元）")


class AgreementDetail(AgreementRow):
    """With its terms in full, the instalments of the plan in force, and its changes."""

    fixed_payment: str | None = Field(description="约定的每期付款额（元），其他方式为空")
    percents: list[str] = Field(description="约定的各期比例（%）")
    down_payment: str = Field(description="首付款（元）")
    residual: str = Field(description="期末留购价（元）")
    retention: str = Field(description="质保金（元）")
    retention_due_on: dt.date | None = Field(description="质保金返还日期")
    late_rate: str = Field(description="逾期日利率（%）")
    allocation: AllocationOrder = Field(
        description=("抵充顺序：late_first 逾期利息→利息→本金，debt_first 利息→本金→逾期利息")
    )
    revisions: list[RevisionRow] = Field(description="计划变更")
    instalments: list[InstalmentRow] = Field(description="各期")


class AgreementPage(Schema):
    """One page of agreements, newest first."""

    count: int = Field(description="符合条件的协议总数")
    items: list[AgreementRow] = Field(description="本页协议")


@router.get("financing/agreements", response=AgreementPage, summary="回购协议列表")
def list_agreements(request, query: Query[AgreementQuery]):
    rows = _filtered(Agreement.objects.visible_to(request.auth), query)
    page = _whole(rows).order_by("-pk")[query.offset : query.offset + query.limit]
    return {"count": rows.count(), "items": [_row(row) for row in page]}


@router.get(
    "financing/agreements/{int:agreement_id}", response=AgreementDetail, summary="一份回购协议"
)
def get_agreement(request, agreement_id: int):
    rows = _whole(Agreement.objects.visible_to(request.auth))
    row = get_object_or_404(rows, pk=agreement_id)
    rebates = (
        Rebate.objects.visible_to(request.auth)
        .select_related("claim")
        .prefetch_related("claim__receipts")
        .order_by("pk")
    )
    instalments = row.instalments.with_paid().order_by("number")
    instalments = instalments.prefetch_related(Prefetch("rebates", rebates))
    return _row(row) | _terms(row) | {"instalments": [_instalment(one) for one in instalments]}


def _whole(rows):
    return rows.with_balance().select_related(
        "project_school__school__township", "contract__supplier"
    )


def _filtered(rows, query: AgreementQuery):
    if query.closed is not None:
        rows = rows.filter(closed_on__isnull=not query.closed)
    paths = {
        f"{SCHOOL}__code": query.school,
        f"{SCHOOL}__township__code": query.township,
        "project_school__project": query.project,
    }
    return rows.filter(**{path: value for path, value in paths.items() if value not in (None, "")})


def _terms(row: Agreement) -> dict:
    fixed = row.fixed_payment
    return {
        "fixed_payment": None if fixed is None else yuan(fixed),
        "percents": row.percents,
        "retention_due_on": row.retention_due_on,
        "late_rate": f"{row.late_rate.normalize():f}",
        "allocation": row.allocation,
        "revisions": [
            {
                "number": one.number,
                "kind": one.kind,
                "effective_on": one.effective_on,
                "passed": one.passed,
                "principal_change": yuan(one.principal_change),
                "written_off": yuan(one.written_off),
            }
            for one in row.revisions.exclude(passed=False).order_by("number")
        ],
        **{key: yuan(getattr(row, key)) for key in ("down_payment", "residual", "retention")},
    }


def _row(row: Agreement) -> dict:
    school = row.school
    return {
        "id": row.pk,
        "number": row.number,
        "school_code": school.code,
        "school": school.name,
        "township_code": school.township.code,
        "project": row.project_school.project_id,
        "supplier": row.supplier.name,
        "contract": row.contract.number,
        "annual_rate": f"{row.annual_rate.normalize():f}",
        "years": row.years,
        "payments_per_year": row.payments_per_year,
        "method": row.repayment,
        "timing": row.timing,
        "starts_on": row.starts_on,
        "signed_on": row.signed_on,
        "closed_on": row.closed_on,
        "terminated_on": row.terminated_on,
        "next_due": row.next_due,
        **{key: yuan(getattr(row, key)) for key in ("principal", "total", "paid", "remaining")},
    }


def _instalment(one) -> dict:
    names = ("payment", "principal", "interest", "balance", "paid", "remaining")
    return {
        "number": one.number,
        "due_on": one.due_on,
        "rebates": [_rebate(rebate) for rebate in one.rebates.all()],
        **{name: yuan(getattr(one, name)) for name in names},
    }


def _rebate(rebate: Rebate) -> dict:
    claim = rebate.claim_or_none
    arrived = claim and list(claim.receipts.all())
    return {
        "funder": rebate.funder,
        "percent": f"{rebate.percent:.2f}",
        "amount": yuan(rebate.amount),
        "status": claim.status if claim else "",
        "claimed": yuan(claim.claimed_amount) if claim else None,
        "approved": yuan(claim.approved_amount) if claim and claim.approved_on else None,
        "received": yuan(claim.received) if arrived else None,
        "outstanding": yuan(claim.outstanding if claim else ZERO),
    }
