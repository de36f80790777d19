"""How one story leads to the next: only the roof starts another floor's flow.

Every function here may run twice or after a kill: it looks at the facts and starts only what is
missing.
"""

from __future__ import annotations

import logging

from django.db import transaction
from viewflow.workflow import lock

from acceptance.flows import SchoolFlow
from assets.actions import open_registration
from assets.flows import RegistrationFlow
from documents.trail import record
from financing.actions import draw_agreement
from financing.flows import BuybackFlow
from financing.models import Agreement
from procurement.actions.tender import open_tender
from procurement.enums import TenderOutcome
from procurement.flows import TenderFlow
from procurement.models import Project, ProjectSchool, Tender
from registry import clock

logger = logging.getLogger(__name__)


def start_tender(project: Project) -> None:
    """Start a tender unless one is under way or was awarded; a failed one is followed by a new one."""
    live = project.tenders.exclude(outcome=TenderOutcome.FAILED).first()
    tender = live or open_tender(project=project)
    lock.after_lock_released(lambda: _start(TenderFlow, Tender, [tender.pk]))


def has_contract(project: Project) -> bool:
    contract = project.current_contract()
    return contract is not None and contract.signed_on is not None


def start_schools(project: Project) -> None:
    """Start the story of every school with live rooms that has not begun."""
    keys = list(project.schools.with_live_rooms().values_list("pk", flat=True))
    lock.after_lock_released(lambda: _start(SchoolFlow, ProjectSchool, keys))


def _start(flow_class, model, keys: list[int]) -> None:
    """Start ``flow_class`` for those rows that are really there (their transaction may have been
    rolled back) and have no process yet; the row's lock keeps the sweep from starting a second.
    What called is done and stays done: a failure is logged, and the sweep tries again.
    """
    for key in keys:
        try:
            with transaction.atomic():
                row = model.objects.select_for_update(of=("self",)).filter(pk=key).first()
                if row is not None and flow_class.process_of(row) is None:
                    flow_class.start.run(subject=row)
        except Exception:
            logger.exception("%s %s could not be started", model._meta.label, key)


def every_school_handed_over(project: Project) -> bool:
    """All schools with live rooms have been handed over; a project without schools never has."""
    schools = project.schools.with_live_rooms()
    return schools.exists() and not schools.filter(handover__completed_on=None).exists()


def every_agreement_is_over(project: Project) -> bool:
    """Paid off, or terminated and settled: then its own story has ended too."""
    agreements = Agreement.objects.filter(project_school__project=project)
    schools = project.schools.with_live_rooms().count()
    settled = BuybackFlow.processes(*agreements.terminated()).exclude(finished=None)
    over = agreements.paid_off().count() + settled.count()
    return 0 < schools == agreements.count() == over


@transaction.atomic
def archive(project: Project) -> None:
    """归档: the dossier closes; it is kept fifteen years (采购法 42)."""
    dossier = project.dossier
    dossier.closed_on = clock.today()
    dossier.save(update_fields=["closed_on"])
    record(
        thing=project,
        dossier=dossier,
        verb="归档",
        sentence=f"项目“{project}”全部回购完毕，卷宗归档",
    )


@transaction.atomic
def carry_on(school: ProjectSchool) -> None:
    """Start what comes next for one school: registration after handover, buyback after booking."""
    school = ProjectSchool.objects.select_for_update(of=("self",)).get(pk=school.pk)
    handover = getattr(school, "handover", None)
    if handover is None or handover.completed_on is None:
        return
    registration = open_registration(project_school=school)
    if RegistrationFlow.process_of(registration) is None:
        RegistrationFlow.start.run(subject=registration)
    elif registration.booked_on:
        agreement = draw_agreement(project_school=school)
        if BuybackFlow.process_of(agreement) is None:
            BuybackFlow.start.run(subject=agreement)
