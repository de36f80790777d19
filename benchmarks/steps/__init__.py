"""The flows that ``benchmarks.workflow_step`` compares; importing installs them beside the apps."""

from django.apps import AppConfig, apps


def _install() -> None:
    config = AppConfig.create("benchmarks.steps")
    config.apps = apps
    apps.app_configs[config.label] = config
    config.import_models()
    apps.clear_cache()


_install()
