"""What every test stands on: quick settings, a scratch place for files, guards on the database."""

import re
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import browser
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseOperations
from django.test import Client

# What tests share asserts too: let it say what it saw.
SHARED = ("browser_story", "doors", "life", "reading", "story", "story_school", "storyteller")
pytest.register_assert_rewrite(*(f"tests.{name}" for name in SHARED))

SCRATCH = Path(tempfile.mkdtemp(prefix="banbantong-tests-"))


def pytest_configure():
    """Change only what makes tests slow or leaves traces; the rest is what people run."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # The manifest is made by collectstatic, which tests do not run.
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": plain}}
    # So whitenoise looks where the files lie; a browser test without styles and scripts proves little.
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    settings.MEDIA_ROOT = SCRATCH / "files"
    settings.STATIC_ROOT = SCRATCH / "static"
    settings.STATIC_ROOT.mkdir()
    _flush_past_triggers()
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        # A file, as in life: threads of one test then meet real locks, and two people who run
        # the tests at once do not meet each other.
        database.setdefault("TEST", {})["NAME"] = str(SCRATCH / "test.sqlite3")
        database["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"


def _flush_past_triggers() -> None:
    """Let Django empty SQLite between transactional tests although history may not be deleted.

    PostgreSQL's TRUNCATE does not fire the append-only triggers; SQLite's DELETE does. They are
    taken down and put up again around the flush.
    """
    plain = DatabaseOperations.sql_flush

    def sql_flush(self, *args, **kwargs):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        down = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        return [*down, *plain(self, *args, **kwargs), *(sql for _, sql in triggers)]

    DatabaseOperations.sql_flush = sql_flush


def pytest_unconfigure():
    shutil.rmtree(SCRATCH, ignore_errors=True)


@pytest.fixture(autouse=True)
def _fresh_cache(request):
    """No lock-out is carried from one test into the next."""
    yield
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        cache.clear()


WRITE = re.compile(
    r"^\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE|ALTER|DROP|CREATE)"
    r"\s+\"?(\w+)",
    re.IGNORECASE,
)
# Browsers' sessions and the shared cache are the server's own notes, nobody's facts.
NOTES = {"django_session", "banbantong_cache"}


def _refuse_writes(execute, sql, params, many, context):
    written = WRITE.match(sql)
    if written and written[1].lower() not in NOTES:
        raise AssertionError(f"a page that only reads wrote to {written[1]}: {sql[:300]}")
    return execute(sql, params, many, context)


@contextmanager
def only_reads():
    """Fail on the first INSERT, UPDATE or DELETE inside the ``with`` block.

    >>> with only_reads():
    ...     client.get("/")
    """
    with connection.execute_wrapper(_refuse_writes):
        yield


class ReadingClient(Client):
    """A browser whose GET may not write: the house rule, checked on every page a test opens."""

    def get(self, *args, **kwargs):
        with only_reads():
            return super().get(*args, **kwargs)


@pytest.fixture
def client():
    """Replaces pytest-django's: every GET of every test proves that it only reads."""
    return ReadingClient()


@pytest.fixture
def client_of():
    """``client_of(user)``: a signed-in browser of that person."""

    def sign_in(user) -> ReadingClient:
        browser = ReadingClient()
        browser.force_login(user)
        return browser

    return sign_in


@pytest.fixture(scope="session")
def _chromium():
    with browser.chromium() as running:
        yield running


@pytest.fixture
def browse(_chromium):
    """``browse(width)``: a new page in a browser of its own; 390 wide is a phone."""
    with ExitStack() as stack:
        yield lambda width=1280: stack.enter_context(browser.page(_chromium, width))
