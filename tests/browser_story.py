"""People at their desks and phones: each in a real browser that is looked at after every act.

County people sit at a desk (1280 pixels), the school, the inspector and the installer stand in a
classroom with a phone (390). On every page that is opened: nothing runs off the side, no script
fails, nothing answers with an error, and nobody meets an English word. With ``STORY_SHOTS`` set to
a folder, every page is kept there as a picture.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from registry.enums import Role
from registry.models import User
from tests.world import PASSWORD

DESK, PHONE = 1280, 390
# Formats and standards that have no Chinese name; codes with digits are no words.
KNOWN = {"Excel", "xlsx", "PDF", "BPMN", "API", "AGPL", "PNG", "JPG", "GB", "T", "Enter", "j", "k"}
KNOWN |= {"LED", "SHA", "SN", "HT", "ZB", "HG", "JH", "SL"}


class Desk:
    """One person's browser, signed in through the login page."""

    def __init__(self, browse, home: str, user: User, width: int):
        self.page, self.home, self.user, self.width = browse(width), home, user, width
        self.trouble: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("response", self._answered)
        self.page.goto(f"{home}/accounts/login/")
        self.page.get_by_label("用户名").fill(user.username)
        self.page.get_by_label("密码").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(f"{home}/")
        self.look()

    def _heard(self, said) -> None:
        if said.type == "error":
            self.trouble.append(said.text)

    def _answered(self, answer) -> None:
        if answer.status >= 400:
            self.trouble.append(f"{answer.status} {answer.url}")

    def look(self) -> None:
        """What holds on every page."""
        page = self.page
        page.wait_for_load_state()
        assert self.trouble == [], (page.url, self.trouble)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{page.url} is {wider} pixels wider than {self.width}"
        said = re.sub(r"https?://\S+", "", page.locator("body").inner_text())
        words = {
            word for word in re.findall(r"[A-Za-z][A-Za-z0-9_.\-]*", said) if word not in KNOWN
        }
        english = {word for word in words if not re.search(r"\d", word)}
        assert not english, f"{page.url} says {english}"
        self._keep_picture()

    def _keep_picture(self) -> None:
        if folder := os.environ.get("STORY_SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            number = len(list(Path(folder).iterdir())) + 1
            name = re.sub(r"\W+", "-", self.page.url.removeprefix(self.home)).strip("-")
            path = Path(folder) / f"{number:03d}-{self.width}-{name[:60] or 'home'}.png"
            self.page.screenshot(path=path, full_page=True)

    # --- what a hand does ---------------------------------------------------------------------
    def menu(self, words: str) -> None:
        bar = self.page.locator(".side-menu" if self.width == DESK else "nav.tabs")
        with self.page.expect_navigation():
            bar.get_by_role("link", name=words).first.click()
        self.look()

    def follow(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("link", name=words).first.click()
        self.look()

    def waiting(self, title: str) -> Locator:
        self.menu("待办")
        return self.page.locator("a.inbox-row").filter(
            has=self.page.locator("b", has_text=re.compile(f"^{title}$"))
        )

    def step(self, title: str) -> None:
        """Open the step from the inbox."""
        row = self.waiting(title)
        expect(row).to_have_count(1)
        with self.page.expect_navigation():
            row.click()
        expect(self.page.locator("h1")).to_contain_text(title)
        self.look()

    def field(self, name: str) -> Locator:
        return self.page.locator(f'main [name="{name}"]').first

    def fill(self, **values) -> None:
        for name, value in values.items():
            self.field(name).fill(str(value))

    def tick(self, *names: str) -> None:
        for name in names:
            self.field(name).check()

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'main [name="{name}"][value="{value}"]').check()

    def sign(self) -> None:
        """Draw a name with the mouse."""
        canvas = self.page.locator("[data-signature] canvas")
        canvas.evaluate("node => node.scrollIntoView({block: 'center', behavior: 'instant'})")
        box = canvas.bounding_box()
        mouse = self.page.mouse
        mouse.move(box["x"] + 40, box["y"] + 40)
        mouse.down()
        for x, y in ((90, 90), (140, 40), (190, 85), (240, 50)):
            mouse.move(box["x"] + x, box["y"] + y, steps=4)
        mouse.up()
        assert self.field("signature").input_value().startswith("data:image/png")

    def press(self, words: str, within: str = "main") -> None:
        """Press the button, and say yes if it asks."""
        button = self.page.locator(within).get_by_role("button", name=words, exact=True).last
        asks = button.get_attribute("data-confirm") is not None
        button.click()
        if asks:
            self.page.locator("dialog[open] [data-answer=yes]").click()

    def said(self, words: str) -> None:
        """The site says so after the act."""
        expect(self.page.locator(".note").first).to_contain_text(words)
        self.look()

    def finish(self, title: str, button: str) -> None:
        self.press(button)
        self.said(f"“{title}”已办结")


class Office:
    """Everybody's desk, opened when first needed."""

    def __init__(self, browse, home: str, world):
        self.browse, self.home, self.world = browse, home, world
        self.desks: dict[Role, Desk] = {}

    def __call__(self, role: Role) -> Desk:
        if role not in self.desks:
            phone = role in (Role.TECHNICIAN, Role.HEAD, Role.INSPECTOR, Role.SUPPLIER)
            width = PHONE if phone else DESK
            user = self.world.person(role)
            self.desks[role] = Desk(self.browse, self.home, user, width)
        return self.desks[role]
