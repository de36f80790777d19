"""Pages of the change orders of a project: list, propose, decide."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from procurement.actions.change import approve_change, propose_change, refuse_change
from procurement.forms import ChangeDecisionForm, ChangeForm
from procurement.models import ChangeOrder, PlanLine
from procurement.views.plan import project_or_404
from registry.access import reach
from registry.enums import Role

MOST_FOUND = 30


@require_GET
def changes(request, pk: int):
    """变更单 of a project; the project office finds a room to propose one for."""
    project = project_or_404(request.user, pk)
    rows = (
        ChangeOrder.objects.visible_to(request.user)
        .filter(plan_line__project_school__project=project)
        .select_related(
            "plan_line__project_school__school",
            "plan_line__classroom",
            "proposed_by",
            "approved_by",
        )
        .order_by("-proposed_on", "-pk")
    )
    may_propose = _holds(request.user, Role.PROJECT_OFFICE, project) and project.approved
    words = request.GET.get("q", "").strip()
    found = _rooms(project, words) if may_propose and words else None
    context = {
        "project": project,
        "changes": rows,
        "may_propose": may_propose,
        "q": words,
        "found": found,
    }
    return render(request, "procurement/changes.html", context)


def _rooms(project, words: str):
    """Live rooms without a change order whose school's name or code holds ``words``."""
    rows = project.lines.filter(change_order=None)
    by_school = rows.filter(project_school__school__name__icontains=words)
    by_code = rows.filter(project_school__school__code__startswith=words)
    return (
        (by_school | by_code)
        .select_related("project_school__school", "classroom")
        .order_by("project_school__school__code", "pk")[:MOST_FOUND]
    )


@require_http_methods(["GET", "POST"])
def propose(request, pk: int):
    """提出变更 for one room."""
    lines = PlanLine.objects.visible_to(request.user).select_related(
        "project_school__school", "project_school__project__dossier__county", "classroom"
    )
    line = get_object_or_404(lines, pk=pk)
    project = line.project_school.project
    if not _holds(request.user, Role.PROJECT_OFFICE, project):
        raise PermissionDenied("变更由项目办提出。")
    form = ChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            propose_change(plan_line=line, user=request.user, **form.cleaned_data)
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(request, f"已提出将{line}移出计划，等待领导小组批准。")
            return redirect(project.changes_url)
    context = {"form": form, "line": line, "project": project}
    return render(request, "procurement/change_propose.html", context)


@require_http_methods(["GET", "POST"])
def change(request, pk: int, approve=approve_change):
    """One change order; the leading group decides on it here.

    ``approve``: the verb that approves; the roof gives one that also knows the floors above.
    """
    rows = ChangeOrder.objects.visible_to(request.user).select_related(
        "plan_line__project_school__school__township",
        "plan_line__project_school__project__dossier__county",
        "plan_line__classroom",
        "proposed_by",
        "approved_by",
    )
    row = get_object_or_404(rows, pk=pk)
    project = row.plan_line.project_school.project
    may_decide = (
        row.approved_on is None
        and row.proposed_by_id != request.user.pk
        and _holds(request.user, Role.LEADING_GROUP, project)
    )
    form = ChangeDecisionForm(request.POST or None) if may_decide else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied("变更由提出人以外的领导小组成员批准。")
        if form.is_valid() and (answer := _decided(request, row, form, approve)):
            messages.success(request, answer)
            return redirect(project.changes_url)
    context = {"change": row, "project": project, "form": form}
    return render(request, "procurement/change.html", context)


def _decided(request, row: ChangeOrder, form, approve) -> str:
    """Carry the decision out; what to tell, or "" with the error on the form."""
    room, data = str(row.plan_line), form.cleaned_data
    try:
        if data["decision"] == "approve":
            approve(change=row, user=request.user)
            return f"已批准，{room}移出计划和合同。"
        refuse_change(change=row, user=request.user, reason=data["opinion"])
        return f"已退回，{room}留在计划内。"
    except ValidationError as error:
        _show(form, error)
        return ""


def _show(form: forms.Form, error: ValidationError) -> None:
    """Errors of fields the form has not go to the form as a whole."""
    for sentence in error.messages:
        form.add_error(None, sentence)


def _holds(user, role: Role, project) -> bool:
    return reach(user).holds_at(role, county=project.dossier.county_id)
