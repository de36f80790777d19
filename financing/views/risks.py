"""红线台账: every agreement beside every rule, and the page on which the leading group answers."""

from __future__ import annotations

from collections import Counter

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from financing.actions.risk import accept_risk
from financing.enums import RedLine
from financing.forms.gates import RiskForm
from financing.models import Agreement
from financing.redlines import Level
from financing.risks import Touched, touched_by
from registry.access import reach
from registry.columns import Code, Count, Day
from registry.enums import Role
from registry.models import Township
from registry.pages import ListPage
from registry.templatetags.pages import day
from workflow.actions import tell

SCHOOL = "project_school__school"


def readable(user):
    """Agreements whose red lines the person may read: not the supplier's business."""
    return Agreement.objects.filter(
        reach(user).rows(
            county="project_school__project__dossier__county",
            township="project_school__school__township",
            school="project_school__school",
        )
    )


class RuleColumn(tables.Column):
    """One rule: how the row stands to it; the sheet gets the whole sentence."""

    def __init__(self, code: str):
        super().__init__(
            code, accessor="pk", orderable=False, attrs={"th": {"title": RedLine(code).label}}
        )
        self.code = code

    def _of(self, record, table) -> Touched | None:
        return next((t for t in table.ledger[record.pk] if t.finding.code == self.code), None)

    def render(self, record, table):
        touched = self._of(record, table)
        if touched is None:
            return "—"
        css = "state-late" if touched.open else "state-quiet"
        return format_html(
            '<a class="state {}" href="{}" title="{}">{}</a>',
            css,
            reverse("financing:risk", args=[record.pk, self.code]),
            touched.finding.sentence,
            touched.words,
        )

    def value(self, record, table):
        touched = self._of(record, table)
        if touched is None:
            return ""
        one, accepted = touched.finding, touched.accepted
        answer = (
            f"【{accepted.accepted_by}于 {accepted.accepted_on} 承担：{accepted.reason}】"
            if accepted
            else ""
        )
        return f"{one.level.label}：{one.sentence}（{one.basis}，{one.since} 起施行）{answer}"


class RiskTable(tables.Table):
    ledger: dict[int, list[Touched]] = {}
    school = tables.Column(
        "学校",
        accessor=f"{SCHOOL}__name",
        order_by=f"{SCHOOL}__code",
        linkify=lambda record: record.get_absolute_url(),
    )
    number = Code(verbose_name="协议编号")
    signed_on = Day(verbose_name="合同签订", accessor="contract__signed_on")
    open = Count(verbose_name="未承担", accessor="pk", orderable=False)

    class Meta:
        model = Agreement
        fields = ("school", "number", "signed_on", "open")

    def __init__(self, *args, **kwargs):
        columns = [(code, RuleColumn(code)) for code in RedLine.values]
        super().__init__(*args, extra_columns=columns, **kwargs)

    def value_open(self, record):
        return sum(one.open for one in self.ledger[record.pk])

    render_open = value_open


class RiskFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label="学校", field_name=f"{SCHOOL}__name", lookup_expr="icontains"
    )
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name=f"{SCHOOL}__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )
    rule = django_filters.ChoiceFilter(
        label="规则",
        choices=[(code, f"{code} {label}") for code, label in RedLine.choices],
        method="by_rule",
    )
    state = django_filters.ChoiceFilter(
        label="情形",
        choices=[("open", "红线未承担"), *((one.value, one.label) for one in Level)],
        method="by_state",
    )

    class Meta:
        model = Agreement
        fields = ["q", "township", "rule", "state"]

    def __init__(self, *args, ledger, **kwargs):
        self.ledger = ledger
        super().__init__(*args, **kwargs)

    def filter_queryset(self, queryset):
        """Rule and state speak of the same finding: R4 and red is a red R4."""
        rows = super().filter_queryset(queryset)
        rule = self.form.cleaned_data.get("rule")
        state = self.form.cleaned_data.get("state")
        if not rule and not state:
            return rows
        found = [
            pk
            for pk, touched in self.ledger.items()
            if any(_fits(one, rule, state) for one in touched)
        ]
        return rows.filter(pk__in=found)

    def by_rule(self, rows, name, value):
        return rows

    by_state = by_rule


