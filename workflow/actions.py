"""Verbs on steps: carry out, transfer (转办), urge (催办), withdraw (撤回), sweep."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from functools import partial

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import F
from viewflow.workflow.models import Process, Task
from viewflow.workflow.status import PROCESS, STATUS

from documents.trail import record
from registry import clock
from registry.access import reach
from registry.enums import Role, Scope
from registry.prepared import Prepared
from workflow.flows import Flow
from workflow.models import Duty
from workflow.nodes import Function, Step, wake
from workflow.reasons import returning

logger = logging.getLogger(__name__)

CLASH = "提交的内容与系统中已有的记录冲突（可能有人刚刚办理了同一事项，或编号重复）。没有写入任何内容，请刷新后核对再提交。"


class AlreadyDone(Exception):
    """The step is no longer open; the message says who did it and when."""


def carry_out(*, duty: Duty, user, data=None, files=None, address=None, finish: bool = True):
    """Do the step of ``duty`` as ``user`` with the posted ``data``; returns the form.

    The form comes back with errors when something is wrong, and then nothing was written.
    ``finish=False`` keeps what is there without finishing (only for ``partial`` forms).
    Raises ``AlreadyDone`` when somebody was quicker, ``PermissionDenied`` without the right.
    """
    form = None
    try:
        with held(duty) as activation:
            form = form_for(activation, user, data, files, address=address, finish=finish)
            apply(form, activation)
    except ValidationError as error:
        if form is None:
            raise
        tell(form, error)
    except IntegrityError:
        if form is None:
            raise
        logger.warning("duty %s met a constraint", duty.pk, exc_info=True)
        form.add_error(None, CLASH)
    return form


@contextmanager
def held(duty: Duty):
    """The activation of an open duty, under its process's lock and read anew (``activation.duty``).

    Raises ``AlreadyDone``. A task is only ever reached through the duty of its own process.
    """
    with Flow.lock(duty.process_id):
        yield activation_of(whole(duty.pk))


def whole(pk: int) -> Duty:
    """The duty with all that doing it needs, in one query; raises ``Duty.DoesNotExist``."""
    duty = _whole.first(pk=pk)
    if duty is None:
        raise Duty.DoesNotExist(f"no duty {pk} whose task belongs to its process")
    duty.task.process = duty.process
    model = ContentType.objects.get_for_id(duty.process.artifact_content_type_id).model_class()
    if model not in _subjects:
        _subjects[model] = Prepared(partial(_subject, model), pk=int)
    duty.process.artifact = _subjects[model].first(pk=duty.process.artifact_object_id)
    return duty


_subjects: dict[type, Prepared] = {}


def _subject(model, pk: int):
    return model._base_manager.filter(pk=pk)


_whole = Prepared(
    lambda pk: Duty.objects.select_related(
        "task", "process", "dossier__county", "school", "supplier"
    ).filter(pk=pk, process_id=F("task__process_id")),
    pk=int,
)


def activation_of(duty: Duty):
    """The activation that an open duty stands for; raises ``AlreadyDone``."""
    if duty.done_at:
        when = clock.local(duty.done_at)
        raise AlreadyDone(
            f"“{duty.title}”已由{duty.done_by.name}于 {when:%Y-%m-%d %H:%M} 办结，这次提交没有重复写入。"
        )
    if duty.cancelled_at:
        raise AlreadyDone(f"“{duty.title}”已被撤回或作废，这次提交没有写入。")
    duty.task.open_duty = duty
    activation = duty.task.flow_task.activation_class(duty.task)
    activation.duty = duty
    _lend_place(duty, activation.process.artifact)
    return activation


def _lend_place(duty: Duty, subject) -> None:
    """The duty was read together with its dossier, school and supplier: no need to read them again."""
    for name in ("dossier", "school", "supplier"):
        own = subject.__dict__.get(f"{name}_id")
        if own is not None and own == getattr(duty, f"{name}_id"):
            setattr(subject, name, getattr(duty, name))


def form_for(activation, user, data, files, *, address=None, finish=True):
    """The step's bound form; raises ``PermissionDenied`` in words."""
    node, duty = activation.flow_task, activation.duty
    if not node.may_be_done_by(user, duty):
        raise PermissionDenied(_why_not(node, user, duty))
    return node.form_class(
        data or {},
        files,
        subject=activation.process.artifact,
        user=user,
        duty=duty,
        address=address,
        finish=finish or not node.form_class.partial,
    )


def apply(form, activation) -> None:
    """Save a valid form and, unless it is only kept for later, finish the step."""
    if not form.is_valid():
        return
    form.save()
    if form.finish:
        with returning(form.reason):
            activation.finish_by(form.user)


