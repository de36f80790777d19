from django.db import migrations

from documents.append_only import append_only


class Migration(migrations.Migration):
    """Money history only grows."""

    dependencies = [("financing", "0001_initial")]
    operations = [append_only("financing_payment")]
