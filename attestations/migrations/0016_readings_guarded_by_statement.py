"""A reading is logged for each person of a page: that they are there is looked at together.

Persons are never deleted, and keep their id.
"""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE FUNCTION attestations_accesslogentry_refers() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (SELECT FROM fresh
               WHERE NOT EXISTS (SELECT FROM attestations_person WHERE id = fresh.person_id)) THEN
        RAISE EXCEPTION 'a row of % refers to what is not there', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation',
                  CONSTRAINT = 'attestations_accesslogentry_refers';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER refers_when_added AFTER INSERT ON attestations_accesslogentry
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION attestations_accesslogentry_refers();
"""


class Migration(migrations.Migration):
    dependencies = [("attestations", "0015_foreign_insurance")]
    operations = [
        migrations.AlterField(
            model_name="accesslogentry",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="attestations.person",
                verbose_name="person",
            ),
        ),
        migrations.RunSQL(GUARD, "DROP FUNCTION attestations_accesslogentry_refers() CASCADE"),
    ]
