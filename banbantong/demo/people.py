"""The people of the demonstration: one or two for every post, all with one password."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.hashers import make_password

from registry.enums import Role, Scope
from registry.models import County, Post, School, Supplier, User

PASSWORD = "Banbantong-2026"
SINCE = dt.date(2014, 1, 1)

# (username, role) of the county, prefecture, province and the system
COUNTY_PEOPLE = [
    ("xmb1", Role.PROJECT_OFFICE),
    ("xmb2", Role.PROJECT_OFFICE),
    ("ldxz", Role.LEADING_GROUP),
    ("cgjb", Role.PROCUREMENT),
    ("zbz1", Role.STATION),
    ("zbz2", Role.STATION),
    ("yanshou1", Role.INSPECTOR),
    ("yanshou2", Role.INSPECTOR),
    ("caiwu", Role.COUNTY_FINANCE),
    ("caiwu2", Role.COUNTY_FINANCE),
    ("chuna", Role.COUNTY_CASHIER),
    ("shenji", Role.AUDITOR),
    ("zhouji", Role.PREFECTURE),
    ("shengji", Role.PROVINCE),
    ("admin", Role.ADMINISTRATOR),
]
SCHOOL_PEOPLE = [
    ("xz", Role.HEAD),
    ("jsy", Role.TECHNICIAN),
    ("cw", Role.SCHOOL_FINANCE),
]


class Cast:
    """Who does what: ``cast.of(role, place)`` is the person who holds the role there."""

    def __init__(self, county: County):
        self.county = county
        self._users: list[User] = []
        self._posts: list[tuple[User, Role, object]] = []
        self._by_role: dict[tuple[Role, object], User] = {}
        self._secret = make_password(PASSWORD)

    def hire(self, username: str, role: Role, place, label: str) -> None:
        user = User(username=username, name=label[:20], password=self._secret, phone="13800000000")
        self._users.append(user)
        self._posts.append((user, role, place))
        self._by_role.setdefault((role, place.pk if hasattr(place, "pk") else None), user)

    def settle(self) -> None:
        """Write everybody at once."""
        User.objects.bulk_create(self._users, batch_size=2000)
        rows = []
        for user, role, place in self._posts:
            field = {Scope.REGION: "region", Scope.SYSTEM: None}.get(role.scope, role.scope.value)
            where = {field: place} if field else {}
            rows.append(Post(user=user, role=role, valid_from=SINCE, **where))
        Post.objects.bulk_create(rows, batch_size=2000)

    def of(self, role: Role, *, school=None, supplier=None) -> User:
        place = {
            Scope.COUNTY: self.county,
            Scope.SCHOOL: school,
            Scope.SUPPLIER: supplier,
        }.get(role.scope)
        return self._by_role[role, place.pk if place else None]


def make_cast(county: County, schools: list[School], suppliers: list[Supplier]) -> Cast:
    """Everybody who works in the demonstration county."""
    cast = Cast(county)
    for username, role in COUNTY_PEOPLE:
        place = {
            Scope.REGION: county.code[:2] if role is Role.PROVINCE else county.code[:4],
            Scope.SYSTEM: None,
        }.get(role.scope, county)
        number = username[-1] if username[-1].isdigit() else ""
        cast.hire(username, role, place, f"示例{role.label}{number}")
    for number, supplier in enumerate(suppliers, start=1):
        cast.hire(f"gys{number}", Role.SUPPLIER, supplier, f"示例供应商代表{number}")
    for school in schools:
        for suffix, role in SCHOOL_PEOPLE:
            short = school.name.replace("（示例）", "").replace("乡", "").replace("镇", "")
            name = {"xz": "校长", "jsy": "技术员", "cw": "财务"}[suffix]
            cast.hire(f"{school.code}-{suffix}", role, school, f"示例{name}{short}")
    cast.settle()
    return cast
