"""财务总览: what waits and what is owed, each number opening exactly its list."""

from __future__ import annotations

from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounting.reminders import reminders_of
from accounting.rooms import rooms_of
from accounting.standing import county_tiles, place_tiles
from registry.access import reach


@require_GET
def hub(request):
    """Numbers first, then the ways to every room of finance."""
    user = request.user
    tiles = county_tiles(user) if reach(user).wide else place_tiles(user)
    context = {
        "title": "财务总览",
        "tiles": tiles,
        "rooms": rooms_of(user),
        "reminders": reminders_of(user),
    }
    return render(request, "accounting/hub.html", context)
