"""Forms of the financing floor."""

from financing.forms.claims import ApproveForm, BulkClaimForm, ReceiveForm
from financing.forms.late import DecideWaiverForm, RefundForm, WaiverForm
from financing.forms.steps import ApplyForm, ClaimForm, PayForm, ReverseForm, ReviewForm

__all__ = [
    "ApplyForm",
    "ApproveForm",
    "BulkClaimForm",
    "ClaimForm",
    "DecideWaiverForm",
    "PayForm",
    "ReceiveForm",
    "RefundForm",
    "ReverseForm",
    "ReviewForm",
    "WaiverForm",
]
