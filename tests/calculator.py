"""A second opinion on every cent: a calculator that shares nothing with ``financing``.

Exact fractions and yuan instead of fen, present values instead of closed forms, bisection
instead of Newton, dateutil instead of our own months. Request in, answer out, as in the API.
"""

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate, pairwise
from math import floor

from dateutil.relativedelta import relativedelta


def fen(amount):
    """Half up to the fen, a half away from zero."""
    whole = floor(abs(amount) * 100 + Fraction(1, 2))
    return Fraction(whole if amount >= 0 else -whole, 100)


def parts(total, weights):
    """Differences of the rounded running total."""
    whole = sum(weights)
    marks = [fen(total * seen / whole) for seen in accumulate(weights, initial=0) if whole]
    return [after - before for before, after in pairwise(marks)]


def answer(request):
    principal = Fraction(request["principal"])
    months = 12 // request["payments_per_year"]
    count = request["years"] * request["payments_per_year"]
    first = 0 if request["timing"] == "advance" else 1
    times = range(first, first + count)
    start = date.fromisoformat(request["starts_on"])
    rows = [
        {"due": start + relativedelta(months=k * months), "principal": p, "interest": i}
        for k, (p, i) in zip(times, amounts(request, principal, times), strict=True)
    ]
    rebate(rows, request["funders"])
    schools = share(rows, [Fraction(one["weight"]) for one in request["shares"]])
    codes = [one["code"] for one in request["shares"]]
    return {
        **shown(rows),
        "shares": [
            {"code": code, **shown(school)} for code, school in zip(codes, schools, strict=True)
        ],
    }


def rebate(rows, funders):
    for row in rows:
        row["rebates"] = {}
    for funder in funders:
        paid = given = Fraction(0)
        for row in rows:
            paid += row["principal"] + row["interest"]
            upto = fen(paid * Fraction(funder["percent"]) / 100)
            row["rebates"][funder["code"]] = upto - given
            given = upto


def share(rows, weights):
    schools = [[{"due": row["due"], "rebates": {}} for row in rows] for _ in weights]
    for n, row in enumerate(rows):
        for name in ("principal", "interest"):
            for school, part in zip(schools, parts(row[name], weights), strict=True):
                school[n][name] = part
        for code, amount in row["rebates"].items():
            for school, part in zip(schools, parts(amount, weights), strict=True):
                school[n]["rebates"][code] = part
    return schools


def amounts(request, principal, times):
    """Principal and interest of each instalment, in yuan."""
    residual, method = Fraction(request["residual"]), request["method"]
    rate = Fraction(request["annual_rate"]) / 100 / request["payments_per_year"]
    payment, planned = None, [None] * len(times)
    if method == "equal_principal":
        planned = parts(principal - residual, [1] * len(times))
        planned[-1] += residual
    elif method == "custom_percent":
        planned = parts(principal, [Fraction(percent) for percent in request["percents"]])
    elif method == "fixed_payment":
        payment = Fraction(request["fixed_payment"])
        rate = implied_rate(principal, payment, residual, times)
    else:
        factors = [1 / (1 + rate) ** t for t in times]
        payment = fen((principal - residual * factors[-1]) / sum(factors))
    balance, rows = principal, []
    for t, repaid in zip(times, planned, strict=True):
        interest = fen(balance * rate) if t else Fraction(0)
        if repaid is None:
            repaid = balance if t == times[-1] else min(payment - interest, balance)
        if method == "fixed_payment":
            interest = payment - repaid + (residual if t == times[-1] else 0)
        rows.append((repaid, interest))
        balance -= repaid
    return rows


def implied_rate(principal, payment, residual, times):
    """By halving, in decimals long enough to leave no doubt about any fen."""
    with localcontext(prec=90):
        owed, paid, rest = (Decimal(int(x * 100)) for x in (principal, payment, residual))
        flows = [paid] * (len(times) - 1) + [paid + rest]
        if sum(flows) == owed:
            return Fraction(0)
        low, high = Decimal(0), Decimal(1)
        while worth(high, flows, times[0]) > owed:
            high *= 2
        for _ in range(240):
            middle = (low + high) / 2
            if worth(middle, flows, times[0]) > owed:
                low = middle
            else:
                high = middle
        return Fraction(round(high, 68))


def worth(rate, flows, first):
    """What ``flows`` are worth today, the first of them ``first`` periods away."""
    value, v = 0, 1 / (1 + rate)
    for flow in reversed(flows):
        value = value * v + flow
    return value * v**first


def shown(rows):
    left = sum(row["principal"] for row in rows)
    instalments = []
    for no, row in enumerate(rows, start=1):
        left -= row["principal"]
        payment = row["principal"] + row["interest"]
        instalments.append(
            {
                "no": no,
                "due_on": row["due"].isoformat(),
                "payment": text(payment),
                "principal": text(row["principal"]),
                "interest": text(row["interest"]),
                "balance": text(left),
                "rebates": {code: text(amount) for code, amount in row["rebates"].items()},
                "net": text(payment - sum(row["rebates"].values())),
            }
        )
    return {"instalments": instalments, "totals": totals(instalments)}


def totals(rows):
    def add(values):
        return str(sum(map(Decimal, values), Decimal("0.00")))

    codes = rows[0]["rebates"]
    return {
        **{name: add(row[name] for row in rows) for name in ("payment", "principal", "interest")},
        "rebates": {code: add(row["rebates"][code] for row in rows) for code in codes},
        "net": add(row["net"] for row in rows),
    }


def text(amount):
    return f"{Decimal(int(amount * 100)) / 100:.2f}"
