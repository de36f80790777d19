"""How an agreement stands: what each payment settled, computed from the whole history.

Pure arithmetic in whole fen. The order in which things were written down plays no part, only the
days on which they happened: so a payment entered late, a reversal or a new plan of instalments
ends in the same account as if everything had been known from the beginning. What is stored
(``Posting``) is kept equal to this by writing the differences (``financing.actions.ledger``).

The rules:
- the oldest debt first (民法典 560); within it, in the agreed order (民法典 561): late interest →
  interest → principal, or interest → principal → late interest;
- late interest is simple: what is unpaid of the instalment × days after its due day × the daily
  rate, the running sum rounded half up to the fen (保障中小企业款项支付条例 18);
- a payment beyond everything that is owed stays as credit, and a refund takes from it;
- a waiver settles late interest and nothing else.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from registry.money import half_up


class Part(StrEnum):
    """What a payment settles; the values are those of ``PostingKind``."""

    LATE_INTEREST = "late_interest"
    INTEREST = "interest"
    PRINCIPAL = "principal"
    CREDIT = "credit"


LATE_FIRST = (Part.LATE_INTEREST, Part.INTEREST, Part.PRINCIPAL)
DEBT_FIRST = (Part.INTEREST, Part.PRINCIPAL, Part.LATE_INTEREST)


class Debt(NamedTuple):
    """One instalment: ``due_on`` is its due date moved to a working day; amounts in fen."""

    key: Hashable
    due_on: date
    interest: int
    principal: int


class Money(NamedTuple):
    """A payment (above zero), a refund (below zero) or a waiver on ``day``; amount in fen."""

    key: Hashable
    day: date
    amount: int
    waiver: bool = False


class Taking(NamedTuple):
    """A part of a payment and the debt it settled; credit settles none."""

    money: Hashable
    debt: Hashable | None
    part: Part
    amount: int


@dataclass
class Standing:
    """How one debt stands. Amounts in fen."""

    debt: Debt
    left: dict[Part, int]
    fen_days: int = 0  # Σ unpaid × days since the due day
    counted_to: date | None = None
    late_paid: int = 0

    @property
    def unpaid(self) -> int:
        """Interest and principal still owed."""
        return self.left[Part.INTEREST] + self.left[Part.PRINCIPAL]

    def run(self, day: date) -> None:
        """Let late interest run to ``day``."""
        since = self.counted_to or self.debt.due_on
        if day > since:
            self.fen_days += self.unpaid * (day - since).days
            self.counted_to = day


@dataclass
class Account:
    """The result: ``standings`` in order of due day, ``takings`` in order of payment."""

    standings: list[Standing]
    rate: tuple[int, int]
    takings: list[Taking] = field(default_factory=list)
    credit: int = 0

    def late(self, standing: Standing) -> int:
        """Late interest that ran up on a debt and is not settled yet."""
        rise, whole = self.rate
        return half_up(standing.fen_days * rise, whole) - standing.late_paid

    @property
    def unpaid(self) -> int:
        return sum(one.unpaid for one in self.standings)

    @property
    def late_interest(self) -> int:
        return sum(map(self.late, self.standings))

    @property
    def owed(self) -> int:
        """Everything: instalments still to come, and late interest to the day asked for."""
        return self.unpaid + self.late_interest


def settle(
    debts: Iterable[Debt],
    moneys: Iterable[Money],
    *,
    late_rate: Decimal,
    order: Sequence[Part] = LATE_FIRST,
    on: date,
) -> Account:
    """The account on the evening of ``on``; ``late_rate`` in percent a day.

    Money of a later day is left out. Money of one day is taken in the order of ``moneys``.
    """
    rise, whole = late_rate.as_integer_ratio()
    account = Account([_standing(debt) for debt in _by_due_day(debts)], (rise, whole * 100))
    for money in sorted((one for one in moneys if one.day <= on), key=lambda one: one.day):
        for standing in account.standings:
            standing.run(money.day)
        if money.amount < 0:
            _refund(account, money)
        elif money.waiver:
            _take(account, money, (Part.LATE_INTEREST,))
        else:
            left = _take(account, money, order)
            if left:
                account.takings.append(Taking(money.key, None, Part.CREDIT, left))
                account.credit += left
    for standing in account.standings:
        standing.run(on)
    return account


def _by_due_day(debts: Iterable[Debt]) -> list[Debt]:
    return sorted(debts, key=lambda debt: debt.due_on)


def _standing(debt: Debt) -> Standing:
    return Standing(debt, {Part.INTEREST: debt.interest, Part.PRINCIPAL: debt.principal})


def _take(account: Account, money: Money, order: Sequence[Part]) -> int:
    """Settle what ``money`` reaches; what is left of it."""
    left = money.amount
    for standing in account.standings:
        for part in order:
            owed = account.late(standing) if part is Part.LATE_INTEREST else standing.left[part]
            taken = min(left, owed)
            if taken <= 0:
                continue
            if part is Part.LATE_INTEREST:
                standing.late_paid += taken
            else:
                standing.left[part] -= taken
            account.takings.append(Taking(money.key, standing.debt.key, part, taken))
            left -= taken
        if not left:
            break
    return left


def _refund(account: Account, money: Money) -> None:
    """What goes back lowers the credit; below zero it must be paid again."""
    account.takings.append(Taking(money.key, None, Part.CREDIT, money.amount))
    account.credit += money.amount
