"""Nodes of our flows over viewflow's engine: Start, Step (a person's step), Wait, and the rest."""

from __future__ import annotations

from viewflow.workflow import flow, lock
from viewflow.workflow.activation import Activation
from viewflow.workflow.nodes.events import ConditionalCatchActivation
from viewflow.workflow.nodes.view import ViewActivation
from viewflow.workflow.status import STATUS

from registry import calendar, clock
from registry.enums import Role
from workflow.models import Duty
from workflow.reasons import reason_of_return


class Start(flow.StartHandle):
    """A process begins with ``Flow.start.run(subject=…, user=…)``; the starter is remembered.

    ``title`` is what the starter did, in words (立项). ``user`` is None when another process
    starts this one.
    """

    def __init__(self, title: str, role: Role | None = None):
        super().__init__(func=_take_subject)
        self.task_title = title
        self.role = role

    def _resolve(self, instance):
        super()._resolve(instance)


def _take_subject(activation, *, subject, user=None):
    activation.process.artifact = subject
    activation.task.owner = user
    if user is not None:
        activation.starter = user
    return activation.process


class StartActivation(flow.StartHandle.activation_class):
    starter = None

    @Activation.status.super()
    def complete(self):
        super().complete.original()
        if self.starter is not None:
            duty = duty_for(self)
            duty.starts, duty.done_at, duty.done_by = True, duty.opened_at, self.starter
            duty.save()


Start.activation_class = StartActivation


class StepActivation(ViewActivation):
    """A person's step; its duty row opens, closes and is cancelled with it."""

    @Activation.status.super()
    def activate(self):
        duty_for(self).save()

    @Activation.status.super()
    def complete(self):
        super().complete.original()
        Duty.objects.filter(task=self.task).update(done_at=clock.now(), done_by=self.task.owner)

    @Activation.status.super()
    def cancel(self):
        super().cancel.original()
        Duty.objects.filter(task=self.task).update(cancelled_at=clock.now())

    def finish_by(self, user):
        """Claim, start and finish in one go; the caller holds the process's lock and has checked the right."""
        if self.assign.can_proceed():
            self.assign(user)
        if self.start.can_proceed():
            self.start(None)
        self.execute()


class Step(flow.View):
    """A person's step: ``form`` is its page and its act, ``role`` who does it, ``within`` by when.

    form: a ``workflow.forms.StepForm`` class. title: the step in words. within: code of a dated
    parameter in working days; due: instead of it, ``callable(subject) -> date | None``.
    unlike: names of earlier steps whose doer may not do this one (四眼原则).
    """

    activation_class = StepActivation

    def __init__(
        self,
        form,
        *,
        title: str,
        role: Role,
        within: str = "",
        due=None,
        unlike: tuple[str, ...] = (),
        template: str = "",
    ):
        super().__init__(view=None)
        self.form_class = form
        self.task_title = title
        self.role = role
        self.within = within
        self.due = due
        self.unlike = unlike
        self.template = template

    def due_on(self, subject):
        """The day by which the step should be done, or None."""
        if self.due is not None:
            return self.due(subject)
        if self.within:
            return calendar.due_on(self.within, county=subject.dossier.county)
        return None

    def may_be_done_by(self, user, duty: Duty) -> bool:
        """Role at the place, and four eyes: not by whoever did one of the ``unlike`` steps."""
        return duty.may_be_done_by(user) and not self.did_a_step_unlike(user, duty)

    def did_a_step_unlike(self, user, duty: Duty) -> bool:
        return (
            bool(self.unlike)
            and Duty.objects.filter(
                process_id=duty.process_id, step__in=self.unlike, done_by=user
            ).exists()
        )

    def can_view(self, user, task) -> bool:
        return self.may_be_done_by(user, task.duty)

    can_assign = can_execute = can_unassign = can_view


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
        role=node.role,
        opened_at=clock.now(),
        due_on=node.due_on(subject) if isinstance(node, Step) else None,
        reason=reason_of_return(),
    )


class WaitActivation(ConditionalCatchActivation):
    @Activation.status.super()
    def activate(self):
        """Look once as soon as the lock is free: a fact that already holds should not wait for the sweep."""
        process = self.process
        lock.after_lock_released(lambda: wake(process))

    @Activation.status.super()
    def execute(self):
        """Go on; a failure downstream rolls all of it back and the next sweep tries again."""
        self.complete()
        self.activate_next()


class Wait(flow.ConditionalCatch):
    """Wait until facts in the tables hold; woken by ``wake`` for speed, by the sweep for certainty."""

    activation_class = WaitActivation

    def __init__(self, condition, *, title: str):
        super().__init__(condition)
        self.task_title = title


def wake(process) -> bool:
    """Let ``process`` go on if what it waits for has come true; True if it moved.

    Takes the process's own lock: call it outside any other process's lock
    (``lock.after_lock_released``).
    """
    moved = False
    armed = process.task_set.filter(flow_task_type=Wait.task_type, status=STATUS.NEW)
    for task in armed:
        with task.activation() as activation:
            if (
                isinstance(activation, WaitActivation)
                and activation.start.can_proceed()
                and activation.condition_met()
            ):
                activation.start()
                activation.execute()
                moved = True
    return moved


class If(flow.If):
    """A fork in the road with its question in words; the edges say 是 and 否."""

    def __init__(self, condition, *, title: str):
        super().__init__(condition)
        self.task_title = title

    def _outgoing(self):
        for edge in super()._outgoing():
            edge._label = {"yes": "是", "no": "否"}.get(edge._label, edge._label)
            yield edge


class Function(flow.Function):
    """Something the system does by itself, named in words."""

    def __init__(self, func, *, title: str):
        super().__init__(func)
        self.task_title = title


class End(flow.End):
    """The end of the story."""

    task_title = "结束"


Split, Join = flow.Split, flow.Join
