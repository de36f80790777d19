"""Verbs of the financing floor, by what they are about."""

from financing.actions.agreement import close_agreement, draw_agreement, issue_notice
from financing.actions.claim import approve_claim, claim_rebates, receive_claim
from financing.actions.payment import (
    apply_for_payment,
    record_payment,
    reverse_payment,
    review_application,
)

__all__ = [
    "apply_for_payment",
    "approve_claim",
    "claim_rebates",
    "close_agreement",
    "draw_agreement",
    "issue_notice",
    "receive_claim",
    "record_payment",
    "reverse_payment",
    "review_application",
]
