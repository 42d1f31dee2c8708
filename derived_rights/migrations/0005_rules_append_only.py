"""What was decided about the rules is history: neither changed nor deleted, by whatever door."""

from django.db import migrations

# Table -> the columns that may be filled, once, after the row was written.
APPEND_ONLY = {
    "derived_rights_ruleact": [],
    "derived_rights_parametervalue": ["superseded_at"],
    "derived_rights_parameterproposal": [
        "approved_by_id",
        "approved_at",
        "dispatch_at",
        "in_force_at",
        "withdrawn_at",
    ],
}


def statements():
    for table, columns in APPEND_ONLY.items():
        arguments = ", ".join(f"'{column}'" for column in columns)
        yield migrations.RunSQL(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION append_only({arguments})",
            f"DROP TRIGGER append_only ON {table}",
        )


class Migration(migrations.Migration):
    dependencies = [("derived_rights", "0004_rules"), ("attestations", "0001_extensions")]
    operations = list(statements())
