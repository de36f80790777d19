"""What the engine does at each kind of node, writing as little as the facts allow.

Stock activations save a node that runs through at once (a fork, a function, the end) three times,
guard it with a savepoint and store an exception with all local variables in its row. Ours insert
it once, finished; whatever fails undoes the whole step, and the person is told.
"""

from __future__ import annotations

import logging
from collections import deque
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from viewflow import this
from viewflow.workflow import lock
from viewflow.workflow.activation import Activation
from viewflow.workflow.exceptions import FlowRuntimeError
from viewflow.workflow.fields import get_task_ref
from viewflow.workflow.models import Task
from viewflow.workflow.nodes.end import EndActivation as StockEnd
from viewflow.workflow.nodes.events import ConditionalCatchActivation
from viewflow.workflow.nodes.func import FunctionActivation as StockFunction
from viewflow.workflow.nodes.if_gate import IfActivation as StockIf
from viewflow.workflow.nodes.join import JoinActivation as StockJoin
from viewflow.workflow.nodes.split import SplitActivation as StockSplit
from viewflow.workflow.nodes.start import StartHandleActivation
from viewflow.workflow.nodes.view import ViewActivation
from viewflow.workflow.signals import flow_finished, flow_started, task_finished, task_started
from viewflow.workflow.status import PROCESS, STATUS

from registry import clock
from registry.prepared import Prepared
from workflow import rows
from workflow.models import Duty
from workflow.reasons import reason_of_return

logger = logging.getLogger(__name__)
CLOSED = (STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED)


class Lean(Activation):
    """A node's task lives in memory until there is something to keep."""

    previous = None

    @classmethod
    def create(cls, flow_task, prev_activation, token, data=None, seed=None):
        activation = cls(
            flow_task.flow_class.task_class(
                process=prev_activation.process,
                flow_task=flow_task,
                flow_task_type=flow_task.task_type,
                token=token,
                created=clock.now(),
                data=data or {},
            )
        )
        if seed is not None:
            activation.task.seed = seed
        activation.previous = prev_activation.task
        return activation

    def keep(self) -> None:
        """Write the task as it now stands."""
        if self.task._state.adding:
            rows.insert_task(self.task, self.previous)
        else:
            rows.update_task(self.task)

    def tell(self, signal) -> None:
        signal.send(sender=self.flow_class, process=self.process, task=self.task)

    def begin(self) -> None:
        self.task.started = clock.now()
        self.tell(task_started)

    @Activation.status.super()
    def complete(self):
        assert connection.in_atomic_block
        self.task.finished = clock.now()
        self.keep()
        self.tell(task_finished)

    @Activation.status.super()
    def activate_next(self):
        assert connection.in_atomic_block
        self._activate_next(self.create_next())

    def _activate_next(self, activations) -> None:
        """Breadth first, in the order of the flow's own words; joins once all else has arrived."""
        waiting, joins = deque(), {}
        while True:
            for activation in activations:
                if activation.type == "join":
                    joins[activation.task.pk] = activation
                else:
                    waiting.append(activation)
            if not waiting and not joins:
                return
            current = waiting.popleft() if waiting else joins.pop(next(iter(joins)))
            for transition in (current.activate, current.complete):
                if transition.can_proceed():
                    transition()
            activations = current.create_next() if current.create_next.can_proceed() else ()


