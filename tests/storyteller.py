"""People who sign in and work through the pages, and the day it is: who tells the whole story.

Every act is a person who signs in, finds the step in the inbox, opens its page, fills in the form
that is there and sends it. Nothing is read from the tables to get on. The chapters are in
``tests.story``; each asserts what its people notice.

>>> story = Story(two_schools()).tell(CHAPTERS)
>>> story.answer_for(handover)
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import openpyxl
from conftest import ReadingClient
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from registry import clock
from registry.enums import Role
from registry.models import Classroom, User
from tests.reading import Form, Page
from tests.world import PASSWORD, World, make_world

PRICES = ("8000.00", "7000.00", "6500.00")
ROOMS = (2, 3)
"""How many rooms the first and the second school have: five sets in all."""


def two_schools() -> World:
    """A county with two schools of two and three rooms."""
    world = make_world(schools=2, rooms=ROOMS[0])
    Classroom.objects.create(school=world.schools[1], name="3年级1班", room="教学楼103", pupils=45)
    return world


class Visitor(ReadingClient):
    """A browser that is told off for a missing CSRF token, as everybody's is."""

    def __init__(self):
        super().__init__(enforce_csrf_checks=True)


class Story:
    """The people of ``world`` at their desks, the day it is, and what was told so far."""

    def __init__(self, world: World):
        self.world = world
        self.day = dt.date(2026, 3, 2)
        self.told: list[Callable] = []
        self.failure: tuple[Callable, Exception] | None = None
        self.browsers: dict[int, Client] = {}
        self.project_url = ""

    # --- telling ------------------------------------------------------------------------------
    def tell(self, chapters: list[Callable]) -> Story:
        """Tell the chapters in their order; stops at one that fails and keeps what went wrong."""
        for chapter in chapters:
            try:
                chapter(self)
            except Exception as error:
                self.failure = (chapter, error)
                break
            self.told.append(chapter)
        return self

    def answer_for(self, chapter: Callable) -> None:
        """Raise what went wrong in ``chapter``, or say that it was never reached."""
        if chapter in self.told:
            return
        failed, error = self.failure
        if failed is chapter:
            raise error
        raise AssertionError(f"not reached: the story stopped at {failed.__name__}")

    def on(self, month: int, day: int) -> None:
        """It is now that day of 2026, or still today if that has passed."""
        self.day = max(self.day, dt.date(2026, month, day))

    # --- people at their desks ----------------------------------------------------------------
    def person(self, role: Role, place=None) -> User:
        return self.world.person(role, place)

    def browser(self, user: User) -> Client:
        """The person's browser, signed in through the login page."""
        if user.pk not in self.browsers:
            browser = self.browsers[user.pk] = Visitor()
            page = self.read(browser.get("/accounts/login/", follow=True), "/accounts/login/")
            form = page.form("登录").fill(login=user.username, password=PASSWORD)
            answer = form.post(browser)
            assert answer.redirect_chain[-1][0] == "/", self.read(answer, "").errors
        return self.browsers[user.pk]

    def read(self, answer, url: str) -> Page:
        assert answer.status_code == 200, (answer.status_code, url)
        path, query = answer.request["PATH_INFO"], answer.request.get("QUERY_STRING")
        return Page(answer.content.decode(), f"{path}?{query}" if query else path or url)

    def visit(self, user: User, url: str) -> Page:
        browser = self.browser(user)
        with clock.at(self.day):
            return self.read(browser.get(url, follow=True), url)

    def fetch(self, user: User, url: str) -> bytes:
        """What is downloaded from ``url``."""
        browser = self.browser(user)
        with clock.at(self.day):
            answer = browser.get(url)
        assert answer.status_code == 200, (answer.status_code, url)
        return b"".join(answer) if answer.streaming else answer.content

    def send(self, user: User, form: Form) -> Page:
        browser = self.browser(user)
        with clock.at(self.day):
            return self.read(form.post(browser), form.action)

    # --- steps --------------------------------------------------------------------------------
    def waiting(self, user: User, title: str, place: str = "") -> list:
        """Rows of the person's inbox with that step."""
        rows = self.visit(user, "/inbox/").all("a", "inbox-row")
        return [row for row in rows if row.first("b").text == title and place in row.text]

    def step(self, user: User, title: str, place: str = "") -> Page:
        """Open the step from the inbox."""
        rows = self.waiting(user, title, place)
        assert len(rows) == 1, f"{user} has {len(rows)} × {title} {place}"
        page = self.visit(user, rows[0]["href"])
        assert page.heading.startswith(title)
        return page

    def finish(self, user: User, form: Form, title: str) -> Page:
        """Send the form; the page that follows must say that the step is done."""
        page = self.send(user, form)
        assert not page.errors, (title, page.errors)
        assert any(f"“{title}”已办结" in said for said in page.messages), (title, page.messages)
        return page

    def do(
        self, user: User, title: str, place: str = "", *, button: str = "", tick=(), **data
    ) -> Page:
        """Find the step, fill it in, finish it."""
        page = self.step(user, title, place)
        form = page.form(button) if button else main_form(page)
        return self.finish(user, form.fill(**data).tick(*tick), title)


def main_form(page: Page) -> Form:
    """The form with the step's one primary button."""
    buttons = [b for b in page.all("button", "btn-primary") if b.under("form")]
    buttons = [b for b in buttons if b["type"] == "submit" and not b["name"]]
    assert buttons, page.url
    return Form(page, buttons[-1].under("form"), buttons[-1])


def xlsx_file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def sheet_rows(content: bytes) -> list[tuple]:
    """Rows of a downloaded workbook, the heading first."""
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
