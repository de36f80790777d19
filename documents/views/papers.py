"""Papers: the list, one paper with its signatures and versions, and its PDF."""

from __future__ import annotations

import hashlib

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from documents.enums import PaperKind
from documents.models import Dossier, Paper, TrailEvent
from documents.pdf import NoGlyph, WrongSignature, render_paper
from documents.trail import thing_of, thread_of
from registry.columns import Code, Day, State
from registry.pages import ListPage
from registry.widgets import SearchSelect


class PaperTable(tables.Table):
    title = tables.Column("文书", linkify=True)
    number = Code(verbose_name="编号")
    version = tables.Column("版次")
    dossier = tables.Column("卷宗", order_by="dossier__title")
    school = tables.Column("学校", order_by="school__code")
    signers = tables.Column("签署", orderable=False)
    state = State(verbose_name="状态", orderable=False)
    created_at = Day(verbose_name="形成日期")

    class Meta:
        model = Paper
        fields = (
            "title",
            "number",
            "version",
            "dossier",
            "school",
            "signers",
            "state",
            "created_at",
        )


class PaperFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="编号或标题", method="by_words")
    kind = django_filters.ChoiceFilter(label="种类", choices=PaperKind)
    dossier = django_filters.ModelChoiceFilter(
        label="项目",
        queryset=lambda request: Dossier.objects.visible_to(request.user),
        widget=SearchSelect,
    )
    school = django_filters.CharFilter(
        label="学校", field_name="school__name", lookup_expr="icontains"
    )
    state = django_filters.ChoiceFilter(
        label="状态", choices=[("current", "现行"), ("replaced", "已被替代")], method="by_state"
    )

    class Meta:
        model = Paper
        fields = ["q", "kind", "dossier", "school", "state"]

    def by_words(self, rows, name, value):
        return rows.filter(number__icontains=value) | rows.filter(title__icontains=value)

    def by_state(self, rows, name, value):
        return rows.filter(replaced_by__isnull=value == "current")


class Papers(ListPage):
    """文书."""

    title = "文书"
    subheading = "办理过程中形成的方案、合同、验收表、移交单和回购计划表。"
    empty = "还没有文书。方案提交、验收、移交时形成的文书会列在这里。"
    unit = "份"
    export_name = "文书目录"
    table_class = PaperTable
    filterset_class = PaperFilter

    def get_queryset(self):
        return (
            Paper.objects.visible_to(self.request.user)
            .select_related("dossier", "school", "replaced_by")
            .prefetch_related("signatures")
            .defer("data", "replaced_by__data")
            .order_by("-created_at")
        )


def paper_or_404(user, pk: int) -> Paper:
    """The door to a paper: only whom it was filed for, and the county."""
    rows = Paper.objects.visible_to(user).select_related(
        "dossier", "school", "supplier", "created_by", "replaced_by"
    )
    return get_object_or_404(rows.prefetch_related("signatures__seal"), pk=pk)


def verify_url(request, row: Paper) -> str:
    """The absolute address that the QR code of ``row`` opens."""
    return request.build_absolute_uri(reverse("verify", args=[row.token]))


@require_GET
def paper(request, pk: int):
    """What the paper is, who signed it, which version is in force, whether it is whole."""
    row = paper_or_404(request.user, pk)
    same = Paper.objects.visible_to(request.user).filter(kind=row.kind, number=row.number)
    events = TrailEvent.objects.visible_to(request.user).filter(thread=thread_of(row))
    context = {
        "paper": row,
        "thing": thing_of(row.thread),
        "verify_url": verify_url(request, row),
        "versions": same.defer("data").order_by("-version"),
        "events": [
            {"at": e.at, "actor": e.actor_label, "sentence": e.sentence} for e in reversed(events)
        ],
    }
    return render(request, "documents/paper.html", context)


@require_GET
def paper_pdf(request, pk: int):
    """The paper as PDF, set from its frozen data; made once and kept on disk under its hash."""
    row = paper_or_404(request.user, pk)
    try:
        content = pdf_of(row, verify_url(request, row))
    except (NoGlyph, WrongSignature) as error:
        messages.error(request, str(error))
        return redirect("documents:paper", row.pk)
    answer = HttpResponse(content, content_type="application/pdf")
    name = f"{row.title} {row.number} 第{row.version}版.pdf"
    answer["Content-Disposition"] = content_disposition_header("save" in request.GET, name)
    answer["Cache-Control"] = "private, max-age=0"
    return answer


def pdf_of(row: Paper, address: str) -> bytes:
    """The PDF bytes of ``row``, from the folder of finished papers if they lie there.

    The name covers all that is printed: the data, every signature, the address in the QR code. The
    folder may be emptied at any time.
    """
    signatures = list(row.signatures.all())
    parts = [row.data_hash, row.token, address, *(str(one.pk) for one in signatures)]
    name = f"papers/{hashlib.sha256(' '.join(parts).encode()).hexdigest()}.pdf"
    if default_storage.exists(name):
        with default_storage.open(name) as file:
            return file.read()
    content = render_paper(row, signatures=signatures, verify_url=address)
    default_storage.save(name, ContentFile(content))
    return content
