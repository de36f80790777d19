"""Nodes of our flows over viewflow's engine: Start, Step (a person's step), Wait, and the rest."""

from __future__ import annotations

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.base import Edge

from registry import calendar
from registry.access import reach
from registry.enums import Role
from workflow import activations
from workflow.activations import wake, wake_soon
from workflow.models import Duty, held_at


def _room(width: int, height: int) -> dict:
    """The room of a node in the diagram, in pixels; what it looks like is the template's."""
    return {"width": width, "height": height, "svg": ""}


__all__ = [
    "End",
    "Function",
    "If",
    "Join",
    "Split",
    "Start",
    "Step",
    "Wait",
    "wake",
    "wake_soon",
]


class Start(flow.StartHandle):
    """A process begins with ``Flow.start.run(subject=…, user=…)``; the starter is remembered.

    ``title`` is what the starter did, in words (立项). ``user`` is None when another process
    starts this one. With a ``role`` only who holds it at the subject's place may start.
    """

    activation_class = activations.StartActivation
    kind, shape = "start", _room(92, 44)

    def __init__(self, title: str, role: Role | None = None):
        super().__init__(func=_take)
        self.task_title = title
        self.role = role

    def due_on(self, subject):
        return None

    def may_be_started_by(self, user, subject) -> bool:
        return self.role is None or held_at(reach(user), self.role, subject)


def _take(activation, *, subject, user=None):
    activation.take(subject, user)
    return activation.process


class Step(flow.View):
    """A person's step: ``form`` is its page and its act, ``role`` who does it, ``within`` by when.

    form: a ``workflow.forms.StepForm`` class. title: the step in words. within: code of a dated
    parameter in working days; due: instead of it, ``callable(subject) -> date | None``.
    unlike: names of earlier steps whose doer may not do this one (四眼原则).
    detour: the story takes this step only when something went wrong; the bar tells it then.
    """

    activation_class = activations.StepActivation
    kind, shape = "step", _room(124, 76)

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
        detour: bool = False,
    ):
        super().__init__(view=None)
        self.form_class = form
        self.task_title = title
        self.role = role
        self.within = within
        self.due = due
        self.unlike = unlike
        self.template = template
        self.detour = detour

    def _resolve(self, instance):
        super()._resolve(instance)
        self.due = this.resolve(instance, self.due)
        unknown = [n for n in self.unlike if n not in self.flow_class._nodes_by_name]
        if unknown:
            raise TypeError(f"{self.flow_class.__name__}.{self.name}: no such step {unknown}")

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
        """viewflow asks these four; all have the one answer."""
        duty = Duty.objects.filter(task=task).select_related("dossier", "school").first()
        return duty is not None and self.may_be_done_by(user, duty)

    can_assign = can_execute = can_unassign = can_view


class Wait(flow.ConditionalCatch):
    """Wait until facts in the tables hold; woken by ``wake`` for speed, by the sweep for certainty."""

    activation_class = activations.WaitActivation
    kind, shape = "wait", _room(124, 44)

    def __init__(self, condition, *, title: str):
        super().__init__(condition)
        self.task_title = title


class If(flow.If):
    """A fork in the road with its question in words; the edges say 是 and 否."""

    activation_class = activations.IfActivation
    kind, shape = "if", _room(132, 72)

    def __init__(self, condition, *, title: str):
        super().__init__(condition)
        self.task_title = title

    def _outgoing(self):
        yield Edge(src=self, dst=self._on_true, edge_class="cond_true", label="是")
        yield Edge(src=self, dst=self._on_false, edge_class="cond_false", label="否")


class Function(flow.Function):
    """Something the system does by itself, named in words.

    Runs inside the step that leads to it: what fails here undoes that step too. Its task has no
    row yet while it runs.
    """

    activation_class = activations.FunctionActivation
    kind, shape = "function", _room(124, 44)

    def __init__(self, func, *, title: str):
        super().__init__(func)
        self.task_title = title


class Split(flow.Split):
    """Several branches at once."""

    activation_class = activations.SplitActivation
    kind, shape = "split", _room(44, 44)
    task_title = "并行"


class Join(flow.Join):
    """All branches have arrived."""

    activation_class = activations.JoinActivation
    kind, shape = "join", _room(44, 44)
    task_title = "汇合"


class End(flow.End):
    """The end of the story."""

    activation_class = activations.EndActivation
    kind, shape = "end", _room(76, 44)
    task_title = "结束"
