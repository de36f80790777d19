"""Waking: when one story ends, the next begins or goes on; the sweep makes up for what was lost.

The receivers are for speed. ``sweep`` looks at the facts, so a lost wake-up costs a minute and
nothing else.
"""

from __future__ import annotations

import logging

from django.dispatch import receiver
from viewflow.workflow import lock
from viewflow.workflow.signals import flow_finished

from acceptance.actions import changes as acceptance_change
from acceptance.flows import SchoolFlow, give_up
from accounting.actions.notices import remind
from assets.flows import RegistrationFlow
from banbantong.chain import carry_on, has_contract, start_schools, start_tender
from banbantong.flows import ProjectFlow
from financing.flows import BuybackFlow
from financing.old_claims import go_on, left_behind
from procurement.enums import TenderOutcome
from procurement.flows import TenderFlow
from procurement.models import ChangeOrder, Project, ProjectSchool
from workflow.actions import sweep as sweep_waits
from workflow.nodes import wake

logger = logging.getLogger(__name__)


def begin(project: Project, user) -> None:
    """立项: the project's story begins, in the transaction that wrote the project."""
    ProjectFlow.start.run(subject=project, user=user)


def approve_change(*, change: ChangeOrder, user) -> ChangeOrder:
    """批准变更; a school that has no room left ends its story, and the project may go on."""
    change = acceptance_change.approve_change(change=change, user=user)
    school = change.plan_line.project_school
    _try(give_up, school)
    _try(wake_project, school.project)
    return change


def wake_project(project: Project) -> None:
    process = ProjectFlow.process_of(project)
    if process is not None:
        wake(process)


@receiver(flow_finished, sender=TenderFlow)
def after_tender(process, **kwargs):
    tender = process.artifact
    failed = tender.outcome == TenderOutcome.FAILED
    _later(start_tender if failed else wake_project, Project, tender.project_id)


@receiver(flow_finished, sender=SchoolFlow)
def after_school(process, **kwargs):
    school = process.artifact
    _later(carry_on, ProjectSchool, school.pk)
    _later(wake_project, Project, school.project_id)


@receiver(flow_finished, sender=RegistrationFlow)
def after_registration(process, **kwargs):
    _later(carry_on, ProjectSchool, process.artifact.project_school_id)


@receiver(flow_finished, sender=BuybackFlow)
def after_buyback(process, **kwargs):
    _later(wake_project, Project, process.artifact.project_school.project_id)


def _later(verb, model, pk: int) -> None:
    """Once this process's lock is free, do ``verb`` to the row as it then stands, if it is there."""
    lock.after_lock_released(lambda: [_try(verb, row) for row in model.objects.filter(pk=pk)])


def sweep() -> None:
    """Carry on whatever a lost wake-up left behind; one failure does not stop the rest."""
    for project in Project.objects.filter(approvals__approved=True, accepted_on=None):
        _try(start_schools if has_contract(project) else start_tender, project)
    waiting = ProjectSchool.objects.filter(handover__completed_on__isnull=False, agreement=None)
    for school in waiting.select_related("project__dossier", "school"):
        _try(carry_on, school)
    _remind()
    for process in left_behind():
        _try(go_on, process)
    sweep_waits()


def _remind() -> None:
    try:
        remind()
    except Exception:
        logger.exception("The notices of what falls due could not be looked up")


def _try(verb, row) -> None:
    """What was done stays done when what follows fails: the failure is logged, the sweep tries again."""
    try:
        verb(row)
    except Exception:
        logger.exception("%s %s could not be carried on", row._meta.label, row.pk)
