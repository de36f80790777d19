"""Errands brought to a given step, and the steps done by whoever should do them."""

from django.test.utils import CaptureQueriesContext  # noqa: F401

from documents.actions import open_dossier
from registry.enums import Role
from tests.trial.flows import ChildFlow, ErrandFlow, ParentFlow
from tests.trial.models import Errand
from tests.world import World
from workflow.actions import carry_out
from workflow.models import Duty


def make_errand(world: World, school=None, **facts) -> Errand:
    number = f"{world.county.code}-SX-{Errand.objects.count() + 1}"
    dossier = open_dossier(county=world.county, number=number, title="示例事项卷宗")
    return Errand.objects.create(
        dossier=dossier,
        school=school or world.school,
        supplier=world.supplier,
        title="示例事项",
        **facts,
    )
