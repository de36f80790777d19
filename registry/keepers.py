"""Who keeps the registry: the administrator everything, a project office its county's part."""

from __future__ import annotations

from django.db.models import QuerySet

from registry.access import reach
from registry.enums import Role
from registry.models import County, Post, School, User

SCHOOL_ROLES = (Role.HEAD, Role.TECHNICIAN, Role.SCHOOL_FINANCE)
"""Posts that a project office may fill. Its own approvers are not among them: whoever prepares
does not choose who approves."""


def is_administrator(user) -> bool:
    return reach(user).holds(Role.ADMINISTRATOR)


def kept_counties(user) -> QuerySet[County]:
    """Counties whose schools, townships and holidays ``user`` keeps."""
    if is_administrator(user):
        return County.objects.all()
    kept = [post.county_id for post in reach(user).posts if post.role == Role.PROJECT_OFFICE]
    return County.objects.filter(pk__in=kept)


def keeps(user, county_id: int) -> bool:
    """Whether ``user`` keeps that county's registry."""
    return is_administrator(user) or reach(user).holds_at(Role.PROJECT_OFFICE, county=county_id)


def keeps_post(user, post: Post) -> bool:
    """Whether ``user`` may end ``post`` (or may have given it)."""
    if is_administrator(user):
        return True
    return post.role in SCHOOL_ROLES and keeps(user, post.school.county_id)


def keeps_person(user, person: User) -> bool:
    """Whether ``user`` may reset the password of ``person`` or close the account.

    A project office may only for people who hold nothing but posts at its own schools: a new
    password would otherwise let it act as its own approver.
    """
    if is_administrator(user):
        return True
    posts = list(person.posts.select_related("school"))
    return bool(posts) and all(keeps_post(user, post) for post in posts)


def schools_kept(user) -> QuerySet[School]:
    """Schools that are open and that ``user`` keeps."""
    return School.objects.filter(county__in=kept_counties(user), closed_on=None)
