"""A closed month cannot change: nothing is booked into it, and months are closed one after another.

The actions move what comes late to the first open month and say so in words; these triggers hold
for whatever does not pass through them. Written for SQLite and PostgreSQL. While no month of a
county is closed they cost one look into an index, also when rows come by the thousand.

They are put up after every ``migrate`` and not by a migration: they read tables of lower floors,
and SQLite refuses to rebuild a table that another table's trigger names. So they stand down while
migrations run.
"""

from __future__ import annotations

# The first day after the closed month, in each dialect.
_NEXT = {"sqlite": "date(c.month, '+1 month')", "postgresql": "(c.month + interval '1 month')"}

_COUNTY = (
    "SELECT d.county_id FROM financing_instalment i"
    " JOIN financing_agreement a ON a.id = i.agreement_id"
    " JOIN procurement_projectschool s ON s.id = a.project_school_id"
    " JOIN procurement_project p ON p.id = s.project_id"
    " JOIN documents_dossier d ON d.id = p.dossier_id"
)
_CLAIMED = (
    " JOIN financing_rebate r ON r.instalment_id = i.id"
    " JOIN financing_rebateclaim q ON q.rebate_id = r.id"
)
_CLOSED = "EXISTS (SELECT 1 FROM financing_periodclose c WHERE {where})"

# name: (table, condition under which the insert is refused); {next} is the day after month c
RULES = {
    "voucher": (
        "accounting_voucher",
        _CLOSED.format(where="c.county_id = NEW.county_id AND NEW.day < {next}"),
    ),
    "entry": (
        "accounting_entry",
        (
            "EXISTS (SELECT 1 FROM financing_periodclose c JOIN accounting_voucher v"
            " ON v.county_id = c.county_id WHERE v.id = NEW.voucher_id AND v.day < {next})"
        ),
    ),
    "payment": (
        "financing_payment",
        _CLOSED.format(
            where=f"NEW.booked_on < {{next}} AND c.county_id IN"
            f" ({_COUNTY} WHERE i.id = NEW.instalment_id)"
        ),
    ),
    "receipt": (
        "financing_rebatereceipt",
        _CLOSED.format(
            where=f"NEW.booked_on < {{next}} AND c.county_id IN"
            f" ({_COUNTY}{_CLAIMED} WHERE q.id = NEW.claim_id)"
        ),
    ),
    "order": (
        "financing_periodclose",
        _CLOSED.format(where="c.county_id = NEW.county_id")
        + " AND NOT "
        + _CLOSED.format(where="c.county_id = NEW.county_id AND {next} = NEW.month"),
    ),
}


def put_up(connection) -> None:
    """Create the triggers whose tables are there; those that stand already stay as they are."""
    known = set(connection.introspection.table_names())
    if "financing_periodclose" not in known:
        return
    with connection.cursor() as cursor:
        for name, (table, condition) in RULES.items():
            if table in known:
                refused = condition.format(next=_NEXT[connection.vendor])
                for statement in _STATEMENTS[connection.vendor](name, table, refused):
                    cursor.execute(statement)


def take_down(connection) -> None:
    """Let SQLite rebuild tables; PostgreSQL does not mind."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for name in RULES:
            cursor.execute(f"DROP TRIGGER IF EXISTS accounting_closed_{name}")


def _for_sqlite(name: str, table: str, refused: str) -> list[str]:
    return [
        (
            f"CREATE TRIGGER IF NOT EXISTS accounting_closed_{name} BEFORE INSERT ON {table}"
            f" WHEN {refused} BEGIN SELECT RAISE(ABORT, 'month closed: {name}'); END"
        )
    ]


def _for_postgresql(name: str, table: str, refused: str) -> list[str]:
    return [
        (
            f"CREATE OR REPLACE FUNCTION accounting_closed_{name}() RETURNS trigger LANGUAGE plpgsql"
            f" AS $$ BEGIN IF {refused} THEN RAISE EXCEPTION 'month closed: {name}'"
            " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        ),
        f"DROP TRIGGER IF EXISTS accounting_closed_{name} ON {table}",
        (
            f"CREATE TRIGGER accounting_closed_{name} BEFORE INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION accounting_closed_{name}()"
        ),
    ]


_STATEMENTS = {"sqlite": _for_sqlite, "postgresql": _for_postgresql}
