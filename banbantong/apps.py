from django.apps import AppConfig


class BanbantongConfig(AppConfig):
    name = "banbantong"
    verbose_name = "班班通项目管理系统"
    default_auto_field = "django.db.models.BigAutoField"
