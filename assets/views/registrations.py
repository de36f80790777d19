"""Registrations: the list, and the page of one school's with its cards by room."""

from __future__ import annotations

from itertools import groupby

import django_filters
import django_tables2 as tables
from django.db.models import Count, DecimalField, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from assets.entry import entry_of
from assets.flows import RegistrationFlow
from assets.models import AssetCard, Registration
from assets.views.cards import events
from procurement.models import Project
from registry.columns import Code, Day, Money, State
from registry.columns import Count as Number
from registry.models import Township
from registry.pages import ListPage
from registry.templatetags.pages import day, money
from workflow.models import Duty
from workflow.story import story_of

STATES = [("check", "待学校核对"), ("book", "已核对，待入账"), ("booked", "已入账")]


class RegistrationTable(tables.Table):
    school = tables.Column(
        "学校",
        accessor="project_school__school__name",
        linkify=lambda record: record.get_absolute_url(),
        order_by="project_school__school__code",
    )
    township = tables.Column(
        "乡镇",
        accessor="project_school__school__township__name",
        order_by="project_school__school__township__code",
    )
    project = tables.Column(
        "项目", accessor="project_school__project__name", order_by="project_school__project"
    )
    rooms = Number(verbose_name="班数")
    pieces = Number(verbose_name="卡片数")
    amount = Money(verbose_name="金额（元）")
    opened_on = Day(verbose_name="建卡")
    booked_on = Day(verbose_name="入账")
    voucher = Code(verbose_name="记账凭证号")
    state = State(verbose_name="现在", orderable=False)

    class Meta:
        model = Registration
        fields = (
            "school",
            "township",
            "project",
            "rooms",
            "pieces",
            "amount",
            "opened_on",
            "booked_on",
            "voucher",
            "state",
        )


class RegistrationFilter(django_filters.FilterSet):
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
    state = django_filters.ChoiceFilter(label="现在", choices=STATES, method="in_state")

    class Meta:
        model = Registration
        fields = ["q", "project", "township", "state"]

    def in_state(self, rows, name, value):
        return {
            "check": rows.filter(confirmed_on=None),
            "book": rows.filter(confirmed_on__isnull=False, booked_on=None),
            "booked": rows.filter(booked_on__isnull=False),
        }[value]


def _of_cards(number, output_field):
    """``number`` over the outer registration's cards: asked for the rows on the page only."""
    cards = AssetCard.objects.filter(registration=OuterRef("pk")).order_by()
    counted = cards.values("registration").annotate(n=number).values("n")
    return Subquery(counted, output_field=output_field)


class Registrations(ListPage):
    """资产登记, one row per school and project."""

    title = "资产登记"
    unit = "所学校"
    empty = "学校的设备移交完成后，资产登记会自动开始并列在这里。"
    export_name = "资产登记"
    table_class = RegistrationTable
    filterset_class = RegistrationFilter
    totals = ("rooms", "pieces", "amount")

    def get_queryset(self):
        return (
            Registration.objects.visible_to(self.request.user)
            .select_related("project_school__school__township", "project_school__project")
            .annotate(
                rooms=Coalesce(_of_cards(Count("room_pass", distinct=True), IntegerField()), 0),
                pieces=Coalesce(_of_cards(Count("pk"), IntegerField()), 0),
                amount=_of_cards(Sum("price"), DecimalField()),
            )
            .order_by("project_school__school__township__code", "project_school__school__code")
        )

    def _sums(self, rows):
        """All cards counted at once, not registration by registration; a room has one."""
        there = rows.order_by().values("pk")
        found = AssetCard.objects.filter(registration__in=there).sums()
        return {"rooms": found["rooms"], "pieces": found["cards"], "amount": found["amount"]}


@require_GET
def registration(request, pk: int):
    """One school's registration: where it stands, what is asked, its cards room by room."""
    rows = Registration.objects.visible_to(request.user).select_related(
        "project_school__school__township",
        "project_school__project__dossier__county",
        "confirmed_by",
        "booked_by",
    )
    row = get_object_or_404(rows, pk=pk)
    process = RegistrationFlow.process_of(row)
    cards = list(row.cards.whole().by_room())
    context = {
        "registration": row,
        "process": process,
        "story": story_of(process),
        "asks": asks(request.user, process),
        "facts": facts(row),
        "entry": entry_of(row),
        "rooms": [
            (line, list(found)) for line, found in groupby(cards, key=lambda card: card.plan_line)
        ],
        "events": events(request.user, row),
    }
    return render(request, "assets/registration.html", context)


def asks(user, process) -> list[dict]:
    """The open step: mine with a button, else with whom it waits for."""
    if process is None:
        return []
    duties = (
        Duty.objects.open()
        .filter(process=process)
        .select_related("dossier", "school__township", "supplier", "assignee", "task")
    )
    return [_ask(duty, duty.task.flow_task.may_be_done_by(user, duty)) for duty in duties]


def _ask(duty: Duty, mine: bool) -> dict:
    return {
        "title": duty.title,
        "text": duty.task.flow_task.form_class.intro if mine else f"等待{duty.who}办理。",
        "due_on": duty.due_on,
        "url": duty.get_absolute_url() if mine else "",
        "waiting": not mine,
        "overdue": duty.overdue,
    }


def facts(row: Registration) -> list[tuple]:
    sums = row.cards.sums()
    project = row.project_school.project
    return [
        ("学校", row.school.name, row.project_school.get_absolute_url()),
        ("项目", project.name, project.get_absolute_url()),
        ("班数", f"{sums['rooms']} 个班"),
        ("资产卡", f"{sums['cards']} 张"),
        ("金额（元）", money(sums["amount"])),
        ("建卡", day(row.opened_on)),
        ("核对", _done(row.confirmed_on, row.confirmed_by)),
        ("入账", _done(row.booked_on, row.booked_by)),
        ("记账凭证号", row.voucher),
    ]


def _done(on, by) -> str:
    return f"{on} {by.name}" if on else ""
