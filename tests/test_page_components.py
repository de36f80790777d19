"""The shared components and the tags, rendered from plain values."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template.loader import render_to_string
from django.utils import timezone

from registry import clock
from registry.pages import board, shade
from registry.templatetags import pages
from registry.widgets import FileDrop, FilesField, Signature


def step(title, state, **more):
    return SimpleNamespace(
        title=title, state=state, **{"who": "", "on": None, "due_on": None, "overdue": False} | more
    )


def test_the_story_bar_says_where_it_stands():
    story = [
        step("立项", "done", on=dt.date(2026, 3, 2)),
        step("编制方案", "now"),
        step("审批", "todo"),
    ]
    html = render_to_string("registry/components/story.html", {"story": story})
    assert '<span class="story-place">2/3</span>' in html
    assert html.count('aria-current="step"') == 2  # once wide, once on the phone
    assert "2026-03-02" in html
    assert pages.story_now([step("立项", "done")])["finished"]


def test_of_two_steps_side_by_side_the_page_tells_its_own():
    story = [step("启动", "done"), step("场地准备", "now"), step("到货安装", "now")]
    for title, place in (("到货安装", "3/3"), ("场地准备", "2/3"), ("", "2/3")):
        html = render_to_string("registry/components/story.html", {"story": story, "step": title})
        assert f'<span class="story-place">{place}</span>' in html


def test_the_board_adds_up_and_every_count_opens_its_rows():
    made = board(
        corner="乡镇",
        stages=[("a", "到货"), ("b", "验收")],
        places=[(1, "甲镇"), (2, "乙镇")],
        counts={(1, "a"): 3, (2, "a"): 1, (2, "b"): 10},
        link=lambda place, stage: f"?place={place or ''}&stage={stage or ''}",
    )
    assert [row.total for row in made.rows] == [3, 11]
    assert ([cell.count for cell in made.totals], made.total) == ([4, 10], 14)
    html = render_to_string("registry/components/board.html", {"board": made})
    assert 'href="?place=2&amp;stage=b"' in html
    assert sum(bar["width"] for bar in made.rows[1].bars) == Decimal("100.00")
    assert [shade(n, 10) for n in (0, 1, 2, 3, 10)] == [0, 1, 1, 2, 5]


def test_progress_counts_what_it_draws():
    parts = pages.progress(planned=10, passed=5, failed=1, arrived=8)["parts"]
    assert [(part["kind"], part["start"], part["width"]) for part in parts] == [
        ("passed", 0, 50),
        ("failed", 50, 10),
        ("arrived", 60, 20),
    ]


def test_the_inbox_groups_by_project():
    def row(title: str, dossier: str):
        return SimpleNamespace(
            url="#",
            title=title,
            subject_title="示例小学",
            dossier_title=dossier,
            due_on=None,
            opened_at=timezone.now(),
            reason="",
        )

    html = render_to_string(
        "registry/components/inbox_rows.html",
        {"rows": [row("甲", "一"), row("乙", "一"), row("丙", "二")]},
    )
    assert html.count('class="inbox-group"') == 2
    assert html.count('class="inbox-row"') == 3
    assert "现在没有等您办理的事项" in render_to_string(
        "registry/components/inbox_rows.html", {"rows": []}
    )


class Sample(forms.Form):
    groups = [("资金", ["budget"], "单位：元")]
    name = forms.CharField(label="名称")
    budget = forms.DecimalField(label="概算")
    paper = FilesField(label="附件", widget=FileDrop("不超过 10 MB", ".xlsx"), required=False)
    hand = forms.CharField(label="签字", widget=Signature("校长"), required=False)


def test_form_errors_stand_at_the_top_and_beside_the_field():
    html = render_to_string("registry/components/form.html", {"form": Sample({"name": "x"})})
    assert "还有 1 处需要修改" in html
    assert '<a href="#id_budget">概算：' in html
    assert 'class="invalid-feedback"' in html
    assert html.index("资金") < html.index('name="name"')
    assert "请校长在此手写签名" in html
    assert 'data-drop="不超过 10 MB"' in html


def test_formset_errors_name_their_row():
    rows = forms.formset_factory(Sample)(
        {
            "form-TOTAL_FORMS": 2,
            "form-INITIAL_FORMS": 0,
            "form-0-name": "a",
            "form-0-budget": "1",
            "form-1-name": "b",
        }
    )
    assert [(one["id"], one["label"]) for one in pages.mistakes(rows)] == [
        ("id_form-1-budget", "第 2 行 概算")
    ]


# --- tags -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1234.5"), "1,234.50"),
        (Decimal("-0.00"), "0.00"),
        (Decimal("-1234567.891"), "-1,234,567.891"),
        (22500, "22,500.00"),
        (Decimal("1E+3"), "1,000.00"),
        (None, "—"),
    ],
)
def test_money(value, shown):
    assert pages.money(value) == shown


@pytest.mark.parametrize("value", ["12", "", 1.5, True])
def test_money_refuses_what_is_no_amount(value):
    with pytest.raises(TypeError):
        pages.money(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("4.3500", "4.35%"), ("33.33", "33.33%"), ("40.00", "40%"), ("0.00", "0%"), ("100", "100%")],
)
def test_percent_rounds_nothing_away(value, shown):
    assert pages.percent(Decimal(value)) == shown


def test_wan():
    assert pages.wan(Decimal("8955000")) == "895.50"
    assert pages.wan(Decimal("-0.01")) == "0.00"
    assert pages.wan(Decimal("50")) == "0.01"


def test_days_and_moments_are_local():
    late_in_utc = dt.datetime(2026, 10, 30, 16, 30, tzinfo=dt.UTC)
    assert pages.day(late_in_utc) == "2026-10-31"
    assert pages.moment(late_in_utc) == "2026-10-31 00:30"
    assert pages.day(dt.date(2026, 10, 31)) == "2026-10-31"
    assert pages.day(None) == "—"


@pytest.mark.parametrize(
    ("left", "words", "kind"),
    [
        (-2, "逾期 2 天", "late"),
        (0, "今日到期", "soon"),
        (3, "还剩 3 天", "soon"),
        (4, "还剩 4 天", "calm"),
    ],
)
def test_due(left, words, kind):
    badge = pages.due(clock.today() + dt.timedelta(left))
    assert words in badge
    assert f"due-{kind}" in badge
    assert pages.due(None) == ""


def test_ago():
    assert pages.ago(clock.now() - dt.timedelta(minutes=5)) == "5 分钟前"
    assert pages.ago(clock.today() - dt.timedelta(3)) == "3 天前"
    assert pages.ago(dt.date(2020, 1, 2)) == "2020-01-02"
    assert pages.ago(None) == "—"
