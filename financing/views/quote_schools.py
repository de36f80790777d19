"""各校负担: a project's schools under one variant, each against its own public funds."""

from __future__ import annotations

import django_tables2 as tables
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.functional import cached_property

from financing.burden import SchoolBurden, burdens_of, rules_of
from financing.forms.asked import Asked
from financing.variant import Variant
from procurement.models import ProjectSchool
from registry.columns import Code, Count, Money, State
from registry.money import ZERO
from registry.pages import ListPage

SUMS = ("rooms", "pupils", "amount", "heaviest", "payment", "rebates", "net")
CHOICES = [("", "全部学校"), ("high", "超上线"), ("low", "超下线未超上线"), ("none", "缺在校生数")]


class Percent(Count):
    """A share in percent with two places; a dash where there is nothing to divide by."""

    def render(self, value) -> str:
        return f"{value:.2f}%"

    def value(self, value):
        return value


class BurdenTable(tables.Table):
    school = tables.Column("学校", accessor="school__name", order_by="school__code")
    township = tables.Column("乡镇", accessor="school__township__name", order_by="school__code")
    rooms = Count(verbose_name="班数")
    pupils = Count(verbose_name="在校生")
    amount = Money(verbose_name="公用经费（元/年）")
    heaviest = Money(verbose_name="最重一年自担（元）")
    share = Percent(verbose_name="占公用经费", default="—")
    outlay_share = Percent(verbose_name="奖补到账前占", default="—")
    verdict = State(verbose_name="判断", late="exceeds", orderable=False)
    net = Money(verbose_name="自担合计（元）")


class BurdenSheet(BurdenTable):
    """The exported table tells more than fits a page."""

    code = Code(verbose_name="学校标识码", accessor="school__code")
    payment = Money(verbose_name="应付合计（元）")
    rebates = Money(verbose_name="奖补合计（元）")
    outlay = Money(verbose_name="奖补到账前最重一年（元）")

    class Meta:
        sequence = ("school", "code", "...", "outlay", "payment", "rebates", "net")


class QuoteSchools(ListPage):
    """Which schools a variant burdens beyond the lines of their public funds."""

    title = "各校负担"
    unit = "所学校"
    empty = "项目里有了学校和班级，各校分摊的回购款与公用经费的比较会列在这里。"
    export_name = "各校负担"
    table_class = BurdenTable
    totals = SUMS
    template_name = "financing/quote_schools.html"

    @cached_property
    def asked(self) -> Asked:
        """What the address asks; without a project the newest one under its own terms."""
        return Asked(self.request, newest=True)

    @cached_property
    def variant(self) -> Variant | None:
        """The one that ``of`` names, else the first."""
        wanted = f"v{self.request.GET.get('of', '')}"
        found = {form.prefix: form.name for form in self.asked.variants}
        names = {one.name: one for one in self.asked.found}
        return names.get(found.get(wanted, ""), next(iter(names.values()), None))

    @cached_property
    def rows(self) -> list[SchoolBurden]:
        """Every school takes its part of the whole; the person sees those they may see."""
        asked = self.asked
        if asked.project is None or self.variant is None:
            return []
        rows = burdens_of(self.variant, asked.places, rules_of(asked.project.county))
        if asked.reads_schools:
            return rows
        mine = ProjectSchool.objects.visible_to(self.request.user).filter(project=asked.project)
        seen = set(mine.values_list("pk", flat=True))
        return [row for row in rows if row.place.pk in seen]

    def get_queryset(self):
        """Not a queryset: the amounts are computed. The heaviest burden first."""
        kept = {
            "high": lambda row: row.exceeds,
            "low": lambda row: row.nears,
            "none": lambda row: not row.funds.amount,
        }.get(self.request.GET.get("line", ""), lambda row: True)
        rows = [row for row in self.rows if kept(row)]
        return sorted(rows, key=lambda row: (row.share is not None, -(row.share or ZERO)))

    def get_actions(self):
        return [{"label": "回到试算", "url": f"{reverse('financing:quote')}?{self._address()}"}]

    def get_context(self):
        rows = self.rows
        return {
            "asked": self.asked,
            "variant": self.variant,
            "projects": self.asked.projects,
            "line": self.request.GET.get("line", ""),
            "choices": CHOICES,
            "tiles": [
                {"label": "项目学校", "value": len(rows), "unit": "所", "url": self._only("")},
                {
                    "label": "超上线",
                    "value": sum(row.exceeds for row in rows),
                    "unit": "所",
                    "url": self._only("high"),
                    "late": any(row.exceeds for row in rows),
                },
                {
                    "label": "超下线未超上线",
                    "value": sum(row.nears for row in rows),
                    "unit": "所",
                    "url": self._only("low"),
                },
                {
                    "label": "缺在校生数",
                    "value": sum(not row.funds.amount for row in rows),
                    "unit": "所",
                    "url": self._only("none"),
                },
            ],
        }

    def _address(self) -> str:
        data = self.asked.data
        return data.urlencode() if data is not None else ""

    def _only(self, line: str) -> str:
        query = self.request.GET.copy()
        for name in ("line", "page", "export"):
            query.pop(name, None)
        if line:
            query["line"] = line
        return f"?{query.urlencode()}"

    # What ListPage asks of the database, asked of a list.
    def _table(self, rows):
        sheet = self.request.GET.get("export") == "xlsx"
        table = (BurdenSheet if sheet else self.table_class)(rows)
        table.request = self.request
        wanted = self.request.GET.getlist(table.prefixed_order_by_field)
        if wanted:
            table.order_by = wanted
        table.paginator = Paginator(table.rows, self.paginate_by)
        return table

    def _sums(self, rows):
        """The page has fewer columns than the sheet."""
        sheet = self.request.GET.get("export") == "xlsx"
        names = SUMS if sheet else [name for name in SUMS if name in self.table_class.base_columns]
        return (
            {name: sum((getattr(row, name) for row in rows), 0) for name in names} if rows else {}
        )
