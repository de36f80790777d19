"""Draw the agreement with its schedule, send notices, close what is paid off."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction

from acceptance.models import RoomPass
from assets.enums import Title
from assets.models import AssetCard
from documents.actions import issue_paper
from documents.enums import PaperKind
from documents.models import Paper
from financing import pdf
from financing.actions.log import locked, note
from financing.actions.plan import Plan, store_plans
from financing.agreement_paper import buyback_agreement
from financing.funding import rebates_for
from financing.models import Agreement, AgreementRoom, Instalment
from financing.terms import plan_of, take_over
from procurement.models import Contract, PlanLine, ProjectSchool
from registry import clock
from registry.money import ZERO


@transaction.atomic
def draw_agreement(*, project_school: ProjectSchool) -> Agreement:
    """签订回购协议 over the school's rooms that passed; called again it gives the one that is there.

    Schools are accepted on different days, so each agreement has a schedule of its own: its own
    principal, from its own handover. What is conserved, and checked before anything stays:
    Σ rooms = principal = Σ instalments' principal; and by the way it is computed the last balance
    is 0.00, and a funder that gives of every payment gives round(percent × Σ payments). Over schools the principals add up to the contract's
    price of the rooms that passed; interest and rebates are each school's own, so they need not
    be those of one schedule over the whole contract, to the fen.

    All rooms of one agreement start on one day, the handover: the school takes over everything in
    one act, after the last room has passed, and has the use of nothing before it. Rooms that are
    accepted later than that join by an amendment, from that day.

    Raises ``ValidationError`` when no room passed, a room is in another contract, the funding
    plan does not make 100 %, or the terms make no schedule. The number of queries does not
    depend on the number of rooms.
    """
    school = (
        ProjectSchool.objects.select_for_update(of=("self",))
        .select_related("project__dossier__county", "school__township")
        .get(pk=project_school.pk)
    )
    known = Agreement.objects.filter(project_school=school).first()
    if known:
        return known
    passes = _passes(school)
    contract = _contract(school, passes)
    agreement = _agreement(school, contract, passes)
    plan = rebates_for(school.project, plan_of(agreement), len(passes))
    agreement.full_clean()
    agreement.save()
    AgreementRoom.objects.bulk_create(
        AgreementRoom(agreement=agreement, room_pass=row, amount=row.plan_line.contract_line.price)
        for row in passes
    )
    store_plans([Plan(agreement, plan.schedule, plan.percents)])
    check_conserved(agreement)
    _record(agreement, len(passes))
    return agreement


def _passes(school: ProjectSchool) -> list[RoomPass]:
    live = PlanLine.objects.filter(project_school=school).live()
    passes = list(
        RoomPass.objects.filter(plan_line__in=live)
        .select_related("plan_line__contract_line__contract__supplier")
        .order_by("plan_line")
    )
    if not passes:
        raise ValidationError(f"{school.school.name}没有县级验收合格的班级，不能签订回购协议。")
    return passes


def _contract(school: ProjectSchool, passes: list[RoomPass]) -> Contract:
    contracts = {row.plan_line.contract_line.contract for row in passes}
    if len(contracts) > 1:
        raise ValidationError(
            f"{school.school.name}的班级分属不同的合同，不能签在同一份回购协议里。"
        )
    contract = contracts.pop()
    if contract.signed_on is None:
        raise ValidationError("采购合同还没有签订，不能签订回购协议。")
    return contract


def _agreement(school: ProjectSchool, contract: Contract, passes: list[RoomPass]) -> Agreement:
    lines = [row.plan_line.contract_line for row in passes]
    agreement = Agreement(
        project_school=school,
        contract=contract,
        number=f"{school.dossier.number}-HG-{school.school.code}",
        principal=sum((line.price for line in lines), ZERO),
        starts_on=_starts_on(school, passes),
        signed_on=clock.today(),
    )
    accepted_on = max(row.passed_on for row in passes)
    take_over(agreement, lines, accepted_on, on=agreement.signed_on)
    return agreement


def _starts_on(school: ProjectSchool, passes: list[RoomPass]) -> dt.date:
    """The lease runs from the handover; without one, from the last room's inspection."""
    handover = getattr(school, "handover", None)
    if handover is not None and handover.completed_on:
        return handover.completed_on
    return max(row.passed_on for row in passes)


