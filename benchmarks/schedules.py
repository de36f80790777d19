"""Schedules: ours beside a bare integer loop and beside plain Decimal, in one run.

    python -m benchmarks.schedules [agreements]

Five years, quarterly, three funders, each agreement with a principal of its own. Every way
computes the same cells (checked first). The ways take turns every few hundred agreements, and
the median ratio to the floor is printed, so that a busy machine disturbs them alike.
"read as yuan" adds turning every cell of ours into a Decimal, as storing needs it.
"""

import sys
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from time import perf_counter

from financing.schedules import Funder, Method, Terms, Timing, rebated, schedule
from registry.dates import add_months

ROUND = 250  # agreements before the next way has its turn
COUNT, START = 20, date(2026, 10, 31)
FUNDERS = [Funder("province", Decimal(30)), Funder("prefecture", Decimal(10))]
FUNDERS.append(Funder("county", Decimal("12.5")))
DUE = tuple(add_months(START, 3 * k) for k in range(1, COUNT + 1))


def floor(principal):
    """The least that must be computed: whole fen, no checks, a rate of 3.5 % written in."""
    grown, base = 8070**COUNT, 8000**COUNT  # 3.5 % / 4 = 70 / 8000
    payment = (2 * principal * grown * 70 + 8000 * (grown - base)) // (16000 * (grown - base))
    balance, paid, given, rows = principal, 0, [0, 0, 0], []
    for k in range(COUNT):
        interest = (balance * 140 + 8000) // 16000
        part = payment - interest if k < COUNT - 1 else balance
        balance -= part
        paid += part + interest
        net, rebates = part + interest, []
        for n, (percent, whole) in enumerate(((30, 100), (10, 100), (125, 1000))):
            upto = (2 * paid * percent + whole) // (2 * whole)
            rebates.append(upto - given[n])
            net -= upto - given[n]
            given[n] = upto
        rows.append((DUE[k], part + interest, part, interest, balance, rebates, net))
    return rows


def ours(principal):
    terms = Terms(
        principal=Decimal(principal).scaleb(-2),
        annual_rate=Decimal("3.5"),
        years=5,
        payments_per_year=4,
        method=Method.LEVEL_PAYMENT,
        timing=Timing.ARREARS,
        starts_on=START,
    )
    plan = rebated(schedule(terms), FUNDERS)
    return plan.due_on, plan.payment, plan.balance, plan.net, plan


def ours_in_yuan(principal):
    return ours(principal)[-1].instalments


def decimals(principal):
    """The textbook way: Decimal yuan, quantized at every step."""
    fen, rate = Decimal("0.01"), Decimal("3.5") / 100 / 4
    balance = Decimal(principal).scaleb(-2)
    discount = (1 + rate) ** -COUNT
    payment = (balance * rate / (1 - discount)).quantize(fen, ROUND_HALF_UP)
    paid, given, rows = Decimal(0), dict.fromkeys((f.code for f in FUNDERS), Decimal(0)), []
    for k in range(COUNT):
        interest = (balance * Decimal("3.5") / 100 / 4).quantize(fen, ROUND_HALF_UP)
        part = payment - interest if k < COUNT - 1 else balance
        balance -= part
        paid += part + interest
        rebates = {}
        for funder in FUNDERS:
            upto = (paid * funder.percent / 100).quantize(fen, ROUND_HALF_UP)
            rebates[funder.code] = upto - given[funder.code]
            given[funder.code] = upto
        net = part + interest - sum(rebates.values())
        rows.append((DUE[k], part + interest, part, interest, balance, rebates, net))
    return rows


def check(principal):
    in_fen = [(row[0], *row[1:5], *row[5], row[6]) for row in floor(principal)]
    for rows in (decimals(principal), [row[1:] for row in ours_in_yuan(principal)]):
        yuan = [(row[0], *row[1:5], *row[5].values(), row[6]) for row in rows]
        assert [(row[0], *(int(x * 100) for x in row[1:])) for row in yuan] == in_fen


def main():
    agreements = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    principals = range(2_000_000, 2_000_000 + 137 * agreements, 137)
    for principal in principals[:: max(1, agreements // 200)]:
        check(principal)
    ways = {
        "integer fen (floor)": floor,
        "ours": ours,
        "ours, read as yuan": ours_in_yuan,
        "plain Decimal": decimals,
    }
    least, ratios = [], {name: [] for name in ways}
    for start in range(0, agreements, ROUND):
        taken = {name: timed(way, principals[start : start + ROUND]) for name, way in ways.items()}
        least.append(taken["integer fen (floor)"])
        for name, seconds in taken.items():
            ratios[name].append(seconds / least[-1])
    for name, column in ratios.items():
        seconds = median(least) * median(column) / ROUND * agreements
        print(f"{name:22}{seconds:8.3f} s{median(column):8.2f} x")


def timed(way, principals):
    began = perf_counter()
    for principal in principals:
        way(principal)
    return perf_counter() - began


if __name__ == "__main__":
    main()
