"""How this floor writes to the trail: for whom a row about an agreement is kept."""

from __future__ import annotations

from documents.trail import record
from financing.models import Agreement
from workflow.models import Duty


def note(
    agreement: Agreement, user, verb: str, sentence: str, *, supplier: bool = False, **data
) -> None:
    """Append to the agreement's trail: the school reads it, the supplier only with ``supplier``."""
    record(
        thing=agreement,
        dossier=agreement.dossier,
        school=agreement.school,
        supplier=agreement.supplier if supplier else None,
        actor=user,
        verb=verb,
        sentence=sentence,
        data=data,
    )


def locked(agreement: Agreement) -> Agreement:
    """The agreement under a row lock, with what the verbs need: one money act at a time."""
    return (
        Agreement.objects.select_for_update(of=("self",))
        .select_related(
            "project_school__project__dossier__county",
            "project_school__school__township",
            "contract__supplier",
        )
        .get(pk=agreement.pk)
    )


def move_deadline(agreement: Agreement) -> None:
    """An open 申请付款 waits for the oldest unpaid instalment as it now is: its day is that one's."""
    Duty.objects.open().filter(
        step="apply", subject_url=agreement.get_absolute_url(), dossier=agreement.dossier
    ).update(due_on=agreement.next_due_day())
