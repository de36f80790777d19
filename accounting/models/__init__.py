"""Nouns of the accounting floor: what the bank says, what the books say, and what is reported."""

from accounting.models.bank import BankAccount, StatementFile, StatementLayout, StatementLine
from accounting.models.matches import Match, ReconciledMonth

__all__ = [
    "BankAccount",
    "Match",
    "ReconciledMonth",
    "StatementFile",
    "StatementLayout",
    "StatementLine",
]
