"""Import of the county's list of schools: template, upload, the marked workbook."""

from __future__ import annotations

import hashlib

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from registry.forms import SchoolSheetForm
from registry.keepers import kept_counties
from registry.models import County
from registry.school_sheet import Outcome, import_schools, school_template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT = "school_import"
"""Where the session remembers the marked workbook of the last refused list."""
SHOWN = 20


def county_of(request) -> County:
    """The county whose list it is: the one asked for, else the first that the person keeps."""
    rows = kept_counties(request.user)
    if not rows.exists():
        raise PermissionDenied("学校名录由项目办和系统管理员导入。")
    chosen = request.GET.get("county", "")
    return get_object_or_404(rows, pk=chosen) if chosen.isdigit() else rows.order_by("code").first()


@require_GET
def template(request):
    """The empty list."""
    county = county_of(request)
    answer = HttpResponse(school_template(county), content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, f"{county}学校名录.xlsx")
    return answer


@require_http_methods(["GET", "POST"])
def school_import(request):
    """Upload; a list with a bad row changes nothing and comes back with its reasons."""
    county = county_of(request)
    form, outcome = SchoolSheetForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            outcome = import_schools(county=county, name=upload.name, content=upload.read())
        except ValidationError as error:
            form.add_error("file", error)
        else:
            if not outcome.problems:
                messages.success(
                    request,
                    f"已读 {outcome.rows} 行：新增 {outcome.added} 所，更新 {outcome.changed} 所。",
                )
                return redirect("registry:schools")
            keep(request, outcome)
    counties = kept_counties(request.user)
    context = {"county": county, "counties": counties, "form": form, "outcome": outcome}
    if outcome:
        context["first"] = [
            {"row": number, "text": text}
            for number, found in sorted(outcome.problems.items())[:SHOWN]
            for texts in found.values()
            for text in texts
        ]
    return render(request, "registry/school_import.html", context)


def keep(request, outcome: Outcome) -> None:
    """Lay the marked workbook aside for the person who sent it."""
    name = f"imports/{hashlib.sha256(outcome.workbook).hexdigest()}.xlsx"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(outcome.workbook))
    request.session[KEPT] = name


@require_GET
def marked_workbook(request):
    """The refused list with its reasons, for the session that sent it."""
    name = request.session.get(KEPT, "")
    if not name or not default_storage.exists(name):
        raise Http404
    return FileResponse(
        default_storage.open(name),
        as_attachment=True,
        filename="学校名录 问题标注.xlsx",
        content_type=XLSX,
    )
