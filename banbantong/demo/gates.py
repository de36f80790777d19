"""What stands before money leaves, in the demonstration: budgets, earmarked money, checks, a hold."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from banbantong.demo.walk import MORNING
from financing.actions.fund import open_fund, record_allocation, record_use
from financing.actions.gate import approve_budgets, record_check
from financing.actions.risk import accept_risk
from financing.enums import Purpose
from financing.models import BudgetApproval, Fund, Instalment
from financing.redlines import Level
from financing.risks import findings_of
from procurement.models import Project, ProjectSchool
from registry import clock
from registry.enums import Role
from registry.money import ZERO

USES = (
    (Purpose.MAINTENANCE, "28650.00", "过保投影机灯泡和主板更换"),
    (Purpose.STATION, "15300.00", "片区分站上门服务交通费"),
    (Purpose.TRAINING, "9800.00", "学校技术专干维护培训"),
)


def budgets(stage, paying: Iterable[tuple[ProjectSchool, Instalment, dt.date]]) -> None:
    """One approval a year for what is paid in it, before its first payment."""
    years: dict[int, dict] = defaultdict(lambda: defaultdict(lambda: ZERO))
    first: dict[int, dt.date] = {}
    for school, instalment, on in paying:
        years[on.year][school.school] += instalment.payment
        first[on.year] = min(on, first.get(on.year, on))
    for year, amounts in years.items():
        day = min(dt.date(year, 2, 20), first[year])
        with clock.at(day, MORNING):
            approve_budgets(
                county=stage.county,
                year=year,
                document=f"示例财预〔{year}〕{20 + _documents(year)}号",
                approved_on=day,
                amounts=dict(amounts),
                user=stage.cast.of(Role.COUNTY_FINANCE),
            )


def _documents(year: int) -> int:
    rows = BudgetApproval.objects.filter(year=year)
    return rows.values("document").distinct().count()


def accepted(stage, schools: Iterable[ProjectSchool], on: dt.date) -> None:
    """The leading group answers for the red lines of an old pilot."""
    leader = stage.cast.of(Role.LEADING_GROUP)
    for school in schools:
        for one in findings_of(school.agreement):
            if one.level is Level.RED:
                with clock.at(on, MORNING):
                    accept_risk(
                        agreement=school.agreement,
                        rule=one.code,
                        user=leader,
                        reason="试点项目，县政府专题会议（示例纪要12号）同意按合同履行完毕",
                    )


def checks(stage, schools: list[ProjectSchool], today: dt.date) -> None:
    """The station's check of the term that has ended; every seventh school has a fault open."""
    until = today - dt.timedelta(days=10)
    for number, school in enumerate(schools):
        agreement = school.agreement
        if agreement.starts_on >= until or number % 5 == 4:
            continue
        failed = number % 7 == 3
        with clock.at(until + dt.timedelta(days=5), MORNING):
            record_check(
                agreement=agreement,
                user=stage.cast.of(Role.STATION),
                since=max(agreement.starts_on, dt.date(until.year, 1, 1)),
                until=until,
                passed=not failed,
                open_faults=2 if failed else 0,
                remark="投影机灯泡报修后超过约定时限未更换" if failed else "",
            )


def funds(stage, project: Project, today: dt.date) -> None:
    """服务站经费, half of it arrived, and an equipment fund that buybacks may name."""
    year = today.year
    start = min(dt.date(year, 1, 20), today)
    station = _fund(
        stage,
        start,
        name="信息化技术支持服务站经费（示例）",
        source="县教育局拨款和政府配套",
        budget=Decimal("600000.00"),
        document=f"示例教财〔{year}〕3号",
        purposes=[Purpose.MAINTENANCE, Purpose.STATION, Purpose.TRAINING],
    )
    buyback = _fund(
        stage,
        start,
        name="班班通回购县级专项（示例）",
        source="县级财政",
        budget=Decimal("500000.00"),
        document=f"示例财教〔{year}〕8号",
        purposes=[Purpose.BUYBACK, Purpose.PURCHASE],
    )
    _arrive(stage, station, 300000, start)
    _arrive(stage, buyback, 200000, start, project)
    for number, (purpose, amount, what) in enumerate(USES, start=1):
        with clock.at(today, MORNING):
            record_use(
                fund=station,
                user=stage.cast.of(Role.COUNTY_CASHIER),
                purpose=station.purposes.get(purpose=purpose),
                amount=Decimal(amount),
                used_on=today,
                document=f"示例专支-{year}-{number:03d}",
                what=what,
            )


def _fund(stage, on: dt.date, **words) -> Fund:
    with clock.at(on, MORNING):
        return open_fund(
            county=stage.county,
            user=stage.cast.of(Role.COUNTY_FINANCE),
            year=on.year,
            **words,
        )


def _arrive(stage, fund: Fund, amount: int, on: dt.date, project: Project | None = None) -> None:
    with clock.at(on, MORNING):
        record_allocation(
            fund=fund,
            user=stage.cast.of(Role.COUNTY_FINANCE),
            amount=Decimal(amount),
            allocated_on=on,
            document=f"示例拨字〔{on.year}〕{fund.pk:02d}号",
            project=project,
        )
