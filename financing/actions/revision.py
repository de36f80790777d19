"""计划变更: county finance proposes, somebody else decides, and the plan in force is another.

Who decides follows from one rule: what changes *how much* is owed (amendment, termination) is
decided by the leading group; what only changes *when* it is paid (reschedule, early buyback) by
another person of county finance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from acceptance.models import RoomPass
from assets.actions import return_cards, take_back_cards
from documents.actions import issue_paper
from documents.enums import PaperKind
from financing.actions.agreement import check_conserved, issue_schedule
from financing.actions.ledger import repost
from financing.actions.log import locked, move_deadline, note
from financing.actions.plan import Plan, store_plans
from financing.actions.signing import must_be_signed
from financing.agreement_paper import agreement_change, terms_in_words
from financing.enums import RevisionKind
from financing.gates import check_addition
from financing.models import Agreement, AgreementRoom, Instalment, Revision, RevisionRoom
from financing.replanning import ENDS, NewPlan, last_day_before, new_plan, residual_after
from procurement.enums import RepaymentMethod
from registry import clock
from registry.access import reach
from registry.dates import add_months
from registry.enums import Role
from registry.money import ZERO, cents

DECIDES = {
    RevisionKind.AMENDMENT: Role.LEADING_GROUP,
    RevisionKind.TERMINATION: Role.LEADING_GROUP,
    RevisionKind.RESCHEDULE: Role.COUNTY_FINANCE,
    RevisionKind.BUYOUT: Role.COUNTY_FINANCE,
}
AHEAD = 12
"""A change takes effect within so many months; what is further away is proposed when it comes."""


@dataclass(frozen=True)
class RoomChange:
    """A room that comes, leaves (``after`` None) or gets another price, in yuan."""

    room_pass: RoomPass
    after: Decimal | None


@dataclass(frozen=True)
class Draft:
    """A change that is not stored: what it says, what it does to rooms and to the plan."""

    revision: Revision
    rooms: list[RevisionRoom]
    plan: NewPlan


def draft_revision(
    *,
    agreement: Agreement,
    kind: RevisionKind,
    effective_on: dt.date,
    rooms: Iterable[RoomChange] = (),
    **terms,
) -> Draft:
    """What the change would do, for a preview; writes nothing.

    ``terms``: annual_rate, payments_per_year, repayment, count, grace, first_due_on of a
    reschedule. Raises ``ValidationError`` where the change cannot be made.
    """
    _may_be_changed(agreement)
    _day_fits(agreement, kind, effective_on)
    revision = Revision(agreement=agreement, kind=kind, effective_on=effective_on, **terms)
    if kind == RevisionKind.TERMINATION:
        rooms = [RoomChange(row.room_pass, None) for row in _live_rooms(agreement).values()]
    rows = _changed(revision, rooms)
    return _with_plan(revision, rows)


def _with_plan(revision: Revision, rows: list[RevisionRoom]) -> Draft:
    agreement, change = revision.agreement, ZERO
    left = len(_live_rooms(agreement))
    if revision.kind == RevisionKind.AMENDMENT:
        change = sum(((row.after or ZERO) - (row.before or ZERO) for row in rows), ZERO)
        left += sum((row.before is None) - (row.after is None) for row in rows)
        if any((row.after or ZERO) > (row.before or ZERO) for row in rows):
            check_addition(agreement)
        if not left:
            raise ValidationError("全部班级都退出的，请办理解除协议。")
    plan = new_plan(revision, change=change, rooms=left)
    revision.principal_change, revision.written_off = change, plan.written_off
    return Draft(revision, rows, plan)


def _may_be_changed(agreement: Agreement) -> None:
    if agreement.closed_on or agreement.terminated_on:
        raise ValidationError("协议已付清或已解除，不能再变更。")
    must_be_signed(agreement)
    if agreement.live_application() is not None:
        raise ValidationError("有在办的付款申请，办完或退回后才能变更。")


def _day_fits(agreement: Agreement, kind: RevisionKind, day: dt.date) -> None:
    """An amendment may correct what was wrong from the start; the others begin today or later."""
    today, first = clock.today(), last_day_before(agreement)
    if kind != RevisionKind.AMENDMENT:
        first = max(first, today)
    last = add_months(today, AHEAD)
    if not first <= day <= last:
        raise ValidationError({"effective_on": f"日期须在 {first} 和 {last} 之间。"})


def _live_rooms(agreement: Agreement) -> dict[int, AgreementRoom]:
    """By the room's pass; read anew each time, a change must see what stands."""
    return {row.room_pass_id: row for row in agreement.live_rooms().select_related("room_pass")}


