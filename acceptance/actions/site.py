"""Before and after the installers: the site made ready (场地准备), the teachers trained (培训)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from acceptance.actions.log import log
from acceptance.models import SiteCheck, Training
from procurement.models import ProjectSchool
from registry import clock


@transaction.atomic
def prepare_site(
    *,
    project_school: ProjectSchool,
    user,
    ready_on: dt.date,
    power: bool,
    security: bool,
    network: bool,
    contact: str,
    phone: str,
    note: str = "",
) -> SiteCheck:
    """Record that rooms are ready for the installers.

    Power and security must be in place; a missing network needs a note. Raises ``ValidationError``.
    """
    if not power or not security:
        raise ValidationError(
            "教室电源和门窗安防就位后才能通知安装；还没有就位的，请先整改再填报。"
        )
    if not network and not note.strip():
        raise ValidationError("网络还没有进教室的，请在说明里写明何时接入。")
    row = SiteCheck(
        project_school=project_school,
        ready_on=ready_on,
        power=power,
        security=security,
        network=network,
        contact=contact,
        phone=phone,
        note=note,
        checked_by=user,
    )
    row.full_clean()
    row.save()
    log(
        project_school,
        actor=user,
        verb="场地准备",
        sentence=f"场地于 {ready_on} 就绪，现场联系人{contact}",
    )
    return row


@transaction.atomic
def record_training(
    *,
    project_school: ProjectSchool,
    user,
    held_on: dt.date,
    hours: Decimal,
    expected: int,
    attendance: int,
    qualified: int,
    trainer: str,
    content: str,
) -> Training:
    """Record one training; there may be several. Raises ``ValidationError``."""
    if held_on > clock.today():
        raise ValidationError("培训日期不能晚于今天，请在培训结束后登记。")
    row = Training(
        project_school=project_school,
        held_on=held_on,
        hours=hours,
        expected=expected,
        attendance=attendance,
        qualified=qualified,
        trainer=trainer,
        content=content,
        recorded_by=user,
    )
    row.full_clean()
    row.save()
    log(
        project_school,
        actor=user,
        verb="培训",
        sentence=f"{held_on} 培训 {hours} 学时，签到 {attendance}/{expected} 人，考核合格 {qualified} 人",
    )
    return row
