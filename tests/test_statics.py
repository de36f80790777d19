"""Static files are collected once per change, under names that change with their content."""

import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage

from banbantong.statics import collect


@pytest.fixture
def source(settings, tmp_path):
    """A small site in place of ours: a style sheet, one icon, one font."""
    folder = tmp_path / "source"
    (folder / "vendor" / "icons").mkdir(parents=True)
    (folder / "vendor" / "icons" / "bell.svg").write_text("<svg/>")
    (folder / "vendor" / "paper.ttf").write_bytes(b"font")
    (folder / "site.css").write_text("body { color: black }\n" * 50)
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "banbantong.statics.HashedStorage"}
    }
    return folder


def collected(settings) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in settings.STATIC_ROOT.rglob("*") if p.is_file()}


def test_pages_get_hashed_gzipped_files_and_no_fonts_or_icons(source, settings):
    collect()
    url = staticfiles_storage.url("site.css")
    assert re.fullmatch(r"/static/site\.[0-9a-f]{12}\.css", url)
    names = set(collected(settings))
    assert {url.removeprefix("/static/"), url.removeprefix("/static/") + ".gz"} <= names
    assert not {name for name in names if name.endswith((".ttf", ".br")) or "bell" in name}


def test_a_second_time_does_nothing_until_a_file_changes(source, settings):
    collect()
    before, first = collected(settings), staticfiles_storage.url("site.css")
    collect()
    assert collected(settings) == before
    (source / "site.css").write_text("body { color: blue }")
    collect()
    assert staticfiles_storage.url("site.css") != first
    assert first.removeprefix("/static/") not in collected(settings), "the old one is gone"
