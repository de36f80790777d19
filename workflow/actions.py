"""Verbs on steps: carry out, transfer (转办), urge (催办), sweep."""

from __future__ import annotations

import logging

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from viewflow.workflow.status import STATUS

from documents.trail import record
from registry import clock
from workflow.models import Duty
from workflow.nodes import Wait, wake
from workflow.reasons import returning

logger = logging.getLogger(__name__)


class AlreadyDone(Exception):
    """The step is no longer open; the message says who did it and when."""


def carry_out(*, duty: Duty, user, data=None, files=None, address=None, finish: bool = True):
    """Do the step of ``duty`` as ``user`` with the posted ``data``; returns the form.

    The form comes back with errors when something is wrong, and then nothing was written.
    ``finish=False`` keeps what is there without finishing (only for ``partial`` forms).
    Raises ``AlreadyDone`` when somebody was quicker, ``PermissionDenied`` without the right.
    """
    node, form = duty.task.flow_task, None
    try:
        with duty.task.activation() as activation:
            duty = _still_open(duty)
            if not node.may_be_done_by(user, duty):
                raise PermissionDenied(_why_not(node, user, duty))
            form = node.form_class(
                data or {},
                files,
                subject=activation.process.artifact,
                user=user,
                duty=duty,
                address=address,
                finish=finish or not node.form_class.partial,
            )
            if form.is_valid():
                form.save()
                if form.finish:
                    with returning(form.reason):
                        activation.finish_by(user)
    except ValidationError as error:
        form.add_error(None, error)
    except IntegrityError:
        logger.warning("step %s of duty %s met a constraint", node.name, duty.pk, exc_info=True)
        form.add_error(
            None,
            "提交的内容与系统中已有的记录冲突(可能有人刚刚办理了同一事项,或编号重复)。没有写入任何内容,请刷新后核对再提交。",
        )
    return form


def _still_open(duty: Duty) -> Duty:
    duty = Duty.objects.select_related(
        "dossier__county", "school", "supplier", "done_by", "assignee"
    ).get(pk=duty.pk)
    if duty.done_at:
        when = clock.local(duty.done_at)
        raise AlreadyDone(
            f"“{duty.title}”已由{duty.done_by.name}于 {when:%Y-%m-%d %H:%M} 办结,这次提交没有重复写入。"
        )
    if duty.cancelled_at:
        raise AlreadyDone(f"“{duty.title}”已被撤回或作废,这次提交没有写入。")
    return duty


def _why_not(node, user, duty: Duty) -> str:
    if duty.may_be_done_by(user) and node.did_a_step_unlike(user, duty):
        return "您已办理过本流程的前一环节,按不相容岗位分离要求,这一步须由他人办理。"
    return "这一步不由您办理。"


@transaction.atomic
def transfer(*, duty: Duty, user, to, reason: str) -> Duty:
    """转办: hand an open duty to a named colleague who holds the same role at the same place.

    The deadline does not move. Raises ``ValidationError``.
    """
    duty = Duty.objects.select_for_update(of=("self",)).get(pk=duty.pk)
    if not duty.is_open:
        raise ValidationError("这件事已经办结,不能转办。")
    if not duty.may_be_done_by(user):
        raise PermissionDenied("这一步不由您办理,不能转办。")
    if to == user:
        raise ValidationError("不能转办给自己。")
    if not Duty(
        role=duty.role, dossier=duty.dossier, school=duty.school, supplier=duty.supplier
    ).may_be_done_by(to):
        raise ValidationError(f"{to.name}没有“{duty.get_role_display()}”岗位,不能接办。")
    duty.assignee = to
    duty.save(update_fields=["assignee"])
    record(
        thing=duty,
        dossier=duty.dossier,
        school=duty.school,
        supplier=duty.supplier,
        actor=user,
        verb="转办",
        sentence=f"将“{duty.title}”转给{to.name}办理:{reason}",
    )
    return duty


@transaction.atomic
def urge(*, duty: Duty, user) -> Duty:
    """催办: leave a mark on an open duty; at most once a day."""
    duty = Duty.objects.select_for_update(of=("self",)).get(pk=duty.pk)
    if not duty.is_open:
        raise ValidationError("这件事已经办结,无需催办。")
    if duty.urged_at and clock.local(duty.urged_at).date() == clock.today():
        raise ValidationError("今天已经催办过。")
    duty.urged_at = clock.now()
    duty.save(update_fields=["urged_at"])
    record(
        thing=duty,
        dossier=duty.dossier,
        school=duty.school,
        supplier=duty.supplier,
        actor=user,
        verb="催办",
        sentence=f"催办“{duty.title}”({duty.who})",
    )
    return duty


def sweep() -> int:
    """Wake every process whose wait has come true; one that fails is logged and tried again next time."""
    moved = 0
    from viewflow.workflow.models import Process

    waiting = Process.objects.filter(
        task__flow_task_type=Wait.task_type, task__status=STATUS.NEW
    ).distinct()
    for process in waiting.iterator():
        try:
            moved += wake(process)
        except Exception:
            logger.exception("process %s could not go on", process.pk)
    return moved
