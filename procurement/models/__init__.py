"""Nouns of the procurement floor."""

from procurement.models.catalogue import EquipmentMode, ModeItem
from procurement.models.contract import ChangeOrder, Contract, ContractItem, ContractLine
from procurement.models.funding import FundingShare
from procurement.models.imports import PlanImport
from procurement.models.programme import Programme
from procurement.models.project import (
    Approval,
    PlanLine,
    Project,
    ProjectSchool,
)
from procurement.models.tender import Bid, Tender

__all__ = [
    "Approval",
    "Bid",
    "ChangeOrder",
    "Contract",
    "ContractItem",
    "ContractLine",
    "EquipmentMode",
    "FundingShare",
    "ModeItem",
    "PlanImport",
    "PlanLine",
    "Programme",
    "Project",
    "ProjectSchool",
    "Tender",
]
