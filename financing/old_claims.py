"""Buybacks that stood at 奖补申领 when that step left the story: they go on to what comes next.

Only needed once after the change, and harmless afterwards: the sweep finds nothing.
"""

from __future__ import annotations

from viewflow.workflow.models import Process, Task

from financing.flows import BuybackFlow
from registry import clock
from workflow.flows import Flow
from workflow.models import Duty

STEP = "claim"


def left_behind():
    """Processes with an open duty at the step that is no more."""
    duties = Duty.objects.open().filter(
        step=STEP, process__in=Process.objects.filter(flow_class=BuybackFlow)
    )
    return Process.objects.filter(duties__in=duties)


def go_on(process: Process) -> None:
    """The duty lapses; its task becomes the question that followed it, and is answered."""
    with Flow.lock(process.pk):
        duty = Duty.objects.open().filter(process=process, step=STEP).first()
        if duty is None:
            return
        node = BuybackFlow.instance.node("is_paid")
        Duty.objects.filter(pk=duty.pk).update(cancelled_at=clock.now())
        Task.objects.filter(pk=duty.task_id).update(flow_task=node, flow_task_type=node.task_type)
        activation = node.activation_class(Task.objects.get(pk=duty.task_id))
        activation.activate()
        activation.complete()
        activation.activate_next()
