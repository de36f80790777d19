"""The base of every flow in the house."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from viewflow.workflow import flow, lock
from viewflow.workflow.models import Process

from workflow.nodes import Start, Step, Wait


class Flow(flow.Flow):
    """A story with its own clock and its own people.

    The subject (``process.artifact``) must offer ``dossier``, ``school`` (or None), ``supplier``
    (or None), ``get_absolute_url()`` and words (``str``). The row lock keeps joins honest and two
    people from finishing one step.
    """

    # nowait=False: a double click waits for the first and then finds the step done.
    lock_impl = lock.SelectForUpdateLock(nowait=False)

    @classmethod
    def process_of(cls, subject) -> Process | None:
        """The newest process about ``subject``."""
        return cls.processes(subject).order_by("-pk").first()

    @classmethod
    def processes(cls, *subjects):
        """Processes about any of ``subjects`` (all of one model)."""
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