class StartActivation(Lean, StartHandleActivation):
    """The first task; when a person started the process, a duty says who, done from the start."""

    starter = None

    @classmethod
    def create(cls, flow_task, prev_activation=None, token=None, data=None, seed=None):
        flow_class = flow_task.flow_class
        process = flow_class.process_class(flow_class=flow_class, created=clock.now())
        return cls(
            flow_class.task_class(
                process=process,
                flow_task=flow_task,
                flow_task_type=flow_task.task_type,
                created=process.created,
                started=process.created,
            )
        )

    def take(self, subject, user) -> None:
        """What the process is about and who starts it; raises ``PermissionDenied``."""
        self.process.artifact = subject
        self.task.owner = self.starter = user
        if user is not None and not self.flow_task.may_be_started_by(user, subject):
            raise PermissionDenied(f"“{self.flow_task.task_title}”不由您办理。")

    @Activation.status.super()
    def execute(self):
        self.tell(task_started)
        with transaction.atomic():
            rows.insert_process(self.process)
            # Nobody else can see the process yet: no row to wait for, only the queue of what
            # must happen after all locks are free.
            with lock.lock_scope(_nothing_to_lock, self.flow_class, self.process.pk):
                self.complete()
                self.tell(flow_started)
                self.activate_next()

    @Activation.status.super()
    def complete(self):
        super().complete.original()
        if self.starter is not None:
            duty = duty_for(self)
            duty.starts, duty.done_at, duty.done_by = True, duty.opened_at, self.starter
            rows.insert_duty(duty)


def _nothing_to_lock(flow_class, process_pk):
    return transaction.atomic(savepoint=False)


class StepActivation(Lean, ViewActivation):
    """A person's step; its duty row opens, closes and is cancelled with it."""

    @Activation.status.super()
    def activate(self):
        duty = duty_for(self)
        if self.task._state.adding:
            rows.insert_task(self.task, self.previous, duty)
        else:  # revived
            rows.insert_duty(duty)

    @Activation.status.transition(source=[STATUS.NEW, STATUS.ASSIGNED], target=STATUS.STARTED)
    def take(self, user):
        """Claim and begin, in memory: the row is written when the step is done."""
        self.task.owner = user
        self.task.assigned = clock.now()
        self.begin()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self):
        assert connection.in_atomic_block
        self.task.finished = clock.now()
        rows.close(self.task, done_at=self.task.finished, done_by=self.task.owner)
        self.tell(task_finished)

    @Activation.status.super()
    def cancel(self):
        self.task.finished = clock.now()
        rows.close(self.task, cancelled_at=self.task.finished)

    def finish_by(self, user) -> None:
        """Claim, start and finish in one go; the caller holds the process's lock and has checked
        the right."""
        self.take(user)
        self.execute()


def duty_for(activation) -> Duty:
    """An unsaved duty for the step that ``activation`` stands on."""
    node, subject = activation.flow_task, activation.process.artifact
    return Duty(
        task=activation.task,
        process=activation.process,
        dossier=subject.dossier,
        school=subject.school,
        supplier=subject.supplier,
        step=node.name,
        title=node.task_title,
        subject_title=str(subject)[:160],
        subject_url=subject.get_absolute_url(),
        role=node.role or "",
        opened_at=clock.now(),
        due_on=node.due_on(subject),
        reason=reason_of_return(),
    )


class WaitActivation(Lean, ConditionalCatchActivation):
    """Goes straight on when the fact already holds; else stays armed."""

    @Activation.status.super()
    def activate(self):
        if self.condition_met():
            self.start()
            return
        if self.task._state.adding:
            self.keep()
        # The fact may be written by somebody else between this look and our commit, and whoever
        # wrote it found nobody waiting: look once more when the lock is free.
        lock.after_lock_released(partial(wake_soon, self.process))

    @Activation.status.super()
    def start(self):
        self.begin()

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self):
        super().complete.original()

    @Activation.status.super()
    def execute(self):
        """Go on; a failure downstream undoes all of it and the next sweep tries again."""
        self.complete()
        self.activate_next()


def wake(process) -> bool:
    """Let ``process`` go on if what it waits for has come true; True if it moved.

    Takes the process's own lock: from inside another process's step use ``wake_soon``.
    """
    moved = False
    for task in process.task_set.filter(flow_task_type="CONDITION", status=STATUS.NEW):
        if not _holds(task.flow_task.activation_class(task)):
            continue
        with task.activation() as activation:
            if _holds(activation):
                activation.start()
                activation.execute()
                moved = True
    return moved