def check_conserved(agreement: Agreement) -> None:
    """The stored rows add up; raises ``ValidationError`` and nothing stays.

    Σ rooms = principal = Σ instalments' principal; where the equipment went back no room is left,
    and what is not owed any more counts with the instalments.
    """
    rooms = sum(agreement.live_rooms().values_list("amount", flat=True), ZERO)
    repaid = sum(agreement.instalments.values_list("principal", flat=True), ZERO)
    gone = sum(agreement.revisions.standing().values_list("written_off", flat=True), ZERO)
    held = agreement.principal if agreement.terminated_on is None else ZERO
    if not (rooms == held and repaid + gone == agreement.principal):
        raise ValidationError(
            f"回购计划没有轧平：各班合计 {rooms} 元，本金 {agreement.principal} 元，"
            f"各期本金合计 {repaid} 元。没有写入任何内容，请联系系统管理员。"
        )


def _record(agreement: Agreement, rooms: int) -> None:
    schedule = issue_schedule(agreement)
    _issue(
        agreement,
        kind=PaperKind.BUYBACK_AGREEMENT,
        number=agreement.number,
        title=f"{agreement.school.name}回购协议"[:120],
        data=buyback_agreement(agreement, schedule),
    )
    note(
        agreement,
        None,
        "拟订协议",
        f"{agreement.school.name}拟订回购协议 {agreement.number}：{rooms} 个班，"
        f"本金 {agreement.principal:,.2f} 元，{agreement.years} 年，"
        f"{agreement.get_payments_per_year_display()}，等学校和供应商签署",
        supplier=True,
    )


def issue_schedule(agreement: Agreement, actor=None) -> Paper:
    """回购计划表 of the plan in force; after a change it is the next version of the same paper."""
    return _issue(
        agreement,
        kind=PaperKind.BUYBACK_SCHEDULE,
        number=agreement.number,
        title=f"{agreement.school.name}回购计划表"[:120],
        data=pdf.buyback_schedule(agreement),
        actor=actor,
    )


def _issue(agreement: Agreement, **paper) -> Paper:
    """A paper about the agreement, for its school and supplier."""
    return issue_paper(
        thing=agreement,
        dossier=agreement.dossier,
        school=agreement.school,
        supplier=agreement.supplier,
        **paper,
    )


@transaction.atomic
def issue_notice(*, instalment: Instalment, user) -> Paper:
    """付款通知书 for an instalment that is not paid yet; the same day gives the same paper."""
    row = (
        Instalment.objects.with_paid()
        .select_related(
            "agreement__project_school__project__dossier__county",
            "agreement__project_school__school__township",
            "agreement__contract__supplier",
        )
        .get(pk=instalment.pk)
    )
    if row.remaining <= 0:
        raise ValidationError(f"{row}已经付清，不用再发付款通知。")
    agreement = row.agreement
    return _issue(
        agreement,
        kind=PaperKind.INSTALMENT_NOTICE,
        number=f"{agreement.number}-{row.number:02d}",
        title=f"{agreement.school.name}{row}回购付款通知书"[:120],
        data=pdf.instalment_notice(row),
        actor=user,
    )


@transaction.atomic
def close_agreement(*, agreement: Agreement) -> Agreement:
    """付清: date the closing, pass the title of every piece to the school, issue the paper.

    Raises ``ValidationError`` while anything is unpaid.
    """
    agreement = locked(agreement)
    if agreement.closed_on:
        return agreement
    if agreement.due_instalment() is not None:
        raise ValidationError("还有没付清的期次，不能办理产权转移。")
    agreement.closed_on = clock.today()
    agreement.save(update_fields=["closed_on"])
    cards = AssetCard.objects.filter(room_pass__agreement_room__agreement=agreement)
    owned = cards.update(title=Title.OWNED)
    _issue(
        agreement,
        kind=PaperKind.TITLE_TRANSFER,
        number=agreement.number,
        title=f"{agreement.school.name}产权转移确认书"[:120],
        data=pdf.title_transfer(agreement),
    )
    note(
        agreement,
        None,
        "产权转移",
        f"{agreement.school.name}回购款全部付清，{owned} 件设备的产权归学校",
        supplier=True,
    )
    return agreement
