"""Money: one zero, one rounding, one way to share.

Amounts are ``Decimal`` yuan with two places. Inside long calculations they are whole fen
(``int``): exact, and several times faster. ``to_fen`` and ``from_fen`` are the only doors
between the two, ``half_up`` is the only rounding, ``split`` the only sharing.

A ``float`` is refused everywhere: 0.1 has no exact binary form, so an amount that once was
a float cannot be trusted to the fen.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import lcm

FEN = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(amount: Decimal | int) -> Decimal:
    """``amount`` in yuan rounded half up to the fen (四舍五入到分).

    A half goes away from zero, so a reversal is always the exact opposite of its original.
    Raises TypeError for a float or another type, ValueError for NaN or infinity.
    """
    return exact(amount).quantize(FEN, ROUND_HALF_UP)


def split(total: Decimal | int, weights: Iterable[Decimal | int]) -> list[Decimal]:
    """Share ``total`` yuan by ``weights``, in the order given; the shares add up exactly.

    Each share is what the rounded running total grows by, so no share is more than a fen
    off its exact part, the odd fen falls where the running total crosses it, and a weight
    of zero gets 0.00. The order matters: keep it stable (by code, not by name).

    Raises ValueError when ``total`` is not in whole fen, when a weight is negative, or when
    there is no weight above zero.
    """
    return [from_fen(share) for share in split_fen(to_fen(total), whole_numbers(weights))]


def split_fen(total: int, weights: Sequence[int]) -> list[int]:
    """``split`` for whole fen and whole weights."""
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative, and one must be above zero")
    shares, given, seen = [], 0, 0
    for weight in weights:
        seen += weight
        due = half_up(total * seen, whole)
        shares.append(due - given)
        given = due
    return shares


def half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded to a whole number, a half away from zero; denominator > 0."""
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def to_fen(amount: Decimal | int) -> int:
    """Yuan to whole fen; ValueError when a part of a fen would be lost."""
    numerator, denominator = exact(amount).as_integer_ratio()
    fen, rest = divmod(numerator * 100, denominator)
    if rest:
        raise ValueError(f"{amount} is not in whole fen")
    return fen


def from_fen(fen: int) -> Decimal:
    """Whole fen to yuan, always with two places."""
    return FEN * fen


def whole_numbers(weights: Iterable[Decimal | int]) -> list[int]:
    """The same proportions in whole numbers: [0.5, 1.25] becomes [2, 5]."""
    ratios = [exact(weight).as_integer_ratio() for weight in weights]
    scale = lcm(*(denominator for _, denominator in ratios))
    return [numerator * (scale // denominator) for numerator, denominator in ratios]


def wan(amount: Decimal | int) -> Decimal:
    """Yuan in 万元 for display, exact and without idle zeros: 9154000.00 gives 915.4."""
    return Decimal(format(exact(amount).scaleb(-4).normalize(), "f"))


def exact(amount: Decimal | int) -> Decimal:
    """``amount`` as Decimal; TypeError for a float, bool or text, ValueError for NaN or infinity."""
    if isinstance(amount, Decimal):
        value = amount
    elif isinstance(amount, int) and not isinstance(amount, bool):
        value = Decimal(amount)
    else:
        raise TypeError(f"money is Decimal or int, not {type(amount).__name__}")
    if not value.is_finite():
        raise ValueError(f"{amount} is not an amount")
    return value
