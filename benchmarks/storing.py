"""A county's whole buyback computed and stored: ours beside the floor of storing, in one run.

    python -m benchmarks.storing                      20,000 agreements × 20 instalments × 3 funders
    python -m benchmarks.storing --agreements 2000    a quick look
    DATABASE_URL=postgres://… python -m benchmarks.storing

floor   ``bulk_create`` of the same instalments and rebates, their values already known
ours    ``schedule`` and ``rebated`` for every agreement, then ``store_plans``

The ways take turns in rounds of 500 agreements, each in a transaction of its own; the ratio is that
of the sums. Then what was stored is added up again by SQL and compared with what was computed.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from datetime import date
from decimal import Decimal
from time import perf_counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banbantong.settings")
if "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"] = f"sqlite:///{tempfile.mkdtemp()}/storing.sqlite3"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Sum  # noqa: E402

from financing.actions.plan import AT_ONCE, Plan, store_plans  # noqa: E402
from financing.models import Agreement, Instalment, Rebate  # noqa: E402
from financing.schedules import Funder, Method, Terms, Timing, rebated, schedule  # noqa: E402
from procurement.models import ProjectSchool  # noqa: E402
from registry.enums import SchoolKind  # noqa: E402
from registry.models import School  # noqa: E402

START = date(2026, 10, 31)
FUNDERS = [Funder("province", Decimal(30)), Funder("prefecture", Decimal(10))]
FUNDERS.append(Funder("county", Decimal("12.5")))
PERCENTS = {funder.code: funder.percent for funder in FUNDERS}


def make_agreements(count: int) -> list[Agreement]:
    """``count`` agreements of as many schools, each with a principal of its own, without a plan."""
    from tests.world import make_contract, make_world

    world = make_world(schools=1, rooms=1)
    contract = make_contract(world)
    schools = School.objects.bulk_create(
        School(
            county=world.county,
            township=world.school.township,
            code=f"2153{n:06d}",
            name=f"示例第{n}村小学",
            kind=SchoolKind.PRIMARY,
        )
        for n in range(count)
    )
    rows = ProjectSchool.objects.bulk_create(
        ProjectSchool(project=contract.project, school=school) for school in schools
    )
    return Agreement.objects.bulk_create(
        Agreement(
            project_school=row,
            contract=contract,
            number=f"示例-{n}",
            principal=Decimal(2_000_000 + 137 * n).scaleb(-2),
            annual_rate=Decimal("3.5"),
            years=5,
            payments_per_year=4,
            repayment=Method.LEVEL_PAYMENT,
            timing=Timing.ARREARS,
            starts_on=START,
            signed_on=START,
        )
        for n, row in enumerate(rows)
    )


def plan_of(agreement: Agreement):
    terms = Terms(
        principal=agreement.principal,
        annual_rate=agreement.annual_rate,
        years=agreement.years,
        payments_per_year=agreement.payments_per_year,
        method=agreement.repayment,
        timing=agreement.timing,
        starts_on=agreement.starts_on,
    )
    return rebated(schedule(terms), FUNDERS)


def ours(agreements) -> float:
    started = perf_counter()
    with transaction.atomic():
        store_plans(Plan(one, plan_of(one), PERCENTS) for one in agreements)
    return perf_counter() - started


def floor(agreements) -> float:
    """The same rows, every value known beforehand; only storing them is timed."""
    values = [(one, list(plan_of(one).instalments)) for one in agreements]
    started = perf_counter()
    with transaction.atomic():
        rows = Instalment.objects.bulk_create(
            Instalment(
                agreement=agreement,
                number=one.no,
                due_on=one.due_on,
                payment=one.payment,
                principal=one.principal,
                interest=one.interest,
                balance=one.balance,
            )
            for agreement, plan in values
            for one in plan
        )
        flat = (one for _, plan in values for one in plan)
        Rebate.objects.bulk_create(
            Rebate(instalment=row, funder=code, percent=PERCENTS[code], amount=amount)
            for row, one in zip(rows, flat, strict=True)
            for code, amount in one.rebates.items()
        )
    return perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agreements", type=int, default=20_000)
    count = parser.parse_args().agreements
    call_command("migrate", verbosity=0)
    agreements = make_agreements(2 * count)
    mine, theirs = agreements[:count], agreements[count:]
    spent = {ours: 0.0, floor: 0.0}
    for n in range(0, count, AT_ONCE):
        turns = [(ours, mine), (floor, theirs)]
        for way, rows in turns if n // AT_ONCE % 2 else reversed(turns):
            spent[way] += way(rows[n : n + AT_ONCE])
    check(mine)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{connection.vendor}, {count:,} agreements × 20 instalments × 3 funders, {memory} MB")
    for way, seconds in spent.items():
        print(f"  {way.__name__:6} {seconds:8.2f} s   {seconds / spent[floor]:5.2f} × the floor")


def check(agreements) -> None:
    """What is stored adds up to what was agreed."""
    first, last = agreements[0].pk, agreements[-1].pk
    rows = Instalment.objects.filter(agreement_id__gte=first, agreement_id__lte=last)
    stored = rows.aggregate(principal=Sum("principal"), n=Sum("number"))
    agreed = sum(one.principal for one in agreements)
    assert round(stored["principal"], 2) == agreed, (stored, agreed)
    assert rows.count() == 20 * len(agreements)
    assert Rebate.objects.filter(instalment__in=rows).count() == 60 * len(agreements)


if __name__ == "__main__":
    main()
