"""What the frame's scripts promise, in a real browser: one act per click, and nothing typed is lost."""

import time

import pytest
from django import forms
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template import engines
from django.urls import include, path

from registry.models import User
from registry.widgets import Signature

pytestmark = [
    pytest.mark.browser,
    pytest.mark.urls(__name__),
    pytest.mark.django_db(transaction=True),
]


class Name(forms.Form):
    name = forms.CharField(label="名称", min_length=3)
    hand = forms.CharField(label="签字", widget=Signature("校长"))


PAGE = """{% extends "base.html" %}{% block content %}
{% include "registry/components/form.html" with submit="提交" draft="name" confirm=question %}
{% endblock %}"""


def form(request):
    one = Name(request.POST or None)
    if one.is_valid():
        time.sleep(0.5)  # long enough for an impatient second click
        Group.objects.create(name=f"{one.cleaned_data['name']} {Group.objects.count()}")
        return redirect("/done")
    return HttpResponse(
        engines["django"]
        .from_string(PAGE)
        .render({"form": one, "question": request.GET.get("ask", "")}, request)
    )


def done(request):
    return render(request, "base.html", {"title": "办好了"})


urlpatterns = [path("form", form), path("done", done), path("", include("banbantong.urls"))]


@pytest.fixture
def tab(live_server, client_of, browse):
    """A signed-in tab at phone width; ``tab.home`` and ``tab.cookie`` bring it back in."""
    person = User.objects.create(username="frame", name="示例甲")
    cookie = client_of(person).cookies["sessionid"].value
    page = browse(390)
    page.home = live_server.url
    page.cookie = {"name": "sessionid", "value": cookie, "url": live_server.url}
    page.context.add_cookies([page.cookie])
    return page


def sign(tab) -> None:
    box = tab.locator("canvas").bounding_box()
    tab.mouse.move(box["x"] + 40, box["y"] + 40)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 160, box["y"] + 90, steps=8)
    tab.mouse.up()


def send(tab) -> None:
    tab.click(".sheet-buttons .btn-primary")
    tab.click("[data-answer=yes]")


def test_a_double_click_acts_once(tab):
    tab.goto(f"{tab.home}/form?ask=")
    tab.fill("#id_name", "示例项目")
    sign(tab)
    # From inside the page, because Playwright's own click waits for the first one's answer.
    tab.evaluate(
        """() => {
          const button = document.querySelector(".sheet-buttons .btn-primary");
          for (const after of [0, 150, 300]) setTimeout(() => button.click(), after);
        }"""
    )
    tab.wait_for_url("**/done")
    assert Group.objects.count() == 1


def test_the_question_comes_first(tab):
    tab.goto(f"{tab.home}/form?ask=提交后不能修改")
    tab.fill("#id_name", "示例项目")
    sign(tab)
    tab.click(".sheet-buttons .btn-primary")
    tab.click("[data-answer=no]")
    assert Group.objects.count() == 0
    tab.click(".sheet-buttons .btn-primary")
    tab.click("[data-answer=yes]")
    tab.wait_for_url("**/done")
    assert Group.objects.count() == 1


def test_what_was_typed_survives_a_lost_session_and_goes_once_it_was_taken(tab):
    tab.goto(f"{tab.home}/form?ask=提交后不能修改")
    tab.fill("#id_name", "示例项目")
    sign(tab)
    tab.context.clear_cookies()
    with tab.expect_navigation():  # the answer that refuses the lost session
        send(tab)
    tab.goto(f"{tab.home}/form?ask=提交后不能修改")
    assert "/accounts/login/" in tab.url
    tab.context.add_cookies([tab.cookie])
    tab.goto(f"{tab.home}/form?ask=提交后不能修改")
    assert tab.input_value("#id_name") == "示例项目"
    assert "已为您恢复" in tab.inner_text(".draft-note")
    sign(tab)
    send(tab)
    tab.wait_for_url("**/done")
    tab.goto(f"{tab.home}/form?ask=提交后不能修改")
    assert tab.input_value("#id_name") == ""


def test_errors_keep_the_words_and_the_signature(tab):
    tab.goto(f"{tab.home}/form?ask=提交后不能修改")
    tab.fill("#id_name", "示")
    sign(tab)
    send(tab)
    tab.wait_for_selector("[data-mistakes]")
    assert tab.input_value("#id_name") == "示"
    assert tab.input_value("#id_hand").startswith("data:image/png;base64,")
    tab.fill("#id_name", "示例项目")
    send(tab)
    tab.wait_for_url("**/done")


def test_nothing_sticks_out_on_a_phone(tab):
    for address in ("/form", "/done", "/nowhere"):
        tab.goto(f"{tab.home}{address}")
        assert tab.evaluate("document.documentElement.scrollWidth - window.innerWidth") == 0
