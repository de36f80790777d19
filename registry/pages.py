"""What list pages and the board have in common.

A list page declares its rows, its table and its filters; this module keeps the promises that every
list makes: filters stay in the address, the number above the table is the number of its rows, the
totals belong to the same rows, and the exported sheet holds exactly them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.paginator import Paginator
from django.db.models import QuerySet, Sum
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.http import require_POST
from django_filters import FilterSet
from django_tables2 import Table

from registry import clock
from registry.access import reach
from registry.columns import Money
from registry.sheet import sheet_of

DARKEST = 5


class ListPage(View):
    """A list with filters, sorting, totals and export. Subclasses declare the class attributes.

    ``get_queryset`` returns what this person may see (``visible_to``) with ``select_related``,
    ``prefetch_related`` and a definite order, so that the number of queries does not grow with
    the rows. Sorting is possible by the table's own columns only.
    """

    title = ""
    subheading = ""
    empty = "这里还没有内容。"
    """What will appear here and how to make it appear; shown when no filter is set."""
    unit = "条"
    export_name = ""
    table_class: type[Table]
    filterset_class: type[FilterSet] | None = None
    totals: tuple[str, ...] = ()
    """Names of columns whose sum stands in the foot; the column's accessor must be a database
    field or annotation."""
    paginate_by = 50
    template_name = "registry/list.html"

    def get_queryset(self) -> QuerySet:
        raise NotImplementedError

    def get_actions(self) -> list[dict]:
        """Buttons beside the heading: ``{"label", "url", "primary"}``."""
        return []

    def get_context(self) -> dict:
        """More context for a template that extends ``registry/list.html``."""
        return {}

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        filters = self._filters()
        rows = self._filtered(filters)
        if request.GET.get("export") == "xlsx":
            return self._export(rows)
        table = self._table(rows)
        table.paginator = Paginator(table.rows, self.paginate_by)
        table.page = table.paginator.get_page(request.GET.get(table.prefixed_page_field))
        for name, value in self._sums(rows).items():
            column = table.columns[name].column
            column._footer = column.show(value) if isinstance(column, Money) else f"{value:,}"
        return TemplateResponse(request, self.template_name, self._context(filters, table))

    def _context(self, filters: FilterSet | None, table: Table) -> dict:
        used = _used(filters)
        table.empty_text = "没有符合筛选条件的内容，请放宽条件或清除筛选。" if used else self.empty
        return {
            "title": self.title,
            "subheading": self.subheading,
            "table": table,
            "count": table.paginator.count,
            "unit": self.unit,
            "filters": filters,
            "filters_used": used,
            "exportable": bool(self.export_name),
            "actions": self.get_actions(),
        } | self.get_context()

    def _filters(self) -> FilterSet | None:
        if self.filterset_class is None:
            return None
        return self.filterset_class(
            self.request.GET, queryset=self.get_queryset(), request=self.request
        )

    def _filtered(self, filters: FilterSet | None) -> QuerySet:
        if filters is None:
            return self.get_queryset()
        # A filter that was not understood shows nothing rather than too much.
        return filters.qs if filters.is_valid() else filters.queryset.none()

    def _table(self, rows: QuerySet) -> Table:
        table = self.table_class(rows)
        table.request = self.request
        wanted = self.request.GET.getlist(table.prefixed_order_by_field)
        if wanted:
            table.order_by = wanted
        # Equal values must not wander between pages.
        data = table.data.data
        order = data.query.order_by or data.model._meta.ordering
        table.data.data = data.order_by(*order, "pk")
        return table

    def _sums(self, rows: QuerySet) -> dict[str, Decimal | int]:
        """Column name to the sum over all rows, not only the page; one query for all of them."""
        if not self.totals:
            return {}
        columns = {name: self.table_class.base_columns[name] for name in self.totals}
        paths = {
            f"sum_{name}": Sum(str(column.accessor or name).replace(".", "__"))
            for name, column in columns.items()
        }
        found = rows.order_by().aggregate(**paths)
        return {name: found[f"sum_{name}"] or 0 for name in self.totals}

    def _export(self, rows: QuerySet) -> FileResponse:
        if not self.export_name:
            raise Http404
        table = self._table(rows)
        name = f"{self.export_name} {clock.today().isoformat()}.xlsx"
        file = sheet_of(table, name=self.export_name, totals=self._sums(rows))
        return FileResponse(file, as_attachment=True, filename=name)


def _used(filters: FilterSet | None) -> int:
    """How many filters are set."""
    return len(filters.form.changed_data) if filters is not None else 0


@dataclass(frozen=True)
class Cell:
    """One count of the board; ``url`` opens exactly the counted rows."""

    stage: str
    count: int
    shade: int
    url: str


@dataclass(frozen=True)
class BoardRow:
    """One place of the board; ``bars`` are its shares in percent of the width, for the phone."""

    title: str
    url: str
    cells: list[Cell]
    total: int
    bars: list[dict] = field(default_factory=list)


@dataclass(frozen=True)
class Board:
    """Places down, stages across; given to ``registry/components/board.html``."""

    corner: str
    stages: list[str]
    rows: list[BoardRow]
    totals: list[Cell]
    total: int


def board(
    *,
    corner: str,
    stages: Sequence[tuple[str, str]],
    places: Sequence[tuple[object, str]],
    counts: Mapping[tuple[object, str], int],
    link: Callable[[object | None, str | None], str],
) -> Board:
    """Make the board from grouped counts.

    ``stages`` are (code, title), ``places`` (key, title), ``counts`` maps (place key, stage code)
    to a count, ``link(place, stage)`` gives the address of exactly those rows (None: all of them).
    """
    largest = max(counts.values(), default=0)
    rows = [
        _board_row(
            key,
            title,
            [(code, name, counts.get((key, code), 0)) for code, name in stages],
            largest,
            link,
        )
        for key, title in places
    ]
    totals = [
        Cell(name, sum(row.cells[at].count for row in rows), 0, link(None, code))
        for at, (code, name) in enumerate(stages)
    ]
    names = [name for _, name in stages]
    return Board(corner, names, rows, totals, sum(row.total for row in rows))


def _board_row(key, title: str, found: list[tuple[str, str, int]], largest: int, link) -> BoardRow:
    cells = [Cell(name, n, shade(n, largest), link(key, code)) for code, name, n in found]
    total = sum(cell.count for cell in cells)
    bars, start = [], Decimal(0)
    for stage, cell in enumerate(cells):
        width = (Decimal(100) * cell.count / total).quantize(Decimal("0.01")) if total else 0
        if cell.count:
            bars.append({"stage": stage, "start": start, "width": width})
        start += width
    return BoardRow(title, link(key, None), cells, total, bars)


def shade(count: int, largest: int) -> int:
    """0 for nothing, else 1 (few) to 5 (about as many as the largest count)."""
    return min(DARKEST, 1 + DARKEST * (count - 1) // largest) if count else 0


@require_POST
def use_post(request: HttpRequest) -> HttpResponse:
    """Choose the post (岗位) in use; a person may hold several. Visibility does not change by it."""
    held = {str(post.pk): post for post in reach(request.user).posts}
    post = held.get(request.POST.get("post", ""))
    if post is None:
        raise Http404
    request.session["post"] = post.pk
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return redirect(back if safe else "/")
