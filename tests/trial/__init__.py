"""A tiny app with a tiny subject and flows to try the engine on.

A flow class must live in an installed app. Importing this package installs it beside the others;
tests are collected before the test database is made, so its table is made with the rest.
"""

from django.apps import AppConfig, apps


def _install() -> None:
    config = AppConfig.create("tests.trial")
    config.apps = apps
    config.default_auto_field = "django.db.models.BigAutoField"
    apps.app_configs[config.label] = config
    config.import_models()
    apps.clear_cache()


_install()
