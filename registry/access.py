"""Who may see what: one question, asked by every ``visible_to``.

A person reaches rows through the posts (岗位) they hold today. A county post reaches the
county's rows, a school post the school's own, a supplier post the supplier's own, a
prefecture or province post every county whose code begins with its region's code.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q

from registry.enums import Role, Scope

NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING
"""Not ``Q()``: that one is lost as soon as something is or-ed to it."""


@dataclass(frozen=True)
class Reach:
    """What one person reaches today; ids of the places their posts are bound to."""

    posts: tuple = ()
    everything: bool = False
    county_ids: frozenset[int] = frozenset()
    township_ids: frozenset[int] = frozenset()
    school_ids: frozenset[int] = frozenset()
    supplier_ids: frozenset[int] = frozenset()
    regions: frozenset[str] = field(default=frozenset())

    def rows(self, *, county: str, township: str = "", school: str = "", supplier: str = "") -> Q:
        """A filter for rows whose place is found along the given lookup paths."""
        if self.everything:
            return EVERYTHING
        q = NOTHING
        if self.county_ids:
            q |= Q(**{f"{county}__in": self.county_ids})
        for region in self.regions:
            q |= Q(**{f"{county}__code__startswith": region})
        for path, ids in (
            (township, self.township_ids),
            (school, self.school_ids),
            (supplier, self.supplier_ids),
        ):
            if path and ids:
                q |= Q(**{f"{path}__in": ids})
        return q

    def counties(self) -> Q:
        """A filter for counties: whoever works anywhere in a county sees its name.

        It looks at townships and schools, so a county may come several times: use ``distinct``.
        """
        if self.everything or self.supplier_ids:
            return EVERYTHING
        q = Q(pk__in=self.county_ids)
        for region in self.regions:
            q |= Q(code__startswith=region)
        if self.township_ids:
            q |= Q(townships__in=self.township_ids)
        if self.school_ids:
            q |= Q(schools__in=self.school_ids)
        return q

    def suppliers(self, *, path: str) -> Q:
        """A filter for suppliers: a supplier sees itself, public bodies see all of them."""
        if (
            self.everything
            or self.county_ids
            or self.regions
            or self.school_ids
            or self.township_ids
        ):
            return EVERYTHING
        return Q(**{f"{path}__in": self.supplier_ids})

    def reads_county(self, county) -> bool:
        """Whether the person reads all of ``county``, not only one school's or supplier's part."""
        return (
            self.everything
            or county.pk in self.county_ids
            or any(county.code.startswith(region) for region in self.regions)
        )

    @property
    def wide(self) -> bool:
        """Whether the person's work spans a county or more."""
        return self.everything or bool(self.county_ids or self.regions)

    def holds(self, *roles: Role) -> bool:
        """Whether the person holds one of the roles anywhere."""
        return any(post.role in roles for post in self.posts)

    def holds_at(
        self, role: str, *, county=None, township=None, school=None, supplier=None
    ) -> bool:
        """Whether the person holds ``role`` at the place that the role's scope asks for."""
        place = {
            Scope.COUNTY: ("county_id", county),
            Scope.TOWNSHIP: ("township_id", township),
            Scope.SCHOOL: ("school_id", school),
            Scope.SUPPLIER: ("supplier_id", supplier),
        }.get(Role(role).scope)
        if place is None or place[1] is None:
            return False
        return any(post.role == role and getattr(post, place[0]) == place[1] for post in self.posts)


def reach(user) -> Reach:
    """The reach of ``user`` today; anonymous and inactive people reach nothing."""
    if user is None or not user.is_authenticated or not user.is_active:
        return Reach()
    return user.reach


def reach_of(posts: tuple) -> Reach:
    """What somebody reaches who holds just these ``posts``."""

    def ids(name: str) -> frozenset:
        return frozenset(value for post in posts if (value := getattr(post, name)))

    return Reach(
        posts=posts,
        everything=any(post.role == Role.ADMINISTRATOR for post in posts),
        county_ids=ids("county_id"),
        township_ids=ids("township_id"),
        school_ids=ids("school_id"),
        supplier_ids=ids("supplier_id"),
        regions=ids("region"),
    )
