"""``/healthz``: can this process serve people and make papers?"""

import re
from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@cache
def version() -> str:
    """The newest version that ``CHANGELOG.md`` names."""
    text = (settings.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(r"^## \[?(\d+\.\d+\.\d+)", text, re.MULTILINE)
    return found[1] if found else "unknown"


@cache
def paper_tools() -> dict[str, bool]:
    """Whether a Chinese font and HarfBuzz's subsetter (small PDFs) can be found."""
    try:
        from weasyprint.text import ffi  # slow, and fails where Pango is missing
    except OSError:
        return {"fonts": False, "harfbuzz_subset": False}
    shipped = settings.ROOT / "static/vendor/fonts/NotoSerifSC_400Regular.ttf"
    return {"fonts": shipped.is_file(), "harfbuzz_subset": ffi.harfbuzz_subset is not None}


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


@login_not_required
@never_cache
@require_safe
def healthz(request):
    """200 when people can work, 503 when the database is down; papers are reported, not fatal."""
    database = database_answers()
    body = {
        "status": "ok" if database else "down",
        "database": database,
        **paper_tools(),
        "version": version(),
    }
    return JsonResponse(body, status=200 if database else 503)
