"""The site's secret key when the environment names none: made once, kept beside the data."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


def kept_secret(path: Path) -> str:
    """Return the secret kept in ``path``; the first caller makes it (mode 600).

    Several workers may start at once: the file appears under its name complete, by a hard
    link, and whoever comes second reads the first one's.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:  # opened with mode 600
            draft.write(secrets.token_urlsafe(48))
            draft.flush()
            with suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text().strip()
