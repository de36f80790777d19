"""Nouns of the acceptance floor."""

from acceptance.models.handover import ContractAcceptance, Handover, HandoverSignature, RoomPass
from acceptance.models.inspection import Defect, Inspection, PartResult, StationReview
from acceptance.models.installation import Delivery, InstalledItem, SiteCheck, Training

__all__ = [
    "ContractAcceptance",
    "Defect",
    "Delivery",
    "Handover",
    "HandoverSignature",
    "Inspection",
    "InstalledItem",
    "PartResult",
    "RoomPass",
    "SiteCheck",
    "StationReview",
    "Training",
]
