from django.db import migrations

FUND = "(SELECT fund_id FROM financing_fundpurpose WHERE id = NEW.purpose_id)"


def _arrived(fund: str) -> str:
    return f"(SELECT COALESCE(SUM(a.amount), 0) FROM financing_fundallocation a WHERE a.fund_id = {fund})"


def _used(fund: str) -> str:
    return (
        "(SELECT COALESCE(SUM(u.amount), 0) FROM financing_funduse u"
        f" JOIN financing_fundpurpose p ON p.id = u.purpose_id WHERE p.fund_id = {fund})"
    )


# SQLite adds binary fractions: less than half a fen is nothing.
RULES = {
    # more is used than arrived
    "financing_funduse": (
        "NEW.amount > 0",
        FUND,
        f"{_used(FUND)} + NEW.amount > {_arrived(FUND)} + 0.005",
    ),
    # what was used is taken back
    "financing_fundallocation": (
        "NEW.amount < 0",
        "NEW.fund_id",
        f"{_arrived('NEW.fund_id')} + NEW.amount < {_used('NEW.fund_id')} - 0.005",
    ),
}


def forwards(apps, schema_editor):
    for table, (when, fund, beyond) in RULES.items():
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {table}_balance() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN PERFORM 1 FROM financing_fund WHERE id = {fund} FOR UPDATE; "
                f"IF {beyond} THEN RAISE EXCEPTION 'fund overspent' "
                "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_balance BEFORE INSERT ON {table} FOR EACH ROW "
                f"WHEN ({when}) EXECUTE FUNCTION {table}_balance()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_balance BEFORE INSERT ON {table} WHEN {when} AND {beyond} "
                "BEGIN SELECT RAISE(ABORT, 'fund overspent'); END"
            )


def backwards(apps, schema_editor):
    for table in RULES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_balance ON {table}")
            schema_editor.execute(f"DROP FUNCTION {table}_balance()")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_balance")


class Migration(migrations.Migration):
    """Earmarked money is never used beyond what arrived, whoever writes the row."""

    dependencies = [("financing", "0006_rebates")]
    operations = [migrations.RunPython(forwards, backwards)]
