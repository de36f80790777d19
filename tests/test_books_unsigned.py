"""An agreement that nobody has signed yet is no debt in the books."""

import pytest

from accounting.balances import payables
from accounting.events import events_of
from accounting.periods import month_of
from assets.actions import open_registration
from financing.actions import draw_agreement
from financing.flows import BuybackFlow
from financing.models import Agreement
from procurement.models import ProjectSchool
from registry import clock
from tests.buyback import sign
from tests.world import make_contract, make_passed, make_world

pytestmark = pytest.mark.django_db


def test_the_debt_begins_with_the_second_signature():
    world = make_world(schools=1)
    contract = make_contract(world)
    make_passed(world, contract)
    row = ProjectSchool.objects.get(project=contract.project)
    open_registration(project_school=row)
    agreement = draw_agreement(project_school=row)
    BuybackFlow.start.run(subject=agreement)
    month = month_of(clock.today())
    assert events_of(world.county) == []
    assert payables(world.county, month) == []
    assert not Agreement.objects.signed().exists()
    sign(world, agreement)
    (event,) = events_of(world.county)
    assert event.day == clock.today()
    (owed,) = payables(world.county, month)
    assert owed.owed == agreement.totals()["payment"]
