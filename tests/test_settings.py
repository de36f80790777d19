"""Settings come from the environment, and a wrong value fails loudly at the start."""

import os
import stat
import subprocess
import sys

import pytest
from django.conf import settings

from banbantong.keys import kept_secret


def start(tmp_path, show="DEBUG", **environment):
    """Import the settings in a fresh process, as a server would."""
    keep = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "-c", f"from banbantong import settings; print(settings.{show})"],
        cwd=settings.ROOT,
        env=keep | {"BANBANTONG_DATA": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://root@localhost/banbantong"),
        ("DATABASE_URL", "oracle://x"),
        ("SESSION_IDLE_MINUTES", "half an hour"),
        ("DATABASE_POOL", "many"),
        ("TRUSTED_PROXIES", "one"),
    ],
)
def test_a_wrong_value_stops_the_start(tmp_path, name, value):
    if name == "DATABASE_POOL":
        run = start(tmp_path, DATABASE_URL="postgres://a@localhost/b", DATABASE_POOL=value)
    else:
        run = start(tmp_path, **{name: value})
    assert run.returncode != 0
    assert name in run.stderr or value in run.stderr


def test_nothing_set_is_a_safe_site(tmp_path):
    shown = "DEBUG, settings.ALLOWED_HOSTS, settings.DATABASES['default']['NAME']"
    run = start(tmp_path, shown)
    assert run.stdout.split(" ", 1)[0] == "False"
    assert "'*'" not in run.stdout
    assert str(tmp_path / "banbantong.sqlite3") in run.stdout


def test_https_secures_the_cookies(tmp_path):
    shown = "SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT"
    assert start(tmp_path, shown).stdout.strip() == "False False False"
    assert start(tmp_path, shown, HTTPS="true").stdout.strip() == "True True True"


def test_the_secret_is_made_once_and_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "data" / "secret_key"
    first = kept_secret(path)
    assert len(first) >= 50
    assert kept_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["secret_key"], "no draft is left behind"


def test_the_environments_secret_goes_first(tmp_path):
    assert start(tmp_path, "SECRET_KEY", SECRET_KEY="从环境来").stdout.strip() == "从环境来"
    assert not (tmp_path / "secret_key").exists()
