"""Signs of life; and the log of readings may be emptied of what is old, and of nothing else."""

from django.db import migrations, models

KEPT_FOR_A_TIME = """
CREATE FUNCTION kept_for_a_time() RETURNS trigger LANGUAGE plpgsql AS $$
-- Rows are history for as long as the second argument says, counted from the column that the
-- first one names: until then they cannot be deleted, and never changed.
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'rows of % are history and cannot be changed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(OLD) ->> TG_ARGV[0])::timestamptz > clock_timestamp() - TG_ARGV[1]::interval THEN
        RAISE EXCEPTION 'rows of % are history for %', TG_TABLE_NAME, TG_ARGV[1]
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("attestations", "0010_lean_indexes")]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="name")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("own_clock", models.DateTimeField(verbose_name="own clock")),
            ],
            options={
                "verbose_name": "sign of life",
                "verbose_name_plural": "signs of life",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64, unique=True, verbose_name="name")),
                ("count", models.PositiveBigIntegerField(default=0, verbose_name="count")),
            ],
            options={
                "verbose_name": "tally",
                "verbose_name_plural": "tallies",
                "ordering": ["name"],
            },
        ),
        migrations.RunSQL(KEPT_FOR_A_TIME, "DROP FUNCTION kept_for_a_time()"),
        migrations.RunSQL(
            "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE "
            "ON attestations_accesslogentry "
            "FOR EACH ROW EXECUTE FUNCTION kept_for_a_time('at', '365 days')",
            "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE "
            "ON attestations_accesslogentry FOR EACH ROW EXECUTE FUNCTION append_only()",
        ),
    ]
