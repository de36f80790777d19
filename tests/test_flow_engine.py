"""The engine: duties open, close and re-open with their tasks; two people, one result."""

import pytest

from tests.world import make_contract, make_world

pytestmark = pytest.mark.django_db


def test_the_world_stands():
    contract = make_contract(make_world())
    assert contract.lines.count() == 4
