"""Forms of the financing floor."""

from financing.forms.claims import ApproveForm, BulkClaimForm, ReceiveForm
from financing.forms.steps import ApplyForm, ClaimForm, PayForm, ReverseForm, ReviewForm

__all__ = [
    "ApplyForm",
    "ApproveForm",
    "BulkClaimForm",
    "ClaimForm",
    "PayForm",
    "ReceiveForm",
    "ReverseForm",
    "ReviewForm",
]
