from django.db import migrations

from documents.append_only import append_only


class Migration(migrations.Migration):
    """Money history only grows."""

    dependencies = [("financing", "0004_postings")]
    operations = [
        append_only("financing_payment"),
        append_only("financing_posting"),
        append_only("financing_rebatereceipt"),
        append_only("financing_fundallocation"),
        append_only("financing_funduse"),
        append_only("financing_budgetapproval"),
        append_only("financing_periodclose"),
    ]