def tell(form, error: ValidationError) -> None:
    """Put what an action or a constraint refused onto the form, whatever field it speaks of."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    for name, errors in by_field.items():
        form.add_error(name if name in form.fields else None, ValidationError(errors))


def _why_not(node, user, duty: Duty) -> str:
    if duty.may_be_done_by(user) and node.did_a_step_unlike(user, duty):
        return "您已办理过本流程的前一环节，按不相容岗位分离要求，这一步须由他人办理。"
    return "这一步不由您办理。"


def transfer(*, duty: Duty, user, to, reason: str) -> Duty:
    """转办: hand an open duty to a named colleague who holds the same role at the same place.

    The deadline does not move. Raises ``ValidationError``, ``PermissionDenied``, ``AlreadyDone``.
    """
    with held(duty) as activation:
        node, duty = activation.flow_task, activation.duty
        if not duty.may_be_done_by(user):
            raise PermissionDenied("这一步不由您办理，不能转办。")
        if to == user:
            raise ValidationError("不能转办给自己。")
        duty.assignee = None
        if not duty.may_be_done_by(to):
            raise ValidationError(f"{to.name}没有“{duty.get_role_display()}”岗位，不能接办。")
        if node.did_a_step_unlike(to, duty):
            raise ValidationError(
                f"{to.name}办理过本流程的前一环节，按不相容岗位分离要求不能接办。"
            )
        duty.assignee = to
        duty.save(update_fields=["assignee"])
        _note(duty, user, "转办", f"将“{duty.title}”转给{to.name}办理：{reason}")
    return duty


URGING = tuple(r for r in Role if r.scope is Scope.COUNTY and not r.only_reads)
"""Who stands above schools and suppliers and works there; an auditor reads and changes nothing."""


def may_urge(user, county_id: int | None = None) -> bool:
    """Whether ``user`` may urge duties of that county (of any, if None)."""
    if county_id is None:
        return reach(user).holds(*URGING)
    return any(reach(user).holds_at(role, county=county_id) for role in URGING)


def urge(*, duty: Duty, user) -> Duty:
    """催办: leave a mark on an open duty; at most once a day, by people of the county."""
    with held(duty) as activation:
        duty = activation.duty
        if not may_urge(user, duty.dossier.county_id):
            raise PermissionDenied("催办由县里的经办部门发出。")
        if duty.urged_at and clock.local(duty.urged_at).date() == clock.today():
            raise ValidationError("今天已经催办过。")
        duty.urged_at = clock.now()
        duty.save(update_fields=["urged_at"])
        _note(duty, user, "催办", f"催办“{duty.title}”（{duty.who}）")
    return duty


def withdraw(*, duty: Duty, user, reason: str) -> Duty:
    """撤回: take back one's own finished step while nobody has touched what follows it.

    Only for steps whose form is ``reversible``; its ``undo(subject, user)`` takes back what
    ``save()`` wrote. Returns the new open duty, due on the same day: taking back buys no time.
    Raises ``ValidationError``, ``PermissionDenied``.
    """
    with Flow.lock(duty.process_id):
        duty = whole(duty.pk)
        following = _may_be_withdrawn(duty, user)
        for task in reversed(following):
            activation = task.flow_task.activation_class(task)
            (activation.undo if task.status == STATUS.DONE else activation.cancel)()
        activation = duty.task.flow_task.activation_class(duty.task)
        activation.flow_task.form_class.undo(duty.process.artifact, user)
        activation.undo()
        again = Duty.objects.get(task=activation.revive())
        again.due_on = duty.due_on
        again.save(update_fields=["due_on"])
        _note(duty, user, "撤回", f"撤回“{duty.title}”：{reason}")
    return again


def can_withdraw(*, duty: Duty, user) -> bool:
    """Whether the page should offer 撤回; reads only."""
    try:
        _may_be_withdrawn(whole(duty.pk), user)
    except (ValidationError, PermissionDenied):
        return False
    return True


def _may_be_withdrawn(duty: Duty, user) -> list[Task]:
    """The tasks that would have to go, nearest first; raises when one may not."""
    node = duty.task.flow_task
    if not isinstance(node, Step) or not node.form_class.reversible:
        raise ValidationError(f"“{duty.title}”办结后不能撤回。")
    if duty.task.status != STATUS.DONE:
        raise ValidationError(f"“{duty.title}”没有办结或已经撤回。")
    if duty.done_by != user:
        raise PermissionDenied("只有办理人本人可以撤回。")
    if duty.process.status != PROCESS.NEW:
        raise ValidationError("流程已经办结，不能撤回。")
    following, queue = [], [duty.task]
    while queue:
        for task in queue.pop(0).leading.exclude(status__in=[STATUS.CANCELED, STATUS.REVIVED]):
            acted = task.status == STATUS.DONE and isinstance(task.flow_task, Step | Function)
            if acted:
                raise ValidationError(f"后面的“{task.flow_task.task_title}”已经办理，不能撤回。")
            if task.flow_task.task_type == "JOIN" and task.status == STATUS.STARTED:
                continue  # still waits for every branch, so for this one too
            task.process = duty.process
            following.append(task)
            queue.append(task)
    return following


def _note(duty: Duty, user, verb: str, sentence: str) -> None:
    record(
        thing=duty,
        dossier=duty.dossier,
        school=duty.school,
        supplier=duty.supplier,
        actor=user,
        verb=verb,
        sentence=sentence,
    )


def sweep() -> int:
    """Wake every process whose wait has come true; one that fails is logged and tried again next time."""
    moved = 0
    waiting = Process.objects.filter(
        task__flow_task_type="CONDITION", task__status=STATUS.NEW
    ).order_by()
    for pk in list(waiting.values_list("pk", flat=True).distinct()):
        try:
            moved += wake(Process.objects.get(pk=pk))
        except Exception:
            logger.exception("process %s could not go on", pk)
    return moved
