"""History is appended: the database refuses every other change, whoever asks for it."""

from django.db import migrations

# Table -> the columns that may be filled, once, after the row was written.
APPEND_ONLY = {
    "derived_rights_rightperiod": ["superseded_at"],
    "derived_rights_rightchange": ["routed_at"],
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
    dependencies = [("derived_rights", "0001_tables"), ("attestations", "0001_extensions")]
    operations = list(statements())
