"""The menu: short, by the person's work, and only what their posts use."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from registry.access import reach
from registry.enums import READERS, Role
from workflow.models import Duty


@dataclass
class Entry:
    """One line of the menu."""

    label: str
    icon: str
    url: str
    active: bool = False
    badge: int = 0


_SCHOOL = {Role.HEAD, Role.TECHNICIAN, Role.SCHOOL_FINANCE}
_READERS = READERS - {Role.ADMINISTRATOR}
_MONEY = {Role.COUNTY_FINANCE, Role.COUNTY_CASHIER, Role.SCHOOL_FINANCE, Role.SUPPLIER, Role.HEAD}
_OFFICE = {Role.PROJECT_OFFICE, Role.LEADING_GROUP}

# (label, icon, url name, the roles that use it); everybody has 待办
MENU = [
    ("待办", "inbox", "inbox", set(Role) - READERS),
    ("项目", "folders", "projects", set(Role) - _SCHOOL - {Role.SUPPLIER}),
    ("我校", "school", "acceptance:schools", _SCHOOL),
    ("学校", "school", "acceptance:schools", set(Role) - _SCHOOL - {Role.ADMINISTRATOR}),
    (
        "采购",
        "gavel",
        "procurement:tenders",
        _OFFICE | _READERS | {Role.PROCUREMENT, Role.SUPPLIER},
    ),
    (
        "整改",
        "tool",
        "acceptance:rectifications",
        {Role.SUPPLIER, Role.INSPECTOR, Role.STATION, Role.PROJECT_OFFICE},
    ),
    (
        "资产",
        "device-desktop",
        "assets:cards",
        _SCHOOL | _READERS | _OFFICE | {Role.STATION, Role.COUNTY_FINANCE, Role.TOWNSHIP_OFFICE},
    ),
    ("财务", "coin", "accounting:hub", _MONEY | _READERS | _OFFICE | {Role.STATION}),
    ("设置", "settings", "registry:settings", _OFFICE | {Role.ADMINISTRATOR, Role.AUDITOR}),
]

# Where an entry's pages lie besides below its own address.
ALSO = {"财务": ("/financing/",)}


def menu(request: HttpRequest) -> dict:
    """Context processor: the entries of the person's roles, the present one marked."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {"menu": []}
    return {"menu": SimpleLazyObject(lambda: _entries(request))}


def _entries(request: HttpRequest) -> list[Entry]:
    held = {Role(post.role) for post in reach(request.user).posts}
    entries = [
        Entry(label, icon, reverse(name)) for label, icon, name, roles in MENU if held & roles
    ]
    for entry in entries:
        entry.active = request.path.startswith((entry.url, *ALSO.get(entry.label, ())))
        if entry.label == "待办":
            entry.badge = Duty.objects.inbox(request.user).count()
    return entries
