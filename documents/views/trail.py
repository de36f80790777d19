"""The trail (办理痕迹): who did what, when; and whether its chains are whole."""

from __future__ import annotations

from dataclasses import dataclass

import django_filters
import django_tables2 as tables
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from documents.models import Dossier, Paper, TrailEvent
from documents.trail import check
from registry.access import reach
from registry.columns import Code, Moment
from registry.enums import Role
from registry.pages import ListPage
from registry.widgets import Day, SearchSelect

READERS = (Role.AUDITOR, Role.PROJECT_OFFICE, Role.LEADING_GROUP)


def admit_reader(user) -> None:
    if not reach(user).holds(*READERS):
        raise PermissionDenied("办理痕迹由审计、项目办和领导小组查看。")


class TrailTable(tables.Table):
    at = Moment(verbose_name="时间")
    sentence = tables.Column("内容")
    verb = tables.Column("动作")
    actor_label = tables.Column("办理人及岗位")
    dossier = tables.Column("项目", order_by="dossier__title")
    school = tables.Column("学校", order_by="school__code")
    thread = Code(verbose_name="对象", visible=False)
    number = tables.Column("序号", visible=False)
    digest = Code(verbose_name="校验值", visible=False)

    class Meta:
        model = TrailEvent
        fields = (
            "at",
            "sentence",
            "verb",
            "actor_label",
            "dossier",
            "school",
            "thread",
            "number",
            "digest",
        )


class TrailFilter(django_filters.FilterSet):
    dossier = django_filters.ModelChoiceFilter(
        label="项目",
        queryset=lambda request: Dossier.objects.visible_to(request.user),
        widget=SearchSelect,
    )
    school = django_filters.CharFilter(
        label="学校", field_name="school__name", lookup_expr="icontains"
    )
    actor = django_filters.CharFilter(
        label="办理人或岗位", field_name="actor_label", lookup_expr="icontains"
    )
    q = django_filters.CharFilter(label="内容", field_name="sentence", lookup_expr="icontains")
    since = django_filters.DateFilter(
        label="起", field_name="at", lookup_expr="date__gte", widget=Day
    )
    until = django_filters.DateFilter(
        label="止", field_name="at", lookup_expr="date__lte", widget=Day
    )

    class Meta:
        model = TrailEvent
        fields = ["dossier", "school", "actor", "q", "since", "until"]


class Trail(ListPage):
    """办理痕迹."""

    title = "办理痕迹"
    subheading = "每一次办理都记一条，只增不改；每条都用校验值锁住前一条。"
    empty = "还没有办理痕迹。立项后的每一步办理都会记在这里。"
    unit = "条"
    export_name = "办理痕迹"
    table_class = TrailTable
    filterset_class = TrailFilter

    def get_queryset(self) -> QuerySet:
        admit_reader(self.request.user)
        return (
            TrailEvent.objects.visible_to(self.request.user)
            .select_related("dossier", "school")
            .defer("data")
            .order_by("-at")
        )

    def _table(self, rows):
        table = super()._table(rows)
        if "export" in self.request.GET:
            # Whoever checks the sheet elsewhere needs the chain; on the page it would only be noise.
            for name in ("thread", "number", "digest"):
                table.columns.show(name)
        return table

    def get_actions(self):
        chosen = self.request.GET.get("dossier", "")
        query = f"?dossier={chosen}" if chosen.isdigit() else ""
        return [{"label": "校验痕迹链", "url": reverse("documents:trail_check") + query}]


@dataclass
class PaperCheck:
    """How many papers were looked at, and those that are not whole."""

    count: int
    broken: list[Paper]


def check_papers(rows: QuerySet) -> PaperCheck:
    """Compute every paper's hash again; rows and their signatures are streamed."""
    found = PaperCheck(0, [])
    for paper in rows.prefetch_related("signatures").iterator(chunk_size=500):
        found.count += 1
        if not paper.intact:
            found.broken.append(paper)
    return found


@require_GET
def trail_check(request):
    """Check all chains and papers that the person may see, or those of one dossier."""
    admit_reader(request.user)
    user, dossier = request.user, None
    events, papers = TrailEvent.objects.visible_to(user), Paper.objects.visible_to(user)
    chosen = request.GET.get("dossier", "")
    if chosen:
        if not chosen.isdigit():
            chosen = 0
        dossier = get_object_or_404(Dossier.objects.visible_to(user), pk=chosen)
        events, papers = events.filter(dossier=dossier), papers.filter(dossier=dossier)
    context = {"dossier": dossier, "chains": check(events), "papers": check_papers(papers)}
    return render(request, "documents/trail_check.html", context)
