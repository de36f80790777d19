"""A bookkeeper who goes through the calendar with fractions, day by day: shares no code with ours."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction


def bookkeeper(debts, moneys, order, rate, on):
    """``{(money, debt, part): fen}``, the credit and the late interest left on the evening of ``on``.

    ``debts`` (key, due_on, interest, principal) and ``moneys`` (key, day, amount, waiver) in fen.
    """
    debts = sorted(debts, key=lambda d: d.due_on)
    left = {d.key: {"interest": d.interest, "principal": d.principal} for d in debts}
    ran = {d.key: Fraction(0) for d in debts}
    late_paid = {d.key: 0 for d in debts}
    settled, credit = {}, 0
    today = min([m.day for m in moneys] + [d.due_on for d in debts] + [on])
    while today <= on:
        for d in debts:
            if today > d.due_on:
                ran[d.key] += Fraction(sum(left[d.key].values())) * Fraction(rate) / 100
        for money in (m for m in moneys if m.day == today):
            rest = money.amount
            for d in debts:
                for part in order:
                    if money.waiver and part != "late_interest":
                        continue
                    late = int(ran[d.key] + Fraction(1, 2)) - late_paid[d.key]
                    owed = late if part == "late_interest" else left[d.key][part]
                    take = max(0, min(rest, owed))
                    rest -= take
                    if take:
                        settled[money.key, d.key, part] = take
                    if part == "late_interest":
                        late_paid[d.key] += take
                    else:
                        left[d.key][part] -= take
            if rest and not money.waiver:
                settled[money.key, None, "credit"] = rest
                credit += rest
        today += timedelta(days=1)
    late = sum(int(ran[d.key] + Fraction(1, 2)) - late_paid[d.key] for d in debts)
    return settled, credit, late