def candidates(agreement: Agreement):
    """Rooms that may join: of the same school, project and contract, passed, and not in it today."""
    return (
        RoomPass.objects.filter(
            plan_line__project_school=agreement.project_school,
            plan_line__contract_line__contract=agreement.contract,
        )
        .exclude(pk__in=agreement.live_rooms().values("room_pass"))
        .select_related("plan_line__classroom", "plan_line__contract_line")
        .order_by("pk")
    )


def _changed(revision: Revision, rooms: Iterable[RoomChange]) -> list[RevisionRoom]:
    """The rooms that change; raises ``ValidationError`` for what is not in reach or no change."""
    agreement, rooms = revision.agreement, list(rooms)
    live, may_join = _live_rooms(agreement), set(candidates(agreement).values_list("pk", flat=True))
    rows = []
    for change in rooms:
        now = live.get(change.room_pass.pk)
        if now is None and (change.after is None or change.room_pass.pk not in may_join):
            raise ValidationError("所选的班级不在本协议的项目学校和合同之内，请刷新页面后重选。")
        before, after = now and now.amount, change.after and cents(change.after)
        if before != after:
            rows.append(
                RevisionRoom(
                    revision=revision, room_pass=change.room_pass, before=before, after=after
                )
            )
    if revision.kind == RevisionKind.AMENDMENT and not rows:
        raise ValidationError("没有班级增减，金额也没有改动。")
    return rows


@transaction.atomic
def propose_revision(*, agreement: Agreement, user, reason: str, **what) -> Revision:
    """提请变更 by county finance; ``what`` as for ``draft_revision``.

    Raises ``ValidationError`` for somebody else, while another change or an application for
    payment is under way, and where the change cannot be made.
    """
    agreement = locked(agreement)
    if not reach(user).holds_at(Role.COUNTY_FINANCE, county=agreement.dossier.county_id):
        raise ValidationError("计划变更由县财务审核岗提请。")
    draft = draft_revision(agreement=agreement, **what)
    revision = draft.revision
    revision.number = agreement.revisions.count() + 1
    revision.reason = reason.strip()
    revision.proposed_by, revision.proposed_on = user, clock.today()
    revision.full_clean()
    revision.save()
    for row in draft.rooms:
        row.revision = revision
        row.full_clean()
    RevisionRoom.objects.bulk_create(draft.rooms)
    note(
        agreement,
        user,
        "提请变更",
        f"提请{revision.get_kind_display()}，{revision.effective_on} 生效：{revision.reason}"[:300],
        supplier=True,
        revision=revision.pk,
    )
    return revision


def redraft(revision: Revision) -> Draft:
    """What a proposed change would do as things stand now. Raises ``ValidationError``."""
    _may_be_changed(revision.agreement)
    if revision.kind in ENDS and revision.effective_on < clock.today():
        raise ValidationError(
            f"提请的生效日期 {revision.effective_on} 已过，请退回，另定日期重新提请。"
        )
    live = _live_rooms(revision.agreement)
    rows = list(revision.rooms.select_related("room_pass__plan_line__classroom"))
    for row in rows:
        now = live.get(row.room_pass_id)
        if (now and now.amount) != row.before:
            raise ValidationError("提请之后班级或金额有了变化，请退回后重新提请。")
    return _with_plan(revision, rows)


def may_decide(revision: Revision, user) -> bool:
    """Whether ``user`` holds the role that decides, and is not who proposed."""
    role = DECIDES[RevisionKind(revision.kind)]
    county = revision.dossier.county_id
    return user.pk != revision.proposed_by_id and reach(user).holds_at(role, county=county)


