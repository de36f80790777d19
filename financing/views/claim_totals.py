"""What each school got of each level, from the plan to the bank."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import cached_property

import django_filters
import django_tables2 as tables
from django.db.models import Sum
from django.urls import reverse

from financing.forms.claims import LEVELS
from financing.models import Agreement, Rebate
from financing.views.claims import claim_tabs
from procurement.models import Project
from registry.columns import Money
from registry.models import Township
from registry.money import ZERO, cents
from registry.pages import ListPage

SUMS = ("planned", "claimable", "claimed", "reviewed", "approved", "received", "outstanding")
AGREEMENT = "instalment__agreement"


class SumOf(Money):
    """One of the sums of the row's agreement, which the table got as a whole."""

    def __init__(self, key: str, heading: str):
        super().__init__(verbose_name=heading, accessor="pk", orderable=False)
        self.key = key

    def render(self, value, table) -> str:
        return self.show(table.sums[value][self.key])

    def value(self, value, table) -> Decimal:
        return table.sums[value][self.key]


class TotalsTable(tables.Table):
    school = tables.Column(
        "学校",
        accessor="project_school__school__name",
        order_by="project_school__school__code",
        linkify=lambda record: record.get_absolute_url(),
    )
    township = tables.Column(
        "乡镇",
        accessor="project_school__school__township__name",
        order_by="project_school__school__township__code",
    )
    planned = SumOf("planned", "计划（元）")
    claimable = SumOf("claimable", "待申领（元）")
    claimed = SumOf("claimed", "申领（元）")
    reviewed = SumOf("reviewed", "审核（元）")
    approved = SumOf("approved", "批复（元）")
    received = SumOf("received", "到账（元）")
    outstanding = SumOf("outstanding", "待到账（元）")

    class Meta:
        model = Agreement
        fields = ("school", "township", *SUMS)


class TotalsFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label="学校", field_name="project_school__school__name", lookup_expr="icontains"
    )
    project = django_filters.ModelChoiceFilter(
        label="项目",
        field_name="project_school__project",
        queryset=lambda request: Project.objects.visible_to(request.user),
    )
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name="project_school__school__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )
    funder = django_filters.ChoiceFilter(label="层级", choices=LEVELS, method="of_level")

    class Meta:
        model = Agreement
        fields = ["q", "project", "township", "funder"]

    def of_level(self, rows, name, value):
        return rows  # the sums are the level's: ``Totals.rebates``


class Totals(ListPage):
    """各校奖补汇总."""

    title = "各校奖补汇总"
    subheading = "各列是累计数；待到账是已申领、还会到的部分。选择层级后只计该层级。"
    unit = "份协议"
    empty = "签订回购协议后，各校的奖补会汇总在这里。"
    export_name = "各校奖补汇总"
    table_class = TotalsTable
    filterset_class = TotalsFilter

    def rebates(self):
        level = self.request.GET.get("funder", "")
        mine = Rebate.objects.visible_to(self.request.user)
        return mine.filter(funder=level) if level in dict(LEVELS) else mine

    def get_queryset(self):
        return (
            Agreement.objects.filter(pk__in=self.rebates().values(AGREEMENT))
            .select_related("project_school__school__township")
            .order_by("project_school__school__township__code", "project_school__school__code")
        )

    def get_actions(self):
        claims = {"label": "各级奖补", "url": reverse("financing:claims")}
        return [claims, *claim_tabs(self.request.user)]

    def _table(self, rows):
        table = super()._table(rows)
        table.sums = self.sums
        return table

    @cached_property
    def sums(self) -> dict[int, dict[str, Decimal]]:
        return sums_of(self.rebates())

    def _sums(self, rows) -> dict[str, Decimal]:
        pks = list(rows.values_list("pk", flat=True))
        return {key: sum((self.sums[pk][key] for pk in pks), ZERO) for key in SUMS}


def sums_of(rebates) -> dict[int, dict[str, Decimal]]:
    """Every sum by agreement; three queries, however many agreements."""
    found: dict = defaultdict(lambda: dict.fromkeys(SUMS, ZERO))
    rows = rebates.order_by()
    stages = ("claimed", "reviewed", "approved")
    sums = {name: Sum(f"claim__{name}_amount") for name in stages}
    for one in rows.values(AGREEMENT).annotate(planned=Sum("amount"), **sums):
        for key in ("planned", *stages):
            found[one[AGREEMENT]][key] = cents(one[key] or 0)
    for one in rows.claimable().values(AGREEMENT).annotate(s=Sum("amount")):
        found[one[AGREEMENT]]["claimable"] = cents(one["s"])
    claimed = rows.filter(claim__isnull=False).with_money()
    for agreement, received, outstanding in claimed.values_list(
        AGREEMENT, "received", "outstanding"
    ):
        found[agreement]["received"] += received
        found[agreement]["outstanding"] += outstanding
    return found
