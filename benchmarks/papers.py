"""Papers: ours warm, beside stock WeasyPrint and headless Chromium, in one run.

The form is a signed handover of four classrooms (twelve rows, three seals, QR code). Stock
WeasyPrint makes a font configuration and parses the style sheet each time and takes the Chinese
font that the system offers (apt fonts-noto-cjk). Chromium is started once per form, as a print
job from a web server would be. Times are medians; only the ratios carry over to other machines.

    python -m benchmarks.papers [--forms 9] [--chromium /usr/bin/chromium]
"""

import argparse
import os
import resource
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

from documents.pdf import paper_context, render_paper  # noqa: E402
from documents.press import STYLE  # noqa: E402
from tests.paper_samples import sample, signed  # noqa: E402

VERIFY = "https://bbt.example.cn/v/k3vJx0Qe7mPzRt1A/"


def stock_style() -> str:
    """The same style sheet, with the system's font instead of our files."""
    style = STYLE.read_text("utf-8")
    return style.replace('"Paper Song Bold"', '"Noto Serif CJK SC"').replace(
        '"Paper Song"', '"Noto Serif CJK SC"'
    )


def timed(make: Callable[[], bytes], forms: int) -> tuple[float, int]:
    """Median milliseconds and size in bytes of one form, after one that warms up."""
    content, times = make(), []
    for _ in range(forms):
        start = time.perf_counter()
        content = make()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), len(content)


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
    template, style = "papers/handover.html", stock_style()

    def ours() -> bytes:
        return render_paper(paper, signatures=signatures, verify_url=VERIFY)

    def stock() -> bytes:
        html = render_to_string(template, context)
        return HTML(string=html).write_pdf(stylesheets=[CSS(string=style)])

    rows = [("ours, warm", *timed(ours, options.forms))]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    rows.append(("WeasyPrint stock, system font", *timed(stock, options.forms)))
    if options.chromium:
        page = render_to_string(template, context).replace(
            "</head>", f"<style>{style}</style></head>"
        )
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            place = Path(folder)
            rows.append(
                (
                    "Chromium print",
                    *timed(lambda: chromium_print(options.chromium, page, place), options.forms),
                )
            )
    else:
        print("Chromium: not installed, left out")

    base = rows[0][1]
    print(f"{'way':<32}{'ms a form':>10}{'kB':>8}{'÷ ours':>9}")
    for name, milliseconds, size in rows:
        print(f"{name:<32}{milliseconds:>10.0f}{size / 1000:>8.0f}{milliseconds / base:>9.2f}")
    print(f"peak memory of our way: {memory} MB")


if __name__ == "__main__":
    main()
