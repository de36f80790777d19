"""Verbs of the financing floor, by what they are about."""

from financing.actions.agreement import close_agreement, draw_agreement, issue_notice
from financing.actions.claims import (
    Verdict,
    approve_claim,
    claim_batch,
    decide_claims,
    end_claim,
    receive_batch,
    receive_claim,
    return_claim,
    review_claim,
    take_back,
    withdraw_claim,
)
from financing.actions.ledger import account_of, accounts_of, owes_nothing, repost
from financing.actions.order import pass_applications
from financing.actions.payment import (
    amount_due,
    apply_for_payment,
    oldest_debt,
    record_payment,
    refund_credit,
    reverse_payment,
    review_application,
    ripe,
    send_back,
)
from financing.actions.waiver import decide_waiver, propose_waiver

__all__ = [
    "Verdict",
    "account_of",
    "accounts_of",
    "amount_due",
    "apply_for_payment",
    "approve_claim",
    "claim_batch",
    "close_agreement",
    "decide_claims",
    "decide_waiver",
    "draw_agreement",
    "end_claim",
    "issue_notice",
    "oldest_debt",
    "owes_nothing",
    "pass_applications",
    "propose_waiver",
    "receive_batch",
    "receive_claim",
    "record_payment",
    "refund_credit",
    "repost",
    "return_claim",
    "reverse_payment",
    "review_application",
    "review_claim",
    "ripe",
    "send_back",
    "take_back",
    "withdraw_claim",
]
