"""Nouns of the financing floor."""

from financing.models.agreement import Agreement, AgreementRoom
from financing.models.claim import RebateClaim
from financing.models.instalment import Instalment, Rebate
from financing.models.payment import Payment, PaymentApplication

__all__ = [
    "Agreement",
    "AgreementRoom",
    "Instalment",
    "Payment",
    "PaymentApplication",
    "Rebate",
    "RebateClaim",
]
