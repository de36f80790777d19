"""Verbs of the financing floor, by what they are about."""

from financing.actions.agreement import close_agreement, draw_agreement, issue_notice
from financing.actions.claim import approve_claim, claim_rebates, receive_claim
from financing.actions.ledger import account_of, accounts_of, owes_nothing, repost
from financing.actions.payment import (
    amount_due,
    apply_for_payment,
    oldest_debt,
    record_payment,
    refund_credit,
    reverse_payment,
    review_application,
)
from financing.actions.waiver import decide_waiver, propose_waiver

__all__ = [
    "account_of",
    "accounts_of",
    "amount_due",
    "apply_for_payment",
    "approve_claim",
    "claim_rebates",
    "close_agreement",
    "decide_waiver",
    "draw_agreement",
    "issue_notice",
    "oldest_debt",
    "owes_nothing",
    "propose_waiver",
    "receive_claim",
    "record_payment",
    "refund_credit",
    "repost",
    "reverse_payment",
    "review_application",
]
