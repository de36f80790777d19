"""Errands brought to a given step, each step done by whoever should do it."""

from __future__ import annotations

from documents.actions import open_dossier
from registry.enums import Role
from tests.trial.flows import ErrandFlow
from tests.trial.models import Errand
from tests.world import World
from workflow.actions import carry_out
from workflow.models import Duty

DOERS = {
    "write": (Role.TECHNICIAN, {"word": "一"}),
    "check": (Role.STATION, {"decision": "pass"}),
    "school": (Role.HEAD, {}),
    "supplier": (Role.SUPPLIER, {}),
}


def make_errand(world: World, school=None, **facts) -> Errand:
    """An errand of ``school`` (the first one) in a dossier of its own."""
    number = f"{world.county.code}-SX-{Errand.objects.count() + 1}"
    dossier = open_dossier(county=world.county, number=number, title="示例事项卷宗")
    return Errand.objects.create(
        dossier=dossier,
        school=school or world.school,
        supplier=world.supplier,
        title="示例事项",
        **facts,
    )


def start(world: World, school=None, **facts):
    """A new errand's process, at its first step."""
    errand = make_errand(world, school, **facts)
    return ErrandFlow.start.run(subject=errand, user=world.person(Role.PROJECT_OFFICE))


def open_duty(process, step: str) -> Duty:
    return Duty.objects.open().get(process=process, step=step)


def do(world: World, process, *steps: str, **data):
    """Do ``steps`` one after another, each by whoever holds its role; the last step's form."""
    form = None
    for step in steps:
        role, usual = DOERS[step]
        duty = open_duty(process, step)
        user = world.person(role, duty.school if role.scope == "school" else None)
        form = carry_out(duty=duty, user=user, data=usual | data)
    return form


def open_steps(process) -> list[str]:
    return list(
        Duty.objects.open().filter(process=process).order_by("step").values_list("step", flat=True)
    )
