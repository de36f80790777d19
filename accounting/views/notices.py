"""付款通知书 of one month: who has it, who not; send all of them, print them in one file."""

from __future__ import annotations

import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from accounting.actions.notices import send_all
from accounting.forms.reports import NoticeFilter
from accounting.models import DueNotice
from accounting.reports.plan import COUNTY, SCHOOL
from accounting.reports.workdays import Calendars
from accounting.views.reports import pdf_file
from documents.pdf import render_papers
from financing.models import Instalment
from registry import clock
from registry.access import reach
from registry.columns import Count, Day, Money
from registry.enums import Role
from registry.pages import ListPage
from registry.templatetags.pages import day

AT_ONCE = 200
"""Notices of one press of the button, and of one file: what fits into a minute."""


class NoticeTable(tables.Table):
    school = tables.Column(
        "学校",
        accessor=f"{SCHOOL}__name",
        order_by=f"{SCHOOL}__code",
        linkify=lambda record: record.agreement.get_absolute_url(),
    )
    supplier = tables.Column("供应商", accessor="agreement__contract__supplier__name")
    number = Count(verbose_name="期次")
    due_on = Day(verbose_name="应付日")
    left = tables.Column("距到期", empty_values=(), orderable=False)
    payment = Money(verbose_name="应付（元）")
    remaining = Money(verbose_name="尚欠（元）")
    notice = tables.Column("付款通知书", accessor="due_notice", orderable=False, empty_values=())

    class Meta:
        model = Instalment
        fields = (
            "school",
            "supplier",
            "number",
            "due_on",
            "left",
            "payment",
            "remaining",
            "notice",
        )

    def value_left(self, record) -> str:
        return workdays_left(self.calendars, record.due_on, record.county)

    render_left = value_left

    def value_notice(self, record) -> str:
        notice = getattr(record, "due_notice", None)
        return f"{day(notice.issued_at)} 发出" if notice else "未发出"

    def render_notice(self, record) -> str:
        notice = getattr(record, "due_notice", None)
        if notice is None:
            return format_html('<span class="state state-quiet">{}</span>', "未发出")
        url = reverse("documents:paper", args=[notice.paper_id])
        return format_html('<a href="{}">{} 发出</a>', url, day(notice.issued_at))


def workdays_left(calendars: Calendars, due_on, county: int | None) -> str:
    """10月31日到期，还有 8 个工作日: the second half."""
    moved = calendars.moved(due_on, county)
    late = (clock.today() - moved).days
    if late > 0:
        return f"逾期 {late} 天"
    left = calendars.days_left(clock.today(), due_on, county)
    return f"还有 {left} 个工作日" if left else "今日到期"


class Notices(ListPage):
    """付款通知书 by month."""

    title = "到期付款通知"
    subheading = "选定月份，未付清的各期都在这里；系统到期前自动发出，也可以一次全部发出。"
    unit = "期"
    empty = "这个月没有要付的回购款。"
    export_name = "付款通知清单"
    table_class = NoticeTable
    filterset_class = NoticeFilter
    totals = ("payment", "remaining")
    template_name = "accounting/notices.html"

    def get_queryset(self):
        return due_rows(self.request.user)

    def _filters(self):
        return filters_of(self.request)

    def _table(self, rows):
        table = super()._table(rows)
        table.calendars = Calendars()
        return table

    def get_context(self):
        rows = self._filtered(filters_of(self.request)).order_by()
        sent = rows.filter(due_notice__isnull=False).count()
        return {
            "may_send": bool(counties_of(self.request.user)),
            "sent": sent,
            "at_once": AT_ONCE,
            "unsent": rows.filter(due_notice=None).count(),
            "query": asked_of(self.request),
        }


def due_rows(user):
    return (
        Instalment.objects.visible_to(user)
        .unpaid()
        .annotate(county=F(COUNTY))
        .select_related(f"{SCHOOL}__township", "agreement__contract__supplier", "due_notice")
        .order_by("due_on", f"{SCHOOL}__code", "number")
    )


def filters_of(request: HttpRequest) -> NoticeFilter:
    rows = due_rows(request.user)
    return NoticeFilter(asked_for(request), queryset=rows, request=request)


def asked_for(request: HttpRequest) -> QueryDict:
    """The address's filters; without a month this one, unless all that wait are asked for."""
    asked = request.GET.copy()
    if asked.get("sent") != "waiting":
        asked.setdefault("month", f"{clock.today():%Y-%m}")
    return asked


def asked_of(request: HttpRequest) -> str:
    """The address's own filters, for the form and the file beside the list."""
    asked = asked_for(request)
    for name in ("page", "export", "sort"):
        asked.pop(name, None)
    return asked.urlencode()


def counties_of(user) -> set[int]:
    return {post.county_id for post in reach(user).posts if post.role == Role.COUNTY_FINANCE}


@require_POST
def send(request):
    """Send the notices of the filtered month, ``AT_ONCE`` at a time, each in its own transaction."""
    counties = counties_of(request.user)
    if not counties:
        raise PermissionDenied("付款通知由县财务审核岗发出。")
    back = f"{reverse('accounting:notices')}?{asked_of(request)}"
    filters = filters_of(request)
    if not filters.is_valid():
        messages.warning(request, "筛选条件不对，没有发出任何通知。")
        return redirect(back)
    waiting = filters.qs.filter(due_notice=None, county__in=counties)
    total = waiting.count()
    sent, known, failed = send_all(list(waiting[:AT_ONCE]), request.user)
    if sent or known:
        told = f"已发出 {sent} 份付款通知书，学校和供应商可以查看、打印。"
        messages.success(request, told + (f"另有 {known} 份刚由别人发出。" if known else ""))
    if total > AT_ONCE:
        messages.warning(request, f"还有 {total - AT_ONCE} 份，请再按一次“全部发出”。")
    for sentence in failed:
        messages.warning(request, sentence)
    if not total:
        messages.warning(request, "这些期次的通知书都已发出。")
    return redirect(back)


@require_GET
def papers(request) -> HttpResponse:
    """The notices of the filtered month that went out, in one PDF to print."""
    filters = filters_of(request)
    if not filters.is_valid():
        raise Http404
    notices = (
        DueNotice.objects.visible_to(request.user)
        .filter(instalment__in=filters.qs.order_by().values("pk"))
        .select_related("paper")
        .prefetch_related("paper__signatures__seal")
        .order_by("instalment__due_on", f"instalment__{SCHOOL}__code")[:AT_ONCE]
    )
    found = [
        (
            notice.paper,
            notice.paper.signatures.all(),
            request.build_absolute_uri(reverse("verify", args=[notice.paper.token])),
        )
        for notice in notices
    ]
    if not found:
        raise Http404
    return pdf_file(render_papers(found), f"付款通知书 {filters.data.get('month', '')}.pdf")
