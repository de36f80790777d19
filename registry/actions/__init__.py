"""Verbs of the ground floor: places, people and posts, dated parameters, tokens.

None of them deletes a person, a post or a parameter: what was in force on a day stays known.
"""

from registry.actions.law import add_holiday, drop_holiday, set_parameter
from registry.actions.people import (
    add_person,
    end_post,
    give_post,
    issue_token,
    new_password,
    revoke_token,
    set_active,
)
from registry.actions.places import keep_first_state, rename_township, save_school

__all__ = [
    "add_holiday",
    "add_person",
    "drop_holiday",
    "end_post",
    "give_post",
    "issue_token",
    "keep_first_state",
    "new_password",
    "rename_township",
    "revoke_token",
    "save_school",
    "set_active",
    "set_parameter",
]
