"""Notices of what falls due: sent by the calendar or all at once, one per instalment."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from accounting.models import DueNotice
from accounting.reports.plan import COUNTY
from accounting.reports.workdays import Calendars
from documents.enums import PaperKind
from documents.models import Paper
from documents.trail import thread_of
from financing.actions import issue_notice
from financing.actions.log import locked
from financing.models import Instalment
from registry import clock
from registry.models import Parameter

logger = logging.getLogger(__name__)
BEFORE = "financing.remind_before"


def remind() -> int:
    """Send every notice whose time has come; how many went out. The sweep calls it again and again.

    One that fails is logged and tried again next time; the others go out.
    """
    sent = 0
    for instalment in awaiting_notice().select_related("agreement"):
        try:
            sent += send_notice(instalment=instalment)[1]
        except Exception:
            logger.exception("The notice of instalment %s could not be sent", instalment.pk)
    return sent


def awaiting_notice() -> QuerySet:
    """Unpaid instalments without a notice that fall due within the set number of working days."""
    found = Calendars().within(clock.today(), days_before(), county=COUNTY)
    return Instalment.objects.filter(found, due_notice=None).unpaid().order_by("due_on", "pk")


def days_before() -> dict[int | None, int]:
    """Working days before the due day, by county; None for all that set nothing of their own."""
    rows = Parameter.objects.in_force(clock.today()).filter(code=BEFORE).order_by("valid_from")
    return {None: 0} | {county: int(value) for county, value in rows.values_list("county", "value")}


@transaction.atomic
def send_notice(*, instalment: Instalment, user=None) -> tuple[DueNotice, bool]:
    """付款通知书 to school and supplier, once: the notice, and whether it went out just now.

    Raises ``ValidationError`` when the instalment is paid, or was replaced by a later plan.
    """
    locked(instalment.agreement)
    known = DueNotice.objects.filter(instalment=instalment).first()
    if known is not None:
        return known, False
    if not Instalment.objects.filter(pk=instalment.pk).exists():
        raise ValidationError(f"{instalment}已被新的计划取代，不再发付款通知。")
    notice = DueNotice(
        instalment=instalment,
        paper=_sent_by_hand(instalment) or issue_notice(instalment=instalment, user=user),
        issued_by=user,
        issued_at=clock.now(),
    )
    notice.full_clean()
    notice.save(force_insert=True)
    return notice, True


def _sent_by_hand(instalment: Instalment) -> Paper | None:
    """The paper that somebody issued on the agreement's page, if it says the same."""
    same = {
        "data__number": instalment.number,
        "data__due_on": instalment.due_on.isoformat(),
        "data__payable": f"{instalment.payment:.2f}",
    }
    papers = Paper.objects.filter(
        kind=PaperKind.INSTALMENT_NOTICE, thread=thread_of(instalment.agreement), replaced_by=None
    )
    return papers.filter(**same).first()


def send_all(instalments: Iterable[Instalment], user) -> tuple[int, int, list[str]]:
    """How many went out, how many had gone out before, and why the others did not.

    Each stands for itself: one that fails takes back none of the others.
    """
    sent, known, failed = 0, 0, []
    for instalment in instalments:
        try:
            new = send_notice(instalment=instalment, user=user)[1]
        except ValidationError as error:
            failed.append(f"{instalment.agreement.school.name}{instalment}：{error.messages[0]}")
        else:
            sent, known = sent + new, known + (not new)
    return sent, known, failed
