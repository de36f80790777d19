from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "文书档案"
    default_auto_field = "django.db.models.BigAutoField"
