"""Static files: collected once per change, hashed, gzipped."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Gzip only: brotli comes along with the PDF renderer and would triple the first start."""

    def create_compressor(self, **kwargs):
        return super().create_compressor(use_brotli=False, **kwargs)


def fingerprint() -> str:
    """Changes when any source file changes, by name, size and time."""
    lines = sorted(
        f"{name} {(stat := Path(storage.path(name)).stat()).st_size} {stat.st_mtime_ns}"
        for finder in get_finders()
        for name, storage in finder.list(["icons", "viewflow", "*.ttf"])
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def collect() -> None:
    """``collectstatic``, unless nothing changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    now = fingerprint()
    if stamp.exists() and stamp.read_text() == now:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(now)
