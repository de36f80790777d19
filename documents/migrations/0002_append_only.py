from django.db import migrations

from documents.append_only import append_only


class Migration(migrations.Migration):
    """The trail, papers and signatures only grow."""

    dependencies = [("documents", "0001_initial")]
    operations = [
        append_only("documents_trailevent"),
        append_only("documents_paper"),
        append_only("documents_signature"),
    ]
