"""Verbs of people: add, give and end posts, new password, tokens. Nobody is ever deleted."""

from __future__ import annotations

import datetime as dt
import secrets

from django.core.exceptions import ValidationError
from django.db import transaction

from registry import clock
from registry.enums import Role, Scope
from registry.models import ApiToken, Post, User

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which look alike on paper."""


def random_password() -> str:
    """Three groups of four letters and digits (59 bits): k7mp-xq3w-9hdt."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


@transaction.atomic
def add_person(
    *, name: str, username: str, phone: str, role: Role, place=None, valid_from: dt.date
) -> tuple[User, str]:
    """A new person with a first post; returns the initial password, which is stored nowhere else.

    ``place``: County, Township, School, Supplier or region code, as the role's scope asks.
    """
    password = random_password()
    user = User(name=name, username=username, phone=phone)
    user.set_password(password)
    user.full_clean()
    user.save()
    give_post(user=user, role=role, place=place, valid_from=valid_from)
    return user, password


@transaction.atomic
def give_post(*, user: User, role: Role, place=None, valid_from: dt.date) -> Post:
    """任职. Raises ``ValidationError`` when the person holds that very post already."""
    role = Role(role)
    field = {Scope.REGION: "region", Scope.SYSTEM: ""}.get(role.scope, role.scope.value)
    post = Post(user=user, role=role, valid_from=valid_from, **({field: place} if field else {}))
    post.full_clean()
    same = {name: getattr(post, name) for name in ("county", "township", "school", "supplier")}
    held = user.posts.filter(role=role, region=post.region, **same)
    if held.filter(valid_to=None).exists() or held.filter(valid_to__gte=valid_from).exists():
        raise ValidationError(f"{user}已任“{post}”。")
    post.save()
    return post


@transaction.atomic
def end_post(*, post: Post, last_day: dt.date) -> Post:
    """Let ``post`` end with ``last_day``, on which it still holds.

    Raises ``ValidationError`` when it has ended, or when no administrator would be left.
    """
    post = Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
    today = clock.today()
    if post.valid_to and post.valid_to < today:
        raise ValidationError(f"这一岗位已于 {post.valid_to} 结束。")
    if post.role == Role.ADMINISTRATOR and not _another_administrator(post, last_day):
        raise ValidationError("至少要有一名系统管理员在任，请先任命接任的人。")
    post.valid_to = last_day
    post.full_clean()
    post.save()
    return post


def _another_administrator(post: Post, day: dt.date) -> bool:
    others = Post.objects.in_force(max(day, clock.today()) + dt.timedelta(days=1))
    return others.filter(role=Role.ADMINISTRATOR, user__is_active=True).exclude(pk=post.pk).exists()


@transaction.atomic
def set_active(*, user: User, active: bool) -> None:
    """停用 or 启用 an account; what the person did stays theirs."""
    if not active:
        for post in user.posts.in_force().filter(role=Role.ADMINISTRATOR):
            others = Post.objects.in_force().filter(role=Role.ADMINISTRATOR, user__is_active=True)
            if not others.exclude(user=post.user_id).exists():
                raise ValidationError("至少要有一名系统管理员在任，请先任命接任的人。")
    User.objects.filter(pk=user.pk).update(is_active=active)


def new_password(user: User) -> str:
    """A new random password, returned once; every open session of the person ends with it."""
    password = random_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def issue_token(*, user: User, label: str, expires_on: dt.date) -> str:
    """Make a token for ``user``'s own programs; the secret is returned once and never stored."""
    if expires_on <= clock.today():
        raise ValidationError({"expires_on": "有效期应晚于今天。"})
    return ApiToken.issue(user=user, label=label, expires_on=expires_on)[1]


def revoke_token(token: ApiToken) -> None:
    """停用; a token that is already out of use stays as it was."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now())
