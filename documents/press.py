"""The press: HTML in, PDF out, with Chinese fonts that are ours.

WeasyPrint is used warm: fonts and style sheet are read once per process, which halves the time of
a form. The fonts are static TrueType files; web-font slices and WOFF2 gave wrong glyphs or took a
hundred times as long. Nothing but those files and ``data:`` URLs can be loaded while a paper is
set, so no text that a user typed can make the server read a file or call a network address.
"""

import logging
import os
import threading
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from weasyprint import CSS, HTML, Document
from weasyprint.text import ffi
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

log = logging.getLogger(__name__)

FONTS = settings.ROOT / "static" / "vendor" / "fonts"
STYLE = settings.ROOT / "static" / "css" / "paper.css"
# family name in paper.css → file of the npm package @expo-google-fonts/noto-serif-sc
FACES = {
    "Paper Song": "NotoSerifSC_400Regular.ttf",
    "Paper Song Bold": "NotoSerifSC_700Bold.ttf",
}


ADVICE = (
    "没有可显示“{}”的中文字体，文书未生成，数据没有丢失。"
    "请系统管理员运行 bin/run 取得字体，生僻字另装 fonts-noto-cjk 与 fonts-noto-cjk-extra。"
)


class NoGlyph(RuntimeError):
    """No installed font draws a Chinese character that the paper needs."""


class FontsOnly(URLFetcher):
    """Fetcher that serves our font files and ``data:`` URLs and refuses everything else."""

    def __init__(self, allowed: frozenset[str]):
        super().__init__(allowed_protocols=["file", "data"], allow_redirects=False)
        self.allowed = allowed

    def fetch(self, url, headers=None):
        if not url.startswith("data:") and url not in self.allowed:
            raise ValueError(f"a paper may not load {url}")
        return super().fetch(url, headers)


class Press:
    """Fonts and style sheet of all papers, loaded once.

    Pango's font map belongs to one thread at a time, so every rendering holds the lock; several
    papers at once are made by several processes.
    """

    def __init__(self, fonts: Path = FONTS, style: Path = STYLE):
        faces = {
            name: (fonts / file).as_uri()
            for name, file in FACES.items()
            if (fonts / file).is_file()
        }
        if not faces and not system_fonts():
            raise NoGlyph(ADVICE.format("任何文字"))  # Pango would crash the whole process
        self.lock = threading.Lock()
        self.config = FontConfiguration()
        self.fetcher = FontsOnly(frozenset(faces.values()))
        rules = [
            f'@font-face {{ font-family: "{name}"; src: url("{url}") }}'
            for name, url in faces.items()
        ]
        self.style = CSS(
            string="\n".join(rules) + style.read_text("utf-8"),
            font_config=self.config,
            url_fetcher=self.fetcher,
        )

    def pdf(self, html: str, *, identifier: str = "") -> bytes:
        """Set ``html`` (a whole document) as PDF; equal input gives equal bytes.

        Raises NoGlyph rather than printing boxes in place of Chinese characters.
        """
        with self.lock:
            result, missing = _written(self._set(html), identifier.encode() or None)
        report(missing)
        return result

    def bundle(self, htmls: Iterable[str]) -> bytes:
        """Several whole documents one after another in one PDF, each with its own page numbers.

        The fonts are in the file once, so it is far smaller than the single files together.
        """
        with self.lock:
            documents = [self._set(html) for html in htmls]
            pages = [page for document in documents for page in document.pages]
            result, missing = _written(documents[0].copy(pages))
        report(missing)
        return result

    def _set(self, html: str) -> Document:
        return HTML(string=html, url_fetcher=self.fetcher).render(
            font_config=self.config, stylesheets=[self.style]
        )


def _written(document: Document, identifier: bytes | None = None) -> tuple[bytes, set[str]]:
    """The PDF, and the characters that no font could draw."""
    missing: set[str] = set()

    def collect(document, _pdf):
        missing.update(chr(code) for font in document.fonts.values() for code in font.missing)

    return document.write_pdf(finisher=collect, pdf_identifier=identifier), missing


def system_fonts() -> int:
    """Count the fonts that the operating system offers."""
    config = ffi.ffi.gc(ffi.fontconfig.FcInitLoadConfigAndFonts(), ffi.fontconfig.FcConfigDestroy)
    fonts = ffi.fontconfig.FcConfigGetFonts(config, ffi.fontconfig.FcSetSystem)
    return fonts.nfont


def report(missing: set[str]) -> None:
    """Raise for missing letters and ideographs, log missing signs (emoji and the like)."""
    letters = sorted(sign for sign in missing if unicodedata.category(sign)[0] in "LNP")
    if letters:
        raise NoGlyph(ADVICE.format("".join(letters[:20])))
    if missing:
        log.warning("no font draws %s", sorted(missing))


_press: Press | None = None
_making = threading.Lock()


def press() -> Press:
    """Return this process's press, made at its first use."""
    global _press
    with _making:
        if _press is None:
            _press = Press()
        return _press


def _leave_to_parent() -> None:
    """Give up the parent's press in a forked child, which may neither share nor delete its fonts.

    WeasyPrint removes the folder of a font configuration when the object dies; a child that dies
    first would take the fonts away from its parent.
    """
    global _press, _making
    if _press is not None:
        _press.config._folder = None
    _press, _making = None, threading.Lock()


os.register_at_fork(after_in_child=_leave_to_parent)


def check_fonts() -> dict[str, bool]:
    """Say whether papers can be printed well, for the health page.

    ``chinese_font``: a probe text is set without a missing glyph.
    ``harfbuzz_subset``: the library that makes a form quick and small is installed.
    """
    try:
        press().pdf("<html lang='zh-CN'><p>班班通项目验收文书：壹贰叁，〔2026〕①。</p></html>")
        chinese = True
    except NoGlyph:
        chinese = False
    return {"chinese_font": chinese, "harfbuzz_subset": ffi.harfbuzz_subset is not None}
