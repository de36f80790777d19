from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "文书档案"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from documents.doors import DOORS
        from registry import doors

        doors.DOORS.extend(door for door in DOORS if door not in doors.DOORS)