def _fits(touched: Touched, rule: str, state: str) -> bool:
    if rule and touched.finding.code != rule:
        return False
    if state == "open":
        return touched.open
    return not state or touched.finding.level == state


class Risks(ListPage):
    """红线台账."""

    title = "红线台账"
    subheading = (
        "每份协议按合同签订时施行的规则判断；承担后仍然显示。导出的表格含理由、依据和承担情况。"
    )
    unit = "份协议"
    empty = "签订回购协议后，每份协议触及的红线会列在这里。"
    export_name = "红线台账"
    table_class = RiskTable
    template_name = "financing/risk_ledger.html"

    @cached_property
    def ledger(self) -> dict[int, list[Touched]]:
        return touched_by(readable(self.request.user).order_by().values("pk"))

    def get_queryset(self):
        return (
            readable(self.request.user)
            .select_related(SCHOOL, "contract")
            .order_by(f"{SCHOOL}__township__code", f"{SCHOOL}__code")
        )

    def _filters(self):
        return RiskFilter(
            self.request.GET,
            queryset=self.get_queryset(),
            request=self.request,
            ledger=self.ledger,
        )

    def _table(self, rows):
        table = super()._table(rows)
        table.ledger = self.ledger
        if "export" not in self.request.GET:  # eight rules leave no room for it on the page
            table.exclude = ("number",)
        return table

    def get_context(self):
        return {"tiles": tiles(self.ledger)}


def tiles(ledger: dict[int, list[Touched]]) -> list[dict]:
    """How many agreements touch each rule; each number opens exactly those."""
    every = [one for touched in ledger.values() for one in touched]
    touching = Counter(one.finding.code for one in every)
    late = Counter(one.finding.code for one in every if one.open)
    url = reverse("financing:risks")
    waiting = sum(any(one.open for one in touched) for touched in ledger.values())
    first = {
        "label": "红线未承担",
        "value": waiting,
        "unit": "份",
        "url": f"{url}?state=open",
        "late": waiting > 0,
    }
    return [first] + [
        {
            "label": f"{code} {label}",
            "value": touching[code],
            "unit": "份",
            "url": f"{url}?rule={code}",
            "note": f"{late[code]} 份未承担" if late[code] else "",
        }
        for code, label in RedLine.choices
        if touching[code]
    ]


@require_http_methods(["GET", "POST"])
def risk(request, pk: int, rule: str):
    """One finding: why, the law, and who answers; the leading group answers here."""
    rows = readable(request.user).select_related(
        "project_school__school", "project_school__project__dossier__county", "contract__supplier"
    )
    agreement = get_object_or_404(rows, pk=pk)
    touched = next((t for t in touched_by([pk])[pk] if t.finding.code == rule), None)
    if touched is None:
        raise Http404
    leads = reach(request.user).holds_at(Role.LEADING_GROUP, county=agreement.dossier.county_id)
    form = RiskForm(request.POST or None) if leads and not touched.accepted else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied("红线风险由领导小组承担，每条只登记一次。")
        if form.is_valid():
            try:
                accept_risk(agreement=agreement, rule=rule, user=request.user, **form.cleaned_data)
            except ValidationError as error:
                tell(form, error)
            else:
                messages.success(request, "已登记承担，红线仍然显示在协议和台账上。")
                return redirect("financing:risk", pk, rule)
    one = touched.finding
    facts = [
        ("协议", agreement, agreement.get_absolute_url()),
        ("情形", one.sentence),
        ("依据", one.basis),
        ("施行", f"{day(one.since)} 起，按 {day(one.judged_on)} 施行的规则判断"),
    ]
    if touched.accepted:
        who = touched.accepted
        facts.append(("承担", f"{who.accepted_by}，{day(who.accepted_on)}：{who.reason}"))
        facts.append(("承担时的情形", who.finding))
    context = {"agreement": agreement, "touched": touched, "facts": facts, "form": form}
    return render(request, "financing/risk.html", context)
