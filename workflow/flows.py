"""The base of every flow in the house."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from viewflow.workflow import flow, lock
from viewflow.workflow.base import Node
from viewflow.workflow.models import Process

from registry.access import reach
from registry.enums import Role
from workflow.models import Duty
from workflow.nodes import Start, Step, Wait


class RowLock(lock.SelectForUpdateLock):
    """One step of a process at a time; whoever comes second waits, then finds the step done.

    On SQLite the transaction itself (IMMEDIATE) is the lock.
    """

    def __init__(self):
        super().__init__(nowait=False)

    @contextmanager
    def __call__(self, flow_class, process_pk):
        with transaction.atomic():
            if connection.features.has_select_for_update:
                rows = flow_class.process_class._base_manager.filter(pk=process_pk)
                list(rows.select_for_update().values_list("pk"))
            yield


class Flow(flow.Flow):
    """A story with its own clock and its own people.

    The subject (``process.artifact``) must offer ``dossier``, ``school`` (or None), ``supplier``
    (or None), ``get_absolute_url()`` and words (``str``). The row lock keeps joins honest and two
    people from finishing one step.
    """

    lock_impl = RowLock()

    @classmethod
    def process_of(cls, subject) -> Process | None:
        """The newest process about ``subject``."""
        return cls.processes(subject).order_by("-pk").first()

    @classmethod
    def processes(cls, *subjects):
        """Processes about any of ``subjects`` (all of one model)."""
        if not subjects:
            return Process.objects.none()
        content_type = ContentType.objects.get_for_model(subjects[0])
        return Process.objects.filter(
            flow_class=cls,
            artifact_content_type=content_type,
            artifact_object_id__in=[s.pk for s in subjects],
        )

    @classmethod
    def steps(cls) -> list:
        """The nodes that the story bar tells, in the order in which the class declares them."""
        return [node for node in vars(cls).values() if isinstance(node, (Start, Step, Wait))]

    @classmethod
    @cache
    def ahead_of(cls, name: str) -> frozenset[str]:
        """Names of the nodes that come after ``name`` without going back in the story."""
        order = {node.name: n for n, node in enumerate(_declared(cls))}
        found, queue = set(), [cls._nodes_by_name[name]] if name in order else []
        while queue:
            node = queue.pop()
            for edge in node._outgoing():
                forward = order[edge.dst.name] > order[node.name]
                if forward and edge.dst.name not in found:
                    found.add(edge.dst.name)
                    queue.append(edge.dst)
        return frozenset(found)

    def has_view_permission(self, user, obj=None) -> bool:
        """viewflow's own pages are not mounted; were they, this would be their door."""
        if obj is None:
            return reach(user).holds(Role.ADMINISTRATOR)
        return Duty.objects.visible_to(user).filter(process_id=obj.pk).exists()

    def has_manage_permission(self, user, obj=None) -> bool:
        return reach(user).holds(Role.ADMINISTRATOR)


# viewflow takes a title from the docstring unless there is one: each flow has its own, not this one's.
Flow.process_title = Flow.process_description = ""


def _declared(flow_class) -> list:
    """All nodes in the order of the class body."""
    return [node for node in vars(flow_class).values() if isinstance(node, Node)]
