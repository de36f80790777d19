"""A real browser for tests: Debian's chromium, driven by Playwright."""

import os
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
# Without a sandbox, because CI runs as root; silent, because its machine has no network.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium():
    """A running browser. Django's database layer must bear Playwright's event loop meanwhile."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
            yield browser
            browser.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@contextmanager
def page(browser, width: int = 1280):
    """A fresh person's browser, Chinese, ``width`` pixels wide (390 is a phone).

    Fails at the end when the page's scripts failed or the security policy refused something.
    """
    context = browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": 844 if width < 600 else 900},
        has_touch=width < 600,
        is_mobile=width < 600,
    )
    context.set_default_timeout(15_000)
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on(
        "console",
        lambda said: trouble.append(said.text) if "Security Policy" in said.text else None,
    )
    yield opened
    context.close()
    assert trouble == []
