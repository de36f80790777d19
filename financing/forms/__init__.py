"""Forms of the financing floor."""

from financing.forms.late import DecideWaiverForm, RefundForm, WaiverForm
from financing.forms.steps import ApplyForm, PayForm, ReverseForm, ReviewForm

__all__ = [
    "ApplyForm",
    "DecideWaiverForm",
    "PayForm",
    "RefundForm",
    "ReverseForm",
    "ReviewForm",
    "WaiverForm",
]
