"""One of everything that stands before a school's money leaves, for ``tests.doors``."""

from __future__ import annotations

from decimal import Decimal

from financing.actions.fund import open_fund, record_allocation, record_use
from financing.actions.gate import propose_hold
from financing.models import Agreement, Fund, Instalment
from procurement.models import ProjectSchool
from registry import clock
from registry.enums import Role
from tests.world import World


def gate_samples(home: World, school: ProjectSchool) -> dict[str, object]:
    """A hold, a fund with a use, a red line."""
    agreement = Agreement.objects.get(project_school=school)
    last = Instalment.objects.filter(agreement=agreement).last()
    hold = propose_hold(instalment=last, user=home.person(Role.HEAD), reason="甲县报修未到场")
    fund = _fund(home)
    use = record_use(
        fund=fund,
        user=home.person(Role.COUNTY_CASHIER),
        purpose=fund.purposes.get(),
        amount=Decimal(10),
        used_on=clock.today(),
        document="甲县专支1号",
        what="甲县片区交通费",
    )
    return {"hold": hold.pk, "fund": fund.pk, "fund_use": use.pk, "risk": (agreement.pk, "R4")}


def _fund(home: World) -> Fund:
    finance = home.person(Role.COUNTY_FINANCE)
    fund = open_fund(
        county=home.county,
        user=finance,
        name="甲县服务站经费",
        source="县级",
        year=clock.today().year,
        budget=Decimal(1000),
        document="甲县教财1号",
        purposes=["station"],
    )
    record_allocation(
        fund=fund,
        user=finance,
        amount=Decimal(1000),
        allocated_on=clock.today(),
        document="甲县拨1号",
    )
    return fund
