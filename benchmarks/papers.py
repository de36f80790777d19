"""Papers: ours warm, beside stock WeasyPrint and headless Chromium, in one run.

The form is a signed handover of four classrooms (twelve rows, three seals, QR code). Stock
WeasyPrint is what its manual's first page shows: a font configuration and style sheet made for
each form, the Chinese font of the system (apt fonts-noto-cjk) on the html element, pictures as
uploaded. Chromium is started once per form, as a print job from a web server would be. Ours pays
for its pictures each time too: their cache is emptied. The ways take turns, so that a busy moment
hits all of them; times are medians, and only the ratios carry over to other machines.

    python -m benchmarks.papers [--forms 9] [--chromium /usr/bin/chromium]
"""

import argparse
import base64
import gc
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banbantong.settings")
django.setup()

from django.template.loader import render_to_string  # noqa: E402
from weasyprint import CSS, HTML  # noqa: E402

from documents.pdf import ink, paper_context, render_paper  # noqa: E402
from documents.press import STYLE  # noqa: E402
from tests.paper_samples import sample, signed  # noqa: E402

VERIFY = "https://bbt.example.cn/v/k3vJx0Qe7mPzRt1A/"


def stock_style() -> str:
    """The same style sheet, with the system's font and its bold face instead of our files."""
    style = STYLE.read_text("utf-8")
    style = style.replace('  font: 9pt "Paper Song", "Noto Serif CJK SC";\n', "", 1)
    style = style.replace("font-weight: normal;", "")
    style = style.replace(
        'font-family: "Paper Song Bold", "Noto Serif CJK SC"',
        'font-weight: bold; font-family: "Noto Serif CJK SC"',
    )
    return style.replace('"Paper Song"', '"Noto Serif CJK SC"')


def raw_pictures(context: dict, signatures: list) -> dict:
    """The context with the signatures' and seals' pictures as they were uploaded."""

    def url(content: bytes | None) -> str:
        return "data:image/png;base64," + base64.b64encode(content).decode() if content else ""

    rows = [
        row | {"image": url(signature.image), "seal": url(signature.seal)}
        for row, signature in zip(context["signatures"], signatures, strict=True)
    ]
    return context | {"signatures": rows}


def timed(ways: dict[str, Callable[[], bytes]], forms: int) -> list[tuple[str, float, int]]:
    """Name, median milliseconds and size in bytes of each way, after one form that warms up."""
    sizes = {name: len(make()) for name, make in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(forms):
        for name, make in ways.items():
            gc.collect()  # no way pays for the rubbish that another one left
            start = time.perf_counter()
            make()
            times[name].append((time.perf_counter() - start) * 1000)
    return [(name, statistics.median(times[name]), sizes[name]) for name in ways]


def chromium_print(program: str, html: str, folder: Path) -> bytes:
    """Print ``html`` by one start of headless Chromium with a profile of its own."""
    (folder / "form.html").write_text(html, "utf-8")
    subprocess.run(
        [
            program,
            *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--no-pdf-header-footer", f"--user-data-dir={folder / 'profile'}"),
            f"--print-to-pdf={folder / 'form.pdf'}",
            (folder / "form.html").as_uri(),
        ],
        check=True,
        capture_output=True,
    )
    return (folder / "form.pdf").read_bytes()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--forms", type=int, default=9)
    options.add_argument("--chromium", default=shutil.which("chromium"))
    options = options.parse_args()

    paper = sample("handover", 4)
    signatures = signed(paper)
    context = paper_context(paper, signatures=signatures, verify_url=VERIFY)
    context = raw_pictures(context, signatures)
    template, style = "papers/handover.html", stock_style()

    def ours() -> bytes:
        ink.cache_clear()
        return render_paper(paper, signatures=signatures, verify_url=VERIFY)

    def stock() -> bytes:
        html = render_to_string(template, context)
        return HTML(string=html).write_pdf(stylesheets=[CSS(string=style)])

    def chromium() -> bytes:
        page = render_to_string(template, context)
        page = page.replace("</head>", f"<style>{style}</style></head>")
        return chromium_print(options.chromium, page, Path(folder))

    ways = {"ours, warm": ours, "WeasyPrint stock, system font": stock}
    if options.chromium:
        ways["Chromium print"] = chromium
    else:
        print("Chromium: not installed, left out")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        rows = timed(ways, options.forms)

    base = rows[0][1]
    print(f"{'way':<32}{'ms a form':>10}{'kB':>8}{'÷ ours':>9}")
    for name, milliseconds, size in rows:
        print(f"{name:<32}{milliseconds:>10.0f}{size / 1000:>8.0f}{milliseconds / base:>9.2f}")


if __name__ == "__main__":
    main()
