"""Attached files, handed out through the same door as the row they belong to."""

from __future__ import annotations

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from documents.models import Attachment

SHOWN = {"image/jpeg", "application/pdf"}
"""What a browser may show in its own window; everything else is saved to disk."""


@require_GET
def attachment(request, pk: int):
    """The file under the name it came with; the type is the one found in its content."""
    row = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    try:
        content = row.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("附件不在存储中") from error
    answer = FileResponse(content, content_type=row.mime)
    answer["Content-Disposition"] = content_disposition_header(row.mime not in SHOWN, row.name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=0"
    return answer
