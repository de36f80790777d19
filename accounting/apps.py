from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class AccountingConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "accounting"
    verbose_name = "账务"

    def ready(self):
        pre_migrate.connect(stand_down, sender=self, dispatch_uid="guards down")
        post_migrate.connect(stand_up, sender=self, dispatch_uid="guards up")


def stand_down(using, **kwargs):
    """Before migrations the guards of closed months step aside."""
    from accounting.guards import take_down

    take_down(connections[using])


def stand_up(using, **kwargs):
    from accounting.guards import put_up

    put_up(connections[using])
