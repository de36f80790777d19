from django.db import migrations

from documents.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("accounting", "0001_initial")]

    operations = [
        append_only("accounting_statementfile"),
        append_only("accounting_statementline"),
        append_only("accounting_reconciledmonth"),
        append_only("accounting_disclosure"),
        append_only("accounting_duenotice"),
        append_only("accounting_ruleset"),
        append_only("accounting_entryrule"),
        append_only("accounting_voucher"),
        append_only("accounting_entry"),
    ]