def _holds(activation) -> bool:
    return (
        isinstance(activation, WaitActivation)
        and activation.start.can_proceed()
        and activation.condition_met()
    )


def wake_soon(process) -> None:
    """``wake`` as soon as this thread holds no lock; for receivers of ``flow_finished``.

    Never raises: what was just done stays done, and the sweep tries again.
    """
    lock.after_lock_released(partial(_wake_or_log, process))


def _wake_or_log(process) -> None:
    try:
        wake(process)
    except Exception:
        logger.exception("process %s could not go on; the next sweep tries again", process.pk)


class IfActivation(Lean, StockIf):
    @Activation.status.super()
    def activate(self):
        self._condition_result = self.flow_task._condition(self)


class FunctionActivation(Lean, StockFunction):
    @Activation.status.super()
    def activate(self):
        self.begin()
        self.flow_task._func(self)


class SplitActivation(Lean, StockSplit):
    """Opens every branch, in the order of the flow's words."""


class JoinActivation(Lean, StockJoin):
    """Waits for every branch that still runs; one row, however many arrive."""

    arrived, prefixes = False, frozenset()

    @classmethod
    def create(cls, flow_task, prev_activation, token, data=None, seed=None):
        task = _open_join.first(node=get_task_ref(flow_task), process=prev_activation.process.pk)
        if task is not None:
            task.process = prev_activation.process
            rows.link(task, prev_activation.task)
            return cls(task)
        if token.is_split_token():
            token = token.get_base_split_token()
        activation = super().create(flow_task, prev_activation, token, data=data, seed=seed)
        activation.task.status = STATUS.STARTED
        activation.task.started = clock.now()
        activation.keep()
        return activation

    @Activation.status.super()
    def activate(self):
        """Begun by its row."""

    @Activation.status.transition(
        source=STATUS.STARTED, target=STATUS.DONE, conditions=[this.is_done]
    )
    def complete(self):
        if len(self.prefixes) > 1:
            raise FlowRuntimeError(f"{self.flow_task.name}: branches of two splits arrived")
        super().complete.original()

    def is_done(self):
        # Asked before and again inside the transition; once all have arrived, all have arrived.
        self.arrived = self.arrived or self._nobody_runs()
        return self.arrived

    def _nobody_runs(self) -> bool:
        self.prefixes = {
            token.get_common_split_prefix(self.task.token, pk)
            for pk, token in _arrived.rows(join=self.task.pk)
        }
        if len(self.prefixes) != 1:
            return len(self.prefixes) > 1  # a fault of the flow; ``complete`` says so
        (prefix,) = self.prefixes
        still_open = _open_tasks.rows(process=self.process.pk)
        return not any(token.token.startswith(prefix) for _, token in still_open)


_open_join = Prepared(
    lambda node, process: Task.objects.filter(
        flow_task=node, process=process, status__in=[STATUS.NEW, STATUS.STARTED]
    ).order_by("pk")[:1],
    node=str,
    process=int,
)
_arrived = Prepared(
    lambda join: (
        Task.objects.filter(leading=join)
        .exclude(status__in=[STATUS.CANCELED, STATUS.REVIVED])
        .order_by()
        .values_list("pk", "token")
    ),
    join=int,
)
_open_tasks = Prepared(
    lambda process: (
        Task.objects.filter(process=process, finished=None).order_by().values_list("pk", "token")
    ),
    process=int,
)


class EndActivation(Lean, StockEnd):
    """Ends its branch, and the process with its last branch."""

    @Activation.status.super()
    def activate(self):
        self.begin()

    @Activation.status.super()
    def complete(self):
        super().complete.original()
        if not _open_tasks.rows(process=self.process.pk):
            self.process.status = PROCESS.DONE
            self.process.finished = self.task.finished
            rows.end_process(self.process)
            self.tell(flow_finished)
