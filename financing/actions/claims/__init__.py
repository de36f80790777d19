"""Rebates: claim → review → approve → receive. Who does what stands in ``rights``."""

from financing.actions.claims.claim import (
    claim_batch,
    return_claim,
    withdraw_claim,
    withdraw_unfounded,
)
from financing.actions.claims.decide import (
    Verdict,
    approve_claim,
    decide_claims,
    review_claim,
    stage_of,
)
from financing.actions.claims.receive import end_claim, receive_batch, receive_claim, take_back

__all__ = [
    "Verdict",
    "approve_claim",
    "claim_batch",
    "decide_claims",
    "end_claim",
    "receive_batch",
    "receive_claim",
    "return_claim",
    "review_claim",
    "stage_of",
    "take_back",
    "withdraw_claim",
    "withdraw_unfounded",
]
