"""Verbs of the acceptance floor, in the order of the school's story."""

from acceptance.actions.changes import approve_change
from acceptance.actions.contract import conclude_contract
from acceptance.actions.defects import finish_rectification, rectify
from acceptance.actions.handover import complete_handover, open_handover, sign_handover
from acceptance.actions.inspection import Judgement, finish_round, judge
from acceptance.actions.install import (
    Piece,
    finish_installation,
    install,
    replace,
    take_back,
)
from acceptance.actions.signing import (
    issue_county_form,
    issue_school_form,
    return_school_form,
    review_school_form,
    sign_county_form,
    sign_school_form,
)
from acceptance.actions.site import prepare_site, record_training

__all__ = [
    "Judgement",
    "Piece",
    "approve_change",
    "complete_handover",
    "conclude_contract",
    "finish_installation",
    "finish_rectification",
    "finish_round",
    "install",
    "issue_county_form",
    "issue_school_form",
    "judge",
    "open_handover",
    "prepare_site",
    "record_training",
    "rectify",
    "replace",
    "return_school_form",
    "review_school_form",
    "sign_county_form",
    "sign_handover",
    "sign_school_form",
    "take_back",
]
