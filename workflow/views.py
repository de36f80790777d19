"""One page for every step, and what may be done with an open duty: transfer, urge, look at the process."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from viewflow.workflow.models import Process

from registry.enums import Role, Scope
from registry.models import User
from workflow import diagram
from workflow.actions import AlreadyDone, carry_out, transfer, urge
from workflow.forms import TransferForm
from workflow.models import Duty
from workflow.story import story_of

MOST_NEXT = 3
"""So many next steps are named after one is done; a project may have opened seventy schools."""


def duty_or_404(user, pk: int) -> Duty:
    """The door to a duty: only who sees its dossier, school or supplier gets through."""
    duties = Duty.objects.visible_to(user).select_related(
        "dossier__county", "school", "supplier", "assignee", "done_by", "task", "process"
    )
    return get_object_or_404(duties, pk=pk)


@require_http_methods(["GET", "POST"])
def task(request, pk: int):
    """A step's page; POST does the step (or keeps part of it with ``save_only``)."""
    duty = duty_or_404(request.user, pk)
    if request.method == "POST":
        return _do(request, duty)
    node = duty.task.flow_task
    if not duty.is_open:
        messages.info(request, f"“{duty.title}”已经办结。")
        return redirect(duty.subject_url)
    if not node.may_be_done_by(request.user, duty):
        messages.info(request, _waiting_for(node, request.user, duty))
        return redirect(duty.subject_url)
    form = node.form_class(None, subject=duty.process.artifact, user=request.user, duty=duty)
    return _page(request, duty, form)


def _do(request, duty: Duty):
    finish = "save_only" not in request.POST
    try:
        form = carry_out(
            duty=duty,
            user=request.user,
            data=request.POST,
            files=request.FILES,
            address=request.META.get("REMOTE_ADDR"),
            finish=finish,
        )
    except AlreadyDone as done:
        messages.warning(request, str(done))
        return redirect(duty.subject_url)
    if form.errors:
        return _page(request, duty, form)
    if not form.finish:
        messages.success(request, form.kept)
        return redirect(duty)
    messages.success(request, f"“{duty.title}”已办结。{_what_next(request.user, duty)}")
    return redirect(duty.subject_url)


def _page(request, duty: Duty, form):
    subject = duty.process.artifact
    context = {
        "duty": duty,
        "form": form,
        "subject": subject,
        "story": story_of(duty.process),
        **form.context(),
    }
    return render(request, form.template, context)


def _waiting_for(node, user, duty: Duty) -> str:
    if duty.may_be_done_by(user):
        return f"“{duty.title}”须由没有办理前一环节的人办理（不相容岗位分离）。"
    return f"“{duty.title}”等待{duty.who}办理。"


def _what_next(user, duty: Duty) -> str:
    """Who is waited for now: in this process, or in the one that followed it at the same place."""
    live = Duty.objects.open().select_related("school", "supplier", "assignee", "dossier")
    following = list(live.filter(process=duty.process_id).exclude(pk=duty.pk))
    if not following:
        later = live.filter(dossier=duty.dossier_id, pk__gt=duty.pk).visible_to(user)
        following = list(later.filter(school=duty.school_id)[:MOST_NEXT] or later[:MOST_NEXT])
    if not following:
        return ""
    return (
        "下一步："
        + "、".join(f"{d.title}（{'您' if d.may_be_done_by(user) else d.who}）" for d in following)
        + "。"
    )


@require_http_methods(["GET", "POST"])
def task_transfer(request, pk: int):
    """转办."""
    duty = duty_or_404(request.user, pk)
    if not duty.is_open or not duty.may_be_done_by(request.user):
        raise Http404
    form = TransferForm(request.POST or None, colleagues=_colleagues(request.user, duty))
    if request.method == "POST" and form.is_valid():
        try:
            transfer(
                duty=duty,
                user=request.user,
                to=form.cleaned_data["to"],
                reason=form.cleaned_data["reason"],
            )
        except AlreadyDone as done:
            messages.info(request, str(done))
            return redirect(duty.subject_url)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"已转给{form.cleaned_data['to'].name}办理，应办日期不变。")
            return redirect("inbox")
    return render(request, "workflow/transfer.html", {"duty": duty, "form": form})


def _colleagues(user, duty: Duty):
    """People who hold the duty's role at its place today."""
    scope = Role(duty.role).scope
    place = {
        Scope.SCHOOL: {"posts__school": duty.school},
        Scope.SUPPLIER: {"posts__supplier": duty.supplier},
    }.get(scope, {"posts__county": duty.dossier.county})
    return (
        User.objects.filter(posts__role=duty.role, is_active=True, **place)
        .exclude(pk=user.pk)
        .distinct()
    )


@require_POST
def task_urge(request, pk: int):
    """催办, for whoever is above: people of the county, not the school or supplier waited for."""
    duty = duty_or_404(request.user, pk)
    try:
        urge(duty=duty, user=request.user)
    except AlreadyDone as done:
        messages.info(request, str(done))
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    else:
        messages.success(request, f"已催办：{duty.who}，{duty.title}。")
    return redirect(duty.subject_url)


def process_or_404(user, pk: int) -> Process:
    """The door to a process is the door to its subject."""
    process = get_object_or_404(Process, pk=pk)
    subject = process.artifact
    if subject is None or not type(subject).objects.visible_to(user).filter(pk=subject.pk).exists():
        raise Http404
    return process


@require_GET
def process(request, pk: int):
    """The live diagram and every step that was taken."""
    row = process_or_404(request.user, pk)
    duties = (
        Duty.objects.visible_to(request.user)
        .filter(process=row)
        .select_related("done_by", "assignee", "school", "supplier")
        .order_by("pk")
    )
    context = {
        "process": row,
        "flow": row.flow_class,
        "subject": row.artifact,
        "svg": diagram.svg(row.flow_class, row),
        "duties": duties,
        "story": story_of(row),
    }
    return render(request, "workflow/process.html", context)


@require_GET
def process_bpmn(request, pk: int):
    """BPMN 2.0 of the process's flow, for any modelling tool."""
    row = process_or_404(request.user, pk)
    response = HttpResponse(
        diagram.bpmn(row.flow_class), content_type="application/xml; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{row.flow_class.__name__}.bpmn"'
    return response
