"""Reports as pages: filters in the address, every amount opening its rows, Excel and PDF."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views import View

from accounting.forms.reports import SHARED, AgeingFilter, LedgerFilter, reads_rebates
from accounting.reports import ageing, ledger
from accounting.reports.dimension import BY_SCHOOL, DIMENSIONS, Dimension
from accounting.reports.table import TEXT, Column, Report
from financing.models import Instalment, Rebate
from registry import clock
from registry.access import reach
from registry.models import County
from registry.templatetags.pages import day

MOST_ON_PAPER = 1000
"""Rows of one PDF: more take longer than a person waits."""


def issuer(user) -> str:
    """Whose report it is: the county's bureau for those who work in one county, else nobody's."""
    reached = reach(user)
    if len(reached.county_ids) != 1 or reached.regions or reached.everything:
        return ""
    return f"{County.objects.get(pk__in=reached.county_ids).name}教育局"


def export(report: Report, request: HttpRequest) -> HttpResponseBase | None:
    """The report as a file, when the address asks for one."""
    kind = request.GET.get("export")
    if kind == "pdf" and len(report.rows) > MOST_ON_PAPER:
        messages.warning(
            request,
            f"表有 {len(report.rows):,} 行，一次最多打印 {MOST_ON_PAPER:,} 行。"
            "请按乡镇、学校或期间筛选后再打印，或导出 Excel。",
        )
        asked = request.GET.copy()
        del asked["export"]
        return redirect(f"{request.path}?{asked.urlencode()}")
    name = f"{report.title} {clock.today().isoformat()}"
    if kind == "xlsx":
        return FileResponse(report.sheet(), as_attachment=True, filename=f"{name}.xlsx")
    if kind == "pdf":
        content = report.pdf(made_at=clock.now(), made_by=str(request.user))
        return pdf_file(content, f"{name}.pdf")
    return None


def pdf_file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(False, name)
    return answer


class ReportPage(View):
    """A report over the plan of instalments. Subclasses declare the attributes and ``build``."""

    title = ""
    subheading = ""
    empty = "学校签订回购协议后，这里会有数字。"
    filterset_class: type
    template_name = "accounting/report.html"
    paginate_by = 50

    def build(self, rows, asked: dict) -> Report:
        """The report over the filtered instalments ``rows``."""
        raise NotImplementedError

    def get(self, request, *args, **kwargs) -> HttpResponseBase:
        filters = self.filterset_class(
            request.GET, queryset=Instalment.objects.visible_to(request.user), request=request
        )
        sound = filters.is_valid()
        self.filters = filters
        rows = filters.qs if sound else filters.queryset.none()
        report = self.build(rows, filters.form.cleaned_data if sound else {})
        if file := export(report, request):
            return file
        return TemplateResponse(request, self.template_name, self.context(report))

    def context(self, report: Report) -> dict:
        pages = Paginator(report.rows, self.paginate_by)
        page = pages.get_page(self.request.GET.get("page"))
        used = len(self.filters.form.changed_data)
        return {
            "title": self.title,
            "subheading": self.subheading,
            "report": report,
            "lines": [(row, report.cells(row)) for row in page],
            "totals": report.total_cells() if report.has_totals else [],
            "page": page,
            "filters": self.filters,
            "filters_used": used,
            "empty": "没有符合筛选条件的内容，请放宽条件或清除筛选。" if used else self.empty,
        }

    def link(self, name: str, **asked) -> str:
        """A list with this report's own filters, narrowed by ``asked``."""
        shared = {key: value for key in SHARED if (value := self.request.GET.get(key))}
        return f"{reverse(name)}?{urlencode(shared | asked)}"

    def about(self) -> list[tuple[str, str]]:
        """The filters that are set, in words, and the day."""
        form = self.filters.form
        words = [("截至", day(clock.today()))]
        for name in SHARED if form.is_valid() else ():
            value = form.cleaned_data.get(name)
            if value not in (None, ""):
                words.append((str(form.fields[name].label), f"{value}"))
        return words


class Ledger(ReportPage):
    """回购台账 by school, supplier, year or level."""

    title = "回购台账"
    subheading = "现行计划的应付、已付和逾期；点一个数，看它是由哪些期次合成的。"
    filterset_class = LedgerFilter

    def build(self, rows, asked):
        rebates = None
        if reads_rebates(self.request.user):
            rebates = Rebate.objects.visible_to(self.request.user).filter(
                instalment__in=rows.order_by().values("pk")
            )
        if asked.get("by") == "funder" and rebates is not None:
            names, groups = (
                [Column("name", "层级", TEXT)],
                ledger.by_funder(rebates, link=self.link),
            )
            columns = ledger.REBATES
        else:
            dimension = DIMENSIONS.get(asked.get("by") or "", BY_SCHOOL)
            columns = self._columns(rebates is not None, asked.get("show"))
            wanted = rebates if columns is not ledger.DEBT else None
            groups = ledger.by_group(
                rows, dimension, on=clock.today(), rebates=wanted, link=self.link
            )
            names = [*dimension.columns, ledger.COUNTED]
        return self._report([*names, *columns], groups)

    def _columns(self, reads: bool, show: str | None) -> list[Column]:
        """The page shows one half at a time; sheet and paper hold both."""
        if not reads:
            return ledger.DEBT
        if self.request.GET.get("export"):
            return [*ledger.DEBT, *ledger.REBATES]
        return ledger.REBATES if show == "rebates" else ledger.DEBT

    def _report(self, columns, groups) -> Report:
        notes = ["已付、尚欠只计本金和利息；逾期利息按协议日利率单独计算到当天。"]
        if reads_rebates(self.request.user):
            notes.append("未到账奖补不冲减学校应付给供应商的款项。")
        report = Report(
            "回购台账",
            columns,
            groups,
            issuer=issuer(self.request.user),
            about=self.about(),
            notes=notes,
        )
        report.total_links = ledger.links(report.totals, self.link, {})
        return report


class Ageing(ReportPage):
    """逾期账龄 by school, supplier or year."""

    title = "逾期账龄"
    subheading = "尚欠款项按逾期天数分段；应付日遇节假日顺延，从顺延后的次日起算。"
    empty = "没有尚欠的款项。"
    filterset_class = AgeingFilter

    def build(self, rows, asked):
        dimension = DIMENSIONS.get(asked.get("by") or "", BY_SCHOOL)
        report = Report(
            "逾期账龄",
            self._columns(dimension),
            ageing.by_group(rows, dimension, on=clock.today(), link=self.link),
            issuer=issuer(self.request.user),
            about=self.about(),
            notes=["应付日遇法定休假日的，顺延至其后第一个工作日（民法典第二百零三条）。"],
        )
        report.total_links = ageing.links(report.totals, self.link, {})
        return report

    def _columns(self, dimension: Dimension) -> list[Column]:
        """The page has less room than sheet and paper."""
        if self.request.GET.get("export"):
            return [*dimension.columns, *ageing.COLUMNS, ageing.OVERDUE, ageing.ALL]
        return [dimension.columns[0], *ageing.COLUMNS, ageing.ALL]
