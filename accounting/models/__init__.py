"""Nouns of the accounting floor: what the bank says, what the books say, and what is reported."""

from accounting.models.bank import BankAccount, StatementFile, StatementLayout, StatementLine
from accounting.models.matches import Match, ReconciledMonth
from accounting.models.reports import Disclosure, DueNotice

__all__ = [
    "BankAccount",
    "Disclosure",
    "DueNotice",
    "Match",
    "ReconciledMonth",
    "StatementFile",
    "StatementLayout",
    "StatementLine",
]
