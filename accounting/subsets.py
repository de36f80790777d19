"""Which of a few amounts make a given sum: all subsets of up to 30, in two halves. Pure."""

from __future__ import annotations

from collections.abc import Sequence


class Subsets:
    """Sums of whole fen. Half of the amounts is put together once; each question walks the other.

    >>> Subsets([500, 300, 200]).making(700)
    ((0, 2), 1)
    """

    def __init__(self, amounts: Sequence[int]):
        half = len(amounts) // 2
        self.total = sum(amounts)
        self.right: dict[int, tuple[tuple[int, ...], int]] = {}
        self.left = _sums(amounts[:half], 0)
        for chosen, total in _sums(amounts[half:], half):
            known = self.right.get(total)
            if known is None:
                self.right[total] = (chosen, 1)
            else:
                self.right[total] = (min(known[0], chosen), known[1] + 1)

    def making(self, target: int) -> tuple[tuple[int, ...], int]:
        """Positions that make ``target`` (the first in order of positions), and in how many ways.

        ``((), 0)`` when there is none.
        """
        best: tuple[int, ...] | None = None
        ways = 0
        if 0 < target <= self.total:
            for chosen, total in self.left:
                rest = self.right.get(target - total)
                if rest is None:
                    continue
                ways += rest[1]
                whole = chosen + rest[0]
                if best is None or whole < best:
                    best = whole
        return best or (), ways


def _sums(amounts: Sequence[int], start: int) -> list[tuple[tuple[int, ...], int]]:
    """Every subset as (positions, sum), the empty one first."""
    found: list[tuple[tuple[int, ...], int]] = [((), 0)]
    for at, amount in enumerate(amounts, start):
        found += [((*chosen, at), total + amount) for chosen, total in found]
    return found
