"""What every page's frame shows: the product, the place, the post in use, the account's doors."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from registry.access import reach
from registry.models import County

PRODUCT = "班班通项目管理系统"


def frame(request: HttpRequest) -> dict:
    """Context of the frame; ``posts`` costs the one query that ``visible_to`` asks anyway."""
    user = getattr(request, "user", None)
    known = bool(user and user.is_authenticated)
    return {
        "product": PRODUCT,
        # Section 13 of the AGPL: whoever uses the site over a network is offered its source.
        "source_url": getattr(settings, "SOURCE_URL", ""),
        "county": SimpleLazyObject(the_county),
        "posts": SimpleLazyObject(lambda: list(reach(user).posts)) if known else [],
        "post": SimpleLazyObject(lambda: post_in_use(request)) if known else None,
        "doors": {
            "login": first_url("account_login", "login"),
            "logout": first_url("account_logout", "logout"),
            "password": first_url("account_change_password", "password_change"),
            "mfa": first_url("mfa_index"),
            "use_post": first_url("use_post"),
            "inbox": first_url("inbox"),
            "settings": first_url("registry:settings"),
        },
    }


def the_county() -> str:
    """The name of the county when the site serves one; asked for by the sign-in page only."""
    names = County.objects.values_list("name", flat=True)[:2]
    return names[0] if len(names) == 1 else ""


def post_in_use(request: HttpRequest):
    """The post that the person chose in this session, else their first; None without a post."""
    posts = reach(request.user).posts
    chosen = request.session.get("post")
    return next((post for post in posts if post.pk == chosen), posts[0] if posts else None)


def first_url(*names: str) -> str:
    """The address of the first route that exists; empty when the site mounts none of them."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""
