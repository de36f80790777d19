from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class BanbantongConfig(AppConfig):
    name = "banbantong"
    verbose_name = "班班通项目管理系统"
    default_auto_field = "django.db.models.BigAutoField"
    default = True

    def ready(self):
        from banbantong import accounts, wakes  # noqa: F401  (connect their signal receivers)


class StaticFiles(StaticFilesConfig):
    """What ``collectstatic`` leaves out.

    viewflow's own pages are not ours and break a manifest; the papers' fonts (50 MB) and the
    icons (5,000 files) are read by the server from where they lie, never fetched by a browser.
    """

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "node_modules",
        "viewflow",
        "ninja",
        "import_export",
        "*.ttf",
        "icons",
    ]
