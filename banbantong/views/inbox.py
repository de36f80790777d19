"""待办 / 已办 / 我发起 across all flows."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounting.reminders import reminders_of
from financing.claim_asks import claim_asks
from workflow.models import Duty

TABS = [("open", "待办"), ("done", "已办"), ("started", "我发起")]


@require_GET
def inbox(request):
    """Grouped by project, the most urgent first; 已办 and 我发起 the newest first."""
    tab = request.GET.get("tab", "open")
    duties = Duty.objects.select_related("dossier", "school", "supplier", "assignee", "process")
    chosen = {"done": duties.finished_by, "started": duties.started_by}.get(tab, duties.inbox)(
        request.user
    )
    page = Paginator(chosen, 50).get_page(request.GET.get("page"))
    context = {
        "tab": tab,
        "tabs": TABS,
        "asks": claim_asks(request.user) if tab == "open" else [],
        "page": page,
        "count": page.paginator.count,
        "rows": inbox_rows(
            page, by_dossier=tab == "open", standing=_standing(page) if tab == "started" else {}
        ),
        "reminders": reminders_of(request.user) if tab == "open" else [],
        "late": sum(duty.overdue for duty in page) if tab == "open" else 0,
    }
    return render(request, "banbantong/inbox.html", context)


def inbox_rows(page, *, by_dossier: bool, standing: dict) -> list[dict]:
    """Rows for ``inbox_rows.html``; a dossier stands where its most urgent duty puts it."""
    rows = [
        {
            "url": duty.get_absolute_url() if duty.is_open else duty.subject_url,
            "title": duty.title,
            "place": _place(duty),
            "subject_title": duty.subject_title,
            "dossier_title": duty.dossier.title,
            "due_on": duty.due_on if duty.is_open else None,
            "overdue": duty.overdue,
            "days_left": duty.days_left,
            "opened_at": duty.opened_at,
            "done_at": duty.done_at,
            "standing": standing.get(duty.process_id, ""),
            "reason": ("催办 " if duty.urged_at and duty.is_open else "")
            + (f"退回：{duty.reason}" if duty.reason else ""),
        }
        for duty in page
    ]
    if by_dossier:
        first = {}
        for at, row in enumerate(rows):
            first.setdefault(row["dossier_title"], at)
        rows.sort(key=lambda row: first[row["dossier_title"]])
    return rows


def _place(duty: Duty) -> str:
    """Where the step stands in its story, ``6/12``; a detour has no number."""
    names = [
        node.name for node in duty.process.flow_class.steps() if not getattr(node, "detour", False)
    ]
    return f"{names.index(duty.step) + 1}/{len(names)}" if duty.step in names else ""


def _standing(page) -> dict[int, str]:
    """Where each started process stands now, in words."""
    standing: dict[int, list[str]] = {}
    live = Duty.objects.open().filter(process__in=[duty.process_id for duty in page])
    for duty in live.select_related("school", "supplier", "assignee"):
        standing.setdefault(duty.process_id, []).append(f"等待{duty.who}：{duty.title}")
    return {pk: "、".join(words) for pk, words in standing.items()}
