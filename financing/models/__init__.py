"""Nouns of the financing floor."""

from financing.models.agreement import Agreement, AgreementRoom
from financing.models.batch import ClaimBatch, RebateReceipt
from financing.models.claim import ClaimReturn, RebateClaim
from financing.models.fund import Fund, FundAllocation, FundPurpose, FundUse
from financing.models.gate import BudgetApproval, MaintenanceCheck, PaymentHold
from financing.models.instalment import Instalment
from financing.models.payment import Payment, PaymentApplication
from financing.models.period import PeriodClose
from financing.models.posting import Posting
from financing.models.rebate import Rebate
from financing.models.revision import Revision, RevisionRoom
from financing.models.risk import RiskAcceptance
from financing.models.waiver import Waiver

__all__ = [
    "Agreement",
    "AgreementRoom",
    "BudgetApproval",
    "ClaimBatch",
    "ClaimReturn",
    "Fund",
    "FundAllocation",
    "FundPurpose",
    "FundUse",
    "Instalment",
    "MaintenanceCheck",
    "Payment",
    "PaymentApplication",
    "PaymentHold",
    "PeriodClose",
    "Posting",
    "Rebate",
    "RebateClaim",
    "RebateReceipt",
    "Revision",
    "RevisionRoom",
    "RiskAcceptance",
    "Waiver",
]
