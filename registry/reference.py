"""Reference data of the ground floor: the dated parameters that every floor declares."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from registry.models import Parameter


def declared() -> list[tuple]:
    """All ``PARAMETERS`` of the floors: (code, name, value, unit, valid_from, valid_to, basis)."""
    rows = []
    for config in apps.get_app_configs():
        name = f"{config.name}.parameters"
        if "." not in config.name and find_spec(name):
            rows += import_module(name).PARAMETERS
    return rows


def load() -> None:
    """Add declared parameters that are not there yet; values that people changed stay."""
    known = set(Parameter.objects.filter(county=None).values_list("code", flat=True))
    Parameter.objects.bulk_create(
        Parameter(
            code=code,
            name=label,
            value=value,
            unit=unit,
            valid_from=valid_from,
            valid_to=valid_to,
            basis=basis,
        )
        for code, label, value, unit, valid_from, valid_to, basis in declared()
        if code not in known
    )
