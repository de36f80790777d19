"""Overdue duties: whom the county waits for, and a button to urge."""

from __future__ import annotations

import django_tables2 as tables
from django.urls import reverse

from registry.columns import Day
from registry.pages import ListPage
from workflow.actions import may_urge
from workflow.models import Duty


class OverdueTable(tables.Table):
    title = tables.Column("步骤", linkify=lambda record: record.subject_url)
    subject_title = tables.Column("事项")
    who = tables.Column("等待", orderable=False)
    due_on = Day(verbose_name="应办日期")
    late = tables.Column("逾期（天）", accessor="days_left", orderable=False)
    urged_at = Day(verbose_name="最近催办")
    urge = tables.TemplateColumn(
        '<form method="post" action="{% url "task_urge" record.pk %}">{% csrf_token %}<button class="btn btn-sm">催办</button></form>',
        verbose_name="",
        orderable=False,
        exclude_from_export=True,
    )

    class Meta:
        model = Duty
        fields = ("title", "subject_title", "who", "due_on", "late", "urged_at", "urge")

    def render_late(self, value):
        return -value

    value_late = render_late


class Overdue(ListPage):
    """逾期事项."""

    title = "逾期事项"
    empty = "没有逾期的事项。"
    unit = "件"
    export_name = "逾期事项"
    table_class = OverdueTable

    def get_queryset(self):
        return (
            Duty.objects.visible_to(self.request.user)
            .overdue()
            .select_related("dossier", "school", "supplier", "assignee")
            .order_by("due_on", "pk")
        )

    def _table(self, rows):
        table = super()._table(rows)
        if not may_urge(self.request.user):
            table.exclude = ("urge",)
        return table

    def get_actions(self):
        return [{"label": "待办", "url": reverse("inbox")}]
