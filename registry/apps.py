from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = "基础信息"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        post_migrate.connect(load_reference, dispatch_uid="reference")


def load_reference(sender, **kwargs):
    """After migrating, let a floor that has a ``reference`` module add what is missing there."""
    name = f"{sender.name}.reference"
    if "." not in sender.name and find_spec(name):
        import_module(name).load()
