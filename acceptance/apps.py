from django.apps import AppConfig


class AcceptanceConfig(AppConfig):
    name = "acceptance"
    verbose_name = "验收"
    default_auto_field = "django.db.models.BigAutoField"