@transaction.atomic
def decide_revision(*, revision: Revision, user, passed: bool, opinion: str = "") -> Revision:
    """决定; a change that is agreed to is in force with everything that follows from it.

    Raises ``ValidationError`` when it was decided before, for who may not, and when it can no
    longer be made.
    """
    agreement = locked(revision.agreement)
    Revision.objects.select_for_update(of=("self",)).get(pk=revision.pk)
    revision.refresh_from_db()
    revision.agreement = agreement
    if revision.passed is not None:
        raise ValidationError("这项变更已经决定。")
    if not may_decide(revision, user):
        role = DECIDES[RevisionKind(revision.kind)]
        raise ValidationError(f"{revision.get_kind_display()}由{role.label}决定，且不能是提请人。")
    draft = redraft(revision) if passed else None
    revision.passed, revision.opinion = passed, opinion.strip()
    revision.decided_by, revision.decided_on = user, clock.today()
    revision.full_clean()
    revision.save()
    words = "同意" if passed else f"不同意：{revision.opinion}"
    note(
        agreement,
        user,
        "决定变更",
        f"{revision.get_kind_display()}，{words}"[:300],
        supplier=True,
        revision=revision.pk,
    )
    if draft is not None:
        _take_effect(draft, user)
    return revision


def _take_effect(draft: Draft, user) -> None:
    revision, plan = draft.revision, draft.plan
    agreement, old = revision.agreement, terms_in_words(revision.agreement)
    Instalment.objects.filter(pk__in=[row.pk for row in plan.replaced]).update(replaced_by=revision)
    _move_rooms(draft, user)
    store_plans([Plan(agreement, plan.schedule, plan.percents, revision, plan.after)])
    _rewrite(draft)
    repost(agreement)
    check_conserved(agreement)
    move_deadline(agreement)
    if agreement.instalments.exists():
        issue_schedule(agreement, actor=user)
    issue_paper(
        thing=revision,
        dossier=agreement.dossier,
        school=agreement.school,
        supplier=agreement.supplier,
        kind=PaperKind.AGREEMENT_CHANGE,
        number=f"{agreement.number}-B{revision.number}",
        title=f"{agreement.school.name}{revision.paper_title}"[:120],
        data=agreement_change(revision, plan, old),
        actor=user,
    )


def _move_rooms(draft: Draft, user) -> None:
    """Rooms come, leave or cost something else; the asset cards of those that move go along."""
    revision, came, left = draft.revision, [], []
    rooms = AgreementRoom.objects.filter(agreement=revision.agreement)
    for row in draft.rooms:
        mine = rooms.filter(room_pass=row.room_pass)
        if row.after is None:
            mine.update(left_by=revision)
            left.append(row.room_pass)
        elif not mine.update(amount=row.after, left_by=None):
            AgreementRoom.objects.create(
                agreement=revision.agreement, room_pass=row.room_pass, amount=row.after
            )
        if row.before is None:
            came.append(row.room_pass)
    why = f"回购协议第 {revision.number} 次变更"
    return_cards(rooms=left, user=user, why=why)
    take_back_cards(rooms=came, user=user, why=why)


def _rewrite(draft: Draft) -> None:
    """The terms in force from now on; what they were stands in the papers.

    A plan whose payments were given, or whose parts are no longer those of the contract, goes on
    by the method that it was drawn by.
    """
    revision, agreement = draft.revision, draft.revision.agreement
    if revision.kind == RevisionKind.TERMINATION:
        agreement.terminated_on = revision.effective_on
    elif revision.kind != RevisionKind.BUYOUT:
        agreement.residual = residual_after(agreement, revision.principal_change)
        agreement.principal += revision.principal_change
        for name in ("annual_rate", "payments_per_year"):
            if getattr(revision, name) is not None:
                setattr(agreement, name, getattr(revision, name))
        _go_on_by(agreement, revision)
    agreement.full_clean()
    agreement.save()


def _go_on_by(agreement: Agreement, revision: Revision) -> None:
    method = revision.repayment or agreement.repayment
    if method == RepaymentMethod.FIXED_PAYMENT:
        method = RepaymentMethod.LEVEL_PAYMENT
    elif method == RepaymentMethod.CUSTOM_PERCENT and revision.count:
        method = RepaymentMethod.EQUAL_PRINCIPAL
    if method != agreement.repayment:
        agreement.repayment, agreement.fixed_payment, agreement.percents = method, None, []
