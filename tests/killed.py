"""A process of its own that works on the tests' database and is killed in the middle (SIGKILL)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection


def database_url() -> str:
    """The tests' own database as another process finds it; PostgreSQL may listen on a socket only."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    who = ":".join(filter(None, [found["USER"], found["PASSWORD"]]))
    place = ":".join(filter(None, [found["HOST"], str(found["PORT"] or "")]))
    url = f"postgres://{who}@{place}/{found['NAME']}"
    socket = found["OPTIONS"].get("host")
    return f"{url}?host={socket}" if socket else url


def run_and_die(code: str, *words: object, data: Path) -> None:
    """Run ``code`` with ``words`` as arguments; fails unless it was killed. ``data``: its files."""
    connection.close()
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "banbantong.settings",
        "DATABASE_URL": database_url(),
        "BANBANTONG_DATA": str(data),
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=settings.ROOT,
        env=env,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
