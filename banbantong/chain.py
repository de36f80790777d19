"""How one story leads to the next: only the roof starts another floor's flow.

Every function here may run twice or after a kill: it looks at the facts and starts only what is
missing. ``sweep`` runs them all, so a lost wake-up costs a minute and nothing else.
"""

from __future__ import annotations

import logging

from django.db import transaction
from django.dispatch import receiver
from viewflow.workflow import lock
from viewflow.workflow.signals import flow_finished

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
from workflow.actions import sweep as sweep_waits
from workflow.nodes import wake

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
    rolled back) and have no process yet.
    """
    rows = list(model.objects.filter(pk__in=keys))
    begun = {p.artifact_object_id for p in flow_class.processes(*rows)} if rows else set()
    for row in rows:
        if row.pk not in begun:
            flow_class.start.run(subject=row)


def every_school_handed_over(project: Project) -> bool:
    """All schools with live rooms have been handed over; a project without schools never has."""
    schools = project.schools.with_live_rooms()
    return schools.exists() and not schools.filter(handover__completed_on=None).exists()


def every_agreement_is_paid(project: Project) -> bool:
    agreements = Agreement.objects.filter(project_school__project=project)
    schools = project.schools.with_live_rooms().count()
    return 0 < schools == agreements.count() == agreements.paid_off().count()


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
        sentence=f"项目“{project}”全部回购完毕,卷宗归档",
    )


def carry_on(school: ProjectSchool) -> None:
    """Start what comes next for one school: registration after handover, buyback after booking."""
    handover = getattr(school, "handover", None)
    if handover is None or handover.completed_on is None:
        return
    registration = getattr(school, "registration", None)
    if registration is None:
        registration = open_registration(project_school=school)
    if RegistrationFlow.process_of(registration) is None:
        RegistrationFlow.start.run(subject=registration)
    elif registration.booked_on and not hasattr(school, "agreement"):
        BuybackFlow.start.run(subject=draw_agreement(project_school=school))


def wake_project(project: Project) -> None:
    process = _project_flow().process_of(project)
    if process is not None:
        wake(process)


def _project_flow():
    from banbantong.flows import ProjectFlow

    return ProjectFlow


@receiver(flow_finished, sender=TenderFlow)
def after_tender(process, **kwargs):
    tender = process.artifact
    if tender.outcome == TenderOutcome.FAILED:
        lock.after_lock_released(lambda: start_tender(Project.objects.get(pk=tender.project_id)))
    else:
        lock.after_lock_released(lambda: wake_project(tender.project))


@receiver(flow_finished, sender=SchoolFlow)
def after_school(process, **kwargs):
    school = process.artifact
    lock.after_lock_released(lambda: carry_on(ProjectSchool.objects.get(pk=school.pk)))
    lock.after_lock_released(lambda: wake_project(school.project))


@receiver(flow_finished, sender=RegistrationFlow)
def after_registration(process, **kwargs):
    school_pk = process.artifact.project_school_id
    lock.after_lock_released(lambda: carry_on(ProjectSchool.objects.get(pk=school_pk)))


@receiver(flow_finished, sender=BuybackFlow)
def after_buyback(process, **kwargs):
    project = process.artifact.project_school.project
    lock.after_lock_released(lambda: wake_project(project))


def sweep() -> None:
    """Carry on whatever a lost wake-up left behind; one failure does not stop the rest."""
    for project in Project.objects.filter(approvals__approved=True, accepted_on=None):
        _try(start_schools if has_contract(project) else start_tender, project)
    waiting = ProjectSchool.objects.filter(handover__completed_on__isnull=False, agreement=None)
    for school in waiting.select_related("project__dossier", "school"):
        _try(carry_on, school)
    sweep_waits()


def _try(verb, row) -> None:
    try:
        verb(row)
    except Exception:
        logger.exception("%s %s could not be carried on", row._meta.label, row.pk)
