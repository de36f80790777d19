"""Verbs of the ground floor: places, people and posts, dated parameters, tokens.

None of them deletes a person, a post or a parameter: what was in force on a day stays known.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction

from registry import clock
from registry.models import ApiToken, User


@transaction.atomic
def issue_token(*, user: User, label: str, expires_on: dt.date) -> str:
    """Make a token for ``user``'s own programs; the secret is returned once and never stored."""
    if expires_on <= clock.today():
        raise ValidationError({"expires_on": "有效期应晚于今天。"})
    return ApiToken.issue(user=user, label=label, expires_on=expires_on)[1]


def revoke_token(token: ApiToken) -> None:
    """停用; a token that is already out of use stays as it was."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now())
