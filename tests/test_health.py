"""/healthz: what a monitor reads."""

import re

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from banbantong import health

pytestmark = pytest.mark.django_db


def test_anyone_may_ask_and_learns_that_everything_works(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": True,
        "fonts": True,
        "harfbuzz_subset": True,
        "version": health.version(),
    }


def test_the_version_is_the_changelogs_newest():
    changelog = (settings.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    numbers = re.findall(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    assert health.version() == numbers[0]
    assert numbers == sorted(numbers, key=lambda n: [int(x) for x in n.split(".")], reverse=True)


def test_a_dead_database_is_503_and_still_an_answer(client, monkeypatch):
    def dead(self, *args, **kwargs):
        raise DatabaseError("connection refused")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", dead)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
    assert answer.json()["database"] is False


def test_a_missing_font_is_reported(client, settings, tmp_path):
    (tmp_path / "CHANGELOG.md").write_text("## 1.2.3\n", encoding="utf-8")
    settings.ROOT = tmp_path
    health.paper_tools.cache_clear()
    try:
        answer = client.get("/healthz")
        assert answer.status_code == 200
        assert answer.json()["fonts"] is False
    finally:
        health.paper_tools.cache_clear()


def test_it_only_answers_questions(client):
    assert client.post("/healthz").status_code == 405
