from django.apps import AppConfig


class ProcurementConfig(AppConfig):
    name = "procurement"
    verbose_name = "采购"
    default_auto_field = "django.db.models.BigAutoField"
