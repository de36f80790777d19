"""Nouns of the accounting floor: what the bank says, what the books say, and what is reported."""

from accounting.models.bank import BankAccount, StatementFile, StatementLayout, StatementLine
from accounting.models.books import (
    BookAccount,
    Entry,
    EntryRule,
    RuleSet,
    Voucher,
    VoucherSeries,
)
from accounting.models.matches import Match, ReconciledMonth
from accounting.models.reports import Disclosure, DueNotice

__all__ = [
    "BankAccount",
    "BookAccount",
    "Disclosure",
    "DueNotice",
    "Entry",
    "EntryRule",
    "Match",
    "ReconciledMonth",
    "RuleSet",
    "StatementFile",
    "StatementLayout",
    "StatementLine",
    "Voucher",
    "VoucherSeries",
]
