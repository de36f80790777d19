"""A closed month cannot change: nothing is booked into it, and months are closed one after another.

The actions move what comes late to the first open month and say so in words; these triggers hold
for whatever does not pass through them. Written for SQLite and PostgreSQL. While no month of a
county is closed they cost one look into an index, also when rows come by the thousand.
"""

from django.db import migrations

# The first day after month ``m``, in each dialect.
_NEXT = {"sqlite": "date({m}, '+1 month')", "postgresql": "({m} + interval '1 month')::date"}

_COUNTY_OF_INSTALMENT = (
    "SELECT d.county_id FROM financing_instalment i"
    " JOIN financing_agreement a ON a.id = i.agreement_id"
    " JOIN procurement_projectschool s ON s.id = a.project_school_id"
    " JOIN procurement_project p ON p.id = s.project_id"
    " JOIN documents_dossier d ON d.id = p.dossier_id"
)
_CLOSED = (
    "EXISTS (SELECT 1 FROM financing_periodclose c"
    " WHERE c.county_id = ({county}) AND {day} < {next})"
)

# (name, table, condition under which the insert is refused)
RULES = [
    (
        "voucher",
        "accounting_voucher",
        _CLOSED.format(county="NEW.county_id", day="NEW.day", next="{next}"),
    ),
    (
        "entry",
        "accounting_entry",
        "EXISTS (SELECT 1 FROM financing_periodclose c JOIN accounting_voucher v"
        " ON v.county_id = c.county_id WHERE v.id = NEW.voucher_id AND v.day < {next})",
    ),
    (
        "payment",
        "financing_payment",
        _CLOSED.format(
            county=f"{_COUNTY_OF_INSTALMENT} WHERE i.id = NEW.instalment_id",
            day="NEW.booked_on",
            next="{next}",
        ),
    ),
    (
        "receipt",
        "financing_rebatereceipt",
        _CLOSED.format(
            county=f"{_COUNTY_OF_INSTALMENT} JOIN financing_rebate r ON r.instalment_id = i.id"
            " JOIN financing_rebateclaim q ON q.rebate_id = r.id WHERE q.id = NEW.claim_id",
            day="NEW.booked_on",
            next="{next}",
        ),
    ),
    (
        "order",
        "financing_periodclose",
        "EXISTS (SELECT 1 FROM financing_periodclose c WHERE c.county_id = NEW.county_id)"
        " AND NOT EXISTS (SELECT 1 FROM financing_periodclose c"
        " WHERE c.county_id = NEW.county_id AND {next} = NEW.month)",
    ),
]


def forwards(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for name, table, condition in RULES:
        refused = condition.format(next=_NEXT[vendor].format(m="c.month"))
        if vendor == "postgresql":
            _for_postgresql(schema_editor, name, table, refused)
            continue
        schema_editor.execute(
            f"CREATE TRIGGER accounting_closed_{name} BEFORE INSERT ON {table}"
            f" WHEN {refused} BEGIN SELECT RAISE(ABORT, 'month closed: {name}'); END",
            params=None,
        )


def _for_postgresql(schema_editor, name, table, refused):
    schema_editor.execute(
        f"CREATE FUNCTION accounting_closed_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {refused} THEN RAISE EXCEPTION 'month closed: {name}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        params=None,
    )
    schema_editor.execute(
        f"CREATE TRIGGER accounting_closed_{name} BEFORE INSERT ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION accounting_closed_{name}()",
        params=None,
    )


def backwards(apps, schema_editor):
    for name, table, _ in RULES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER accounting_closed_{name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION accounting_closed_{name}()")
            continue
        schema_editor.execute(f"DROP TRIGGER accounting_closed_{name}")


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0002_append_only"),
        ("financing", "0005_append_only"),
        ("procurement", "0001_initial"),
        ("documents", "0002_append_only"),
    ]
    operations = [migrations.RunPython(forwards, backwards)]
