from django.apps import AppConfig


class FinancingConfig(AppConfig):
    name = "financing"
    verbose_name = "财务"
    default_auto_field = "django.db.models.BigAutoField"
