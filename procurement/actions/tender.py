"""Verbs of the tender: open it, announce, record the opening, award, or declare it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models, transaction

from documents.actions import admit
from documents.trail import record
from procurement import findings, rules
from procurement.enums import FailureGround, TenderOutcome
from procurement.findings import insist, law_of
from procurement.models import Bid, PlanLine, Project, Tender
from registry import clock
from registry.enums import SupplierSize
from registry.models import Supplier
from registry.money import ZERO, cents


@dataclass(frozen=True)
class BidEntry:
    """One line of the opening record: a supplier of the register, or name and code of a new one."""

    set_price: Decimal
    opening_price: Decimal
    supplier: Supplier | None = None
    name: str = ""
    uscc: str = ""
    size: str = SupplierSize.SMALL
    brand: str = ""
    evaluated_price: Decimal | None = None
    correction_confirmed: bool = False
    valid: bool = True
    rejection: str = ""


def hold(row: models.Model) -> None:
    """Lock ``row`` and read it anew, keeping the object that the flow holds."""
    row.refresh_from_db(from_queryset=type(row).objects.select_for_update(of=("self",)))


@transaction.atomic
def open_tender(*, project: Project, user=None) -> Tender:
    """A tender to be prepared for an approved plan; only one of a project is under way at a time."""
    Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    if not project.approved:
        raise ValidationError("建设方案还没有经领导小组批准，不能采购。")
    tender = Tender(project=project, budget=project.budget)
    tender.full_clean()
    tender.save()
    _note(tender, user, "发起采购", f"项目“{project}”方案已批准，开始编制招标文件")
    return tender


@transaction.atomic
def announce(
    *,
    tender: Tender,
    user,
    number: str,
    announced_on: date,
    documents_until: date,
    bids_due_on: date,
    ceiling: Decimal | None = None,
    bid_bond: Decimal = ZERO,
    reserved_percent: Decimal = ZERO,
    agency: str = "",
) -> Tender:
    """发布招标公告: number, dates and limits, over one set for every live plan line."""
    hold(tender)
    if tender.announced_on:
        raise ValidationError("招标公告已经发布。")
    _not_in_future(公告日期=announced_on)
    approved = tender.project.approvals.get(approved=True).decided_at
    if announced_on < clock.local(approved).date():
        raise ValidationError(
            f"方案 {clock.local(approved):%Y-%m-%d} 才批准，公告日期不能早于这一天。"
        )
    tender.number, tender.agency, tender.prepared_by = number, agency, user
    tender.announced_on, tender.documents_until = announced_on, documents_until
    tender.bids_due_on, tender.ceiling = bids_due_on, ceiling
    tender.bid_bond, tender.reserved_percent = bid_bond, reserved_percent
    tender.budget = tender.project.budget
    tender.sets = live_lines(tender.project).count()
    if not tender.sets:
        raise ValidationError("方案里没有班级，不能招标。")
    warned = insist(findings.of_announcement(tender, law_of(tender.project.county, announced_on)))
    tender.full_clean()
    tender.save()
    _note(
        tender,
        user,
        "发布招标公告",
        f"发布招标公告 {number}：{tender.sets} 套，预算 {rules.yuan(tender.budget)}，"
        f"{announced_on} 公告，{bids_due_on} 投标截止",
        warned,
    )
    return tender


@transaction.atomic
def record_opening(
    *,
    tender: Tender,
    user,
    opened_on: date,
    bids: Sequence[BidEntry],
    evaluated_on: date | None = None,
    reported_on: date | None = None,
) -> Tender:
    """记录开标评标: the bids as opened and reviewed; without ``evaluated_on`` the opening alone."""
    _must_be_open(tender)
    if tender.opened_on:
        raise ValidationError("开标评标已经记录。")
    _not_in_future(开标日期=opened_on, 评标结束日期=evaluated_on, 收到评审报告日期=reported_on)
    if evaluated_on and not reported_on:
        raise ValidationError({"reported_on": "请填写收到评审报告的日期。"})
    tender.recorded_by, tender.opened_on = user, opened_on
    tender.evaluated_on, tender.reported_on = evaluated_on, reported_on
    tender.bidders = len(bids)
    warned = insist(
        findings.of_evaluation(tender, list(bids), law_of(tender.project.county, opened_on))
    )
    tender.full_clean()
    tender.save()
    for entry in bids:
        _take_bid(tender, entry)
    valid = sum(1 for entry in bids if entry.valid)
    _note(
        tender,
        user,
        "记录开标评标" if evaluated_on else "记录开标",
        f"{opened_on} 开标，投标人 {len(bids)} 家，有效投标 {valid} 家",
        warned,
    )
    return tender


def _take_bid(tender: Tender, entry: BidEntry) -> Bid:
    supplier = entry.supplier or _register(entry)
    bid = Bid(
        tender=tender,
        supplier=supplier,
        brand=entry.brand,
        set_price=entry.set_price,
        sets=tender.sets,
        price=cents(entry.set_price * tender.sets),
        opening_price=entry.opening_price,
        correction_confirmed=entry.correction_confirmed,
        evaluated_price=entry.evaluated_price,
        valid=entry.valid,
        rejection=entry.rejection,
    )
    if entry.valid:
        found = [rules.price_limit(bid.price, budget=tender.budget, limit=tender.ceiling)]
        if not entry.correction_confirmed:
            found.append(rules.unit_price(entry.set_price, tender.sets, entry.opening_price))
        refused = rules.forbidding(found)
        if refused:
            raise ValidationError([f"{supplier.name}:{sentence}" for sentence in refused])
    try:
        bid.full_clean()
    except ValidationError as error:
        raise ValidationError([f"{supplier.name}:{text}" for text in error.messages]) from error
    bid.save()
    return bid


def _register(entry: BidEntry) -> Supplier:
    """The supplier of that code; entered into the register if it is not there yet."""
    uscc, name = entry.uscc.strip().upper(), entry.name.strip()
    known = Supplier.objects.filter(uscc=uscc).first()
    if known and known.name != name:
        raise ValidationError(
            f"统一社会信用代码 {uscc} 已登记为“{known.name}”，与所填“{name}”不符，请核对。"
        )
    if known:
        return known
    supplier = Supplier(name=name, uscc=uscc, size=entry.size)
    try:
        supplier.full_clean()
    except ValidationError as error:
        raise ValidationError([f"{name or uscc}:{text}" for text in error.messages]) from error
    supplier.save()
    return supplier


@transaction.atomic
def fail_tender(
    *, tender: Tender, user, ground: str, reason: str, bidders: int | None = None
) -> Tender:
    """废标 on one of the four grounds, with the reason that every bidder is told (采购法 36).

    ``bidders``: how many handed in bids, when there was no opening.
    """
    _must_be_open(tender)
    if not reason.strip():
        raise ValidationError({"reason": "请写明废标理由，并通知所有投标人。"})
    if not tender.opened_on:
        tender.bidders = bidders
    tender.recorded_by = tender.recorded_by or user
    _check_ground(tender, ground)
    tender.outcome, tender.failure_ground = TenderOutcome.FAILED, ground
    tender.failure_reason = reason.strip()
    tender.full_clean()
    tender.save()
    _note(tender, user, "废标", f"{FailureGround(ground).label}，予以废标：{tender.failure_reason}")
    return tender


def _check_ground(tender: Tender, ground: str) -> None:
    bids = list(tender.bids.all())
    if ground == FailureGround.FEW:
        minimum = law_of(tender.project.county, tender.announced_on).days("tender.min_bidders")
        count = findings.qualified(bids) if tender.opened_on else tender.bidders
        if count is None:
            raise ValidationError({"bidders": "请填写投标截止时的投标人数。"})
        if count >= minimum:
            raise ValidationError(
                f"{'合格投标人' if tender.opened_on else '投标人'} {count} 家，"
                f"不少于 {minimum} 家，不能以“不足三家”废标。"
            )
    if ground == FailureGround.TOO_DEAR and (
        not bids or any(bid.price <= tender.budget for bid in bids)
    ):
        raise ValidationError("不是所有报价都超过采购预算，不能以此废标。")


@transaction.atomic
def decide_award(
    *,
    tender: Tender,
    user,
    winner: Bid,
    decided_on: date,
    notified_on: date,
    reason: str = "",
) -> Tender:
    """定标: by default the lowest evaluated price; the result and the notice of award go out.

    The winner's supplier is admitted to the dossier.
    """
    _must_be_open(tender)
    if not tender.evaluated_on:
        raise ValidationError("评标还没有结束，不能定标。")
    if winner.tender_id != tender.pk or not winner.valid:
        raise ValidationError("只能从本次招标的有效投标中确定中标人。")
    _not_in_future(定标日期=decided_on, 中标公告及通知书日期=notified_on)
    if decided_on < tender.reported_on:
        raise ValidationError({"decided_on": "定标不能早于收到评审报告。"})
    tender.decided_by, tender.decided_on, tender.notified_on = user, decided_on, notified_on
    warned = insist(_of_choice(tender, winner, reason))
    tender.winner, tender.outcome = winner, TenderOutcome.AWARDED
    tender.award_reason = reason.strip()
    tender.full_clean()
    tender.save()
    admit(tender.dossier, suppliers=[winner.supplier])
    _note(
        tender,
        user,
        "定标",
        f"确定{winner.supplier}中标，中标价 {rules.yuan(winner.price)}，{notified_on} 发出中标通知书"
        + (f"；理由：{tender.award_reason}" if tender.award_reason else ""),
        warned,
        supplier=winner.supplier,
    )
    return tender


def _of_choice(tender: Tender, winner: Bid, reason: str) -> list[rules.Finding]:
    found = findings.of_award(tender, law_of(tender.project.county, tender.reported_on))
    in_time = found[0].ok
    leaders = [bid.pk for bid in leaders_of(tender)]
    return [*found, rules.lowest_price(winner.pk, leaders, reason, in_time=in_time)]


def leaders_of(tender: Tender) -> list[Bid]:
    """The valid bids that share the lowest evaluated price."""
    ranked = list(tender.bids.ranked().select_related("supplier"))
    return [bid for bid in ranked if bid.rank_price == ranked[0].rank_price]


def live_lines(project: Project):
    """Plan lines that no approved change order took out."""
    return PlanLine.objects.filter(project_school__project=project).live()


def _must_be_open(tender: Tender) -> None:
    hold(tender)
    if tender.outcome:
        raise ValidationError(f"本次招标已经{tender.get_outcome_display()}，不能再改。")
    if not tender.announced_on:
        raise ValidationError("招标公告还没有发布。")


def _not_in_future(**days: date | None) -> None:
    late = [label for label, day in days.items() if day and day > clock.today()]
    if late:
        raise ValidationError(f"{'、'.join(late)}不能晚于今天：这里记录的是已经发生的事。")


def _note(
    tender: Tender, user, verb: str, sentence: str, warned: Sequence[str] = (), supplier=None
) -> None:
    record(
        thing=tender,
        dossier=tender.dossier,
        supplier=supplier,
        actor=user,
        verb=verb,
        sentence=sentence,
        data={"warnings": list(warned)} if warned else None,
    )
