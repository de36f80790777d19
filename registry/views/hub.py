"""设置: the doors that this person may open."""

from __future__ import annotations

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from registry.access import reach
from registry.doors import DOORS


@require_GET
def settings(request):
    """The hub; a door that the person may not open is not drawn."""
    groups: dict[str, list[dict]] = {}
    for door in DOORS:
        if not door.roles or reach(request.user).holds(*door.roles):
            line = {"label": door.label, "note": door.note, "icon": door.icon}
            groups.setdefault(door.group, []).append(line | {"url": reverse(door.name)})
    return render(request, "registry/settings.html", {"groups": groups.items()})
