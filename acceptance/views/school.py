"""One school in one project: where it stands, what is asked now, its rooms, rounds, defects, papers."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from acceptance.enums import RoomState, Verdict
from acceptance.flows import SchoolFlow
from acceptance.models import Defect, Inspection, InstalledItem, PartResult
from acceptance.resources import XLSX, template
from acceptance.rooms import room_states, tally
from documents.actions import attach
from documents.models import Attachment, Paper, TrailEvent
from documents.trail import thread_of
from procurement.models import PlanLine, ProjectSchool
from registry.access import reach
from registry.enums import Role
from workflow.models import Duty
from workflow.story import story_of

PHOTOGRAPHERS = (
    Role.TECHNICIAN,
    Role.HEAD,
    Role.SUPPLIER,
    Role.INSPECTOR,
    Role.STATION,
)


def school_or_404(user, pk: int) -> ProjectSchool:
    """The door to a project school."""
    rows = ProjectSchool.objects.visible_to(user).select_related(
        "school__township", "project__dossier__county", "site_check", "handover"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def school(request, pk: int):
    """The school's page."""
    row = school_or_404(request.user, pk)
    process = SchoolFlow.process_of(row)
    story = story_of(process)
    things = [row, *row.lines.select_related("classroom")]
    context = {
        "school": row,
        "contract": row.project.current_contract(),
        "process": process,
        "story": story,
        "state": _state(row, story),
        "asks": _asks(process, request.user),
        "tally": tally(row),
        "rooms": _rooms(row),
        "inspections": _inspections(row),
        "defects": _defects(row),
        "trainings": row.trainings.all(),
        "reviews": row.reviews.select_related("reviewed_by"),
        "papers": _papers(row, request.user),
        "files": _files([*things, *_defects(row)], request.user),
        "events": _events(row, request.user),
        "photographs": reach(request.user).holds(*PHOTOGRAPHERS),
    }
    return render(request, "acceptance/school.html", context)


def _state(row: ProjectSchool, story: list) -> str:
    handover = getattr(row, "handover", None)
    if handover and handover.completed_on:
        return f"已于 {handover.completed_on} 移交"
    now = "、".join(step.title for step in story if step.state == "now")
    return f"等待{now}" if now else "未开工"


def _asks(process, user) -> list[dict]:
    """One card per open duty: with a button for who may do it, else who is waited for."""
    if process is None:
        return []
    duties = (
        Duty.objects.open()
        .filter(process=process)
        .select_related("task", "dossier__county", "school", "supplier", "assignee")
        .order_by("pk")
    )
    asks = []
    for duty in duties:
        mine = duty.task.flow_task.may_be_done_by(user, duty)
        text = f"退回原因：{duty.reason}" if duty.reason else ""
        asks.append(
            {
                "title": duty.title if mine else f"等待{duty.who}办理：{duty.title}",
                "text": text,
                "due_on": duty.due_on,
                "url": duty.get_absolute_url(),
                "button": "去办理",
                "waiting": not mine,
                "overdue": duty.overdue,
            }
        )
    return asks


def _rooms(row: ProjectSchool):
    pieces = InstalledItem.objects.present().select_related("item").order_by("item", "position")
    rooms = (
        room_states(PlanLine.objects.filter(project_school=row))
        .select_related("classroom", "project_school__school", "project_school__project")
        .prefetch_related(Prefetch("installed", queryset=pieces, to_attr="pieces"))
    )
    for room in rooms:
        room.words = RoomState(room.room_state).label
    return rooms


def _inspections(row: ProjectSchool):
    results = PartResult.objects.select_related("plan_line__classroom", "decided_by")
    failed = Count("results", filter=Q(results__verdict=Verdict.FAIL), distinct=True)
    return (
        Inspection.objects.filter(project_school=row)
        .select_related("finished_by")
        .prefetch_related(Prefetch("results", queryset=results))
        .annotate(judged=Count("results__plan_line", distinct=True), failed=failed)
        .order_by("opened_at", "pk")
    )


def _defects(row: ProjectSchool):
    return Defect.objects.filter(found__inspection__project_school=row).select_related(
        "found__plan_line__classroom", "found__inspection", "rectified_by", "closed_by"
    )


def _papers(row: ProjectSchool, user) -> list[dict]:
    papers = Paper.objects.visible_to(user).filter(thread=thread_of(row)).defer("data")
    return [
        {
            "title": paper.title + (f"（第{paper.version}版）" if paper.version > 1 else ""),
            "number": paper.number,
            "signed_by": "、".join(f"{one.role}{one.name}" for one in paper.signatures.all()),
            "at": paper.created_at,
            "url": reverse("documents:paper", args=[paper.pk]),
        }
        for paper in papers.prefetch_related("signatures")
    ]


def _files(things: list, user) -> list[dict]:
    """Attached files, each with the classroom it belongs to before its name."""
    files = Attachment.objects.visible_to(user).select_related("uploaded_by")
    rooms = {thread_of(thing): _room_of(thing) for thing in things}
    return [
        {
            "name": f"{rooms[one.thread]} {one.name}".strip(),
            "size": one.size,
            "url": reverse("documents:attachment", args=[one.pk]),
            "by": one.uploaded_by.name,
            "at": one.uploaded_at,
        }
        for one in files.filter(thread__in=rooms)
    ]


def _room_of(thing) -> str:
    if isinstance(thing, Defect):
        return f"{thing.found.plan_line.classroom}整改"
    return str(thing.classroom) if isinstance(thing, PlanLine) else ""


def _events(row: ProjectSchool, user):
    events = TrailEvent.objects.visible_to(user).filter(
        thread=thread_of(row), dossier=row.project.dossier_id
    )
    return [
        {"at": event.at, "actor": event.actor_label, "sentence": event.sentence}
        for event in events.order_by("-number")[:100]
    ]


@require_GET
def serials(request, pk: int):
    """The Excel template for serial numbers, prefilled with every room and piece."""
    row = school_or_404(request.user, pk)
    contract = row.project.current_contract()
    if contract is None or not reach(request.user).holds_at(
        Role.SUPPLIER, supplier=contract.supplier_id
    ):
        raise Http404
    response = HttpResponse(template(row), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(
        True, f"{row.school.name}序列号登记表.xlsx"
    )
    return response


@require_POST
def photo(request, pk: int):
    """Attach a photo or a file to the school, or to one of its rooms (``line``)."""
    row = school_or_404(request.user, pk)
    if not reach(request.user).holds(*PHOTOGRAPHERS):
        raise Http404
    thing = (
        get_object_or_404(row.lines, pk=request.POST["line"]) if request.POST.get("line") else row
    )
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise ValidationError("请先选择照片或文件。")
        attach(
            upload=upload,
            thing=thing,
            dossier=row.dossier,
            actor=request.user,
            school=row.school,
            supplier=row.supplier,
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"“{upload.name}”已保存到{thing}。")
    return redirect(row)
