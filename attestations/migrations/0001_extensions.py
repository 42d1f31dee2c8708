"""What the tables need from PostgreSQL beforehand."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

TRIGGER = """
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
-- History is appended. An UPDATE may only fill columns named as arguments, and only while they
-- are empty; a DELETE is refused.
DECLARE
    name text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'rows of % are history and cannot be deleted', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(NEW) - TG_ARGV::text[] IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV::text[] THEN
        RAISE EXCEPTION 'rows of % are history and cannot be changed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH name IN ARRAY TG_ARGV::text[] LOOP
        IF to_jsonb(OLD) ->> name IS NOT NULL
           AND to_jsonb(NEW) ->> name IS DISTINCT FROM to_jsonb(OLD) ->> name THEN
            RAISE EXCEPTION '% of % is set once', name, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(TRIGGER, "DROP FUNCTION append_only()"),
        migrations.RunSQL(
            "CREATE SEQUENCE attestations_attestation_number",
            "DROP SEQUENCE attestations_attestation_number",
        ),
    ]
