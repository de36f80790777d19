"""Rules that no row-by-row constraint can say: finished rounds are frozen, and nobody inspects
what they installed. Written for SQLite and PostgreSQL; the application says the same in words.
"""

from django.db import migrations

from documents.append_only import append_only

_FINISHED = (
    "EXISTS (SELECT 1 FROM acceptance_inspection n WHERE n.id = {row}.inspection_id"
    " AND n.finished_at IS NOT NULL)"
)
_INSTALLED_HERE = (
    "EXISTS (SELECT 1 FROM acceptance_installeditem i"
    " JOIN procurement_planline l ON l.id = i.plan_line_id"
    " JOIN acceptance_inspection n ON n.project_school_id = l.project_school_id"
    " WHERE n.id = NEW.inspection_id AND i.installed_by_id = NEW.decided_by_id)"
)
_JUDGED_FOR_SCHOOL = (
    "EXISTS (SELECT 1 FROM acceptance_inspection n"
    " JOIN acceptance_inspection s ON s.project_school_id = n.project_school_id"
    " JOIN acceptance_partresult r ON r.inspection_id = s.id"
    " WHERE n.id = NEW.inspection_id AND n.level = 'county' AND s.level = 'school'"
    " AND r.decided_by_id = NEW.decided_by_id)"
)
_INSPECTED_HERE = (
    "EXISTS (SELECT 1 FROM acceptance_partresult r"
    " JOIN acceptance_inspection n ON n.id = r.inspection_id"
    " JOIN procurement_planline l ON l.project_school_id = n.project_school_id"
    " WHERE l.id = NEW.plan_line_id AND r.decided_by_id = NEW.installed_by_id)"
)
_NOT_PASSED_BY_COUNTY = (
    "NOT EXISTS (SELECT 1 FROM acceptance_inspection n WHERE n.id = NEW.inspection_id"
    " AND n.level = 'county' AND n.finished_at IS NOT NULL)"
    " OR EXISTS (SELECT 1 FROM acceptance_defect d"
    " JOIN acceptance_partresult r ON r.id = d.found_id"
    " WHERE r.plan_line_id = NEW.plan_line_id AND d.closed_by_id IS NULL)"
)

# (name, table, verbs, condition under which the write is refused)
RULES = [
    (
        "inspection_frozen",
        "acceptance_inspection",
        ("UPDATE", "DELETE"),
        "OLD.finished_at IS NOT NULL",
    ),
    ("result_frozen_insert", "acceptance_partresult", ("INSERT",), _FINISHED.format(row="NEW")),
    ("result_frozen", "acceptance_partresult", ("UPDATE", "DELETE"), _FINISHED.format(row="OLD")),
    ("installer_does_not_inspect", "acceptance_partresult", ("INSERT", "UPDATE"), _INSTALLED_HERE),
    ("county_inspects_anew", "acceptance_partresult", ("INSERT", "UPDATE"), _JUDGED_FOR_SCHOOL),
    ("inspector_does_not_install", "acceptance_installeditem", ("INSERT",), _INSPECTED_HERE),
    ("pass_needs_county", "acceptance_roompass", ("INSERT",), _NOT_PASSED_BY_COUNTY),
]


def forwards(apps, schema_editor):
    for name, table, verbs, refused in RULES:
        if schema_editor.connection.vendor == "postgresql":
            _for_postgresql(schema_editor, name, table, verbs, refused)
            continue
        for verb in verbs:
            schema_editor.execute(
                f"CREATE TRIGGER acceptance_{name}_{verb.lower()} BEFORE {verb} ON {table}"
                f" WHEN {refused} BEGIN SELECT RAISE(ABORT, '{name}'); END"
            )


def _for_postgresql(schema_editor, name, table, verbs, refused):
    row = "OLD" if "DELETE" in verbs else "NEW"
    back = (
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
        if row == "OLD"
        else "RETURN NEW;"
    )
    # A percent sign or quote never occurs in the rules, so they can stand in the function as they are.
    schema_editor.execute(
        f"CREATE FUNCTION acceptance_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {refused} THEN RAISE EXCEPTION '{name}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; {back} END $$"
    )
    schema_editor.execute(
        f"CREATE TRIGGER acceptance_{name} BEFORE {' OR '.join(verbs)} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION acceptance_{name}()"
    )


def backwards(apps, schema_editor):
    for name, table, verbs, _ in RULES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER acceptance_{name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION acceptance_{name}()")
            continue
        for verb in verbs:
            schema_editor.execute(f"DROP TRIGGER acceptance_{name}_{verb.lower()}")


class Migration(migrations.Migration):
    dependencies = [
        ("acceptance", "0001_initial"),
        ("procurement", "0001_initial"),
        ("documents", "0002_append_only"),
    ]
    operations = [
        migrations.RunPython(forwards, backwards),
        append_only("acceptance_stationreview"),
        append_only("acceptance_handoversignature"),
        append_only("acceptance_roompass"),
    ]
