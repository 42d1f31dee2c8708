"""References of which nearly every row has none are looked at only where there is one.

A foreign key wakes once for each row, at the end of the transaction, also to see that it refers to
nothing. These promise the same: a reference leads to a row that is there. Those are never deleted,
and keep their id.
"""

import django.db.models.deletion
from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION refers_to() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_there boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE id = ($1).%I)', TG_ARGV[0], TG_ARGV[1])
        INTO is_there USING NEW;
    IF NOT is_there THEN
        RAISE EXCEPTION 'a row of % refers to what is not there', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_ARGV[1];
    END IF;
    RETURN NULL;
END
$$;
"""
TRIGGER = """
CREATE TRIGGER {column}_is_there AFTER INSERT OR UPDATE OF {column} ON attestations_{table}
    FOR EACH ROW WHEN (NEW.{column} IS NOT NULL)
    EXECUTE FUNCTION refers_to('attestations_{referred}', '{column}');
"""
# As in 0012_guards_by_statement.
STAYS = """
CREATE TRIGGER row_stays BEFORE DELETE ON attestations_missingattestation
    FOR EACH ROW EXECUTE FUNCTION stays();
CREATE TRIGGER id_stays BEFORE UPDATE OF id ON attestations_missingattestation
    FOR EACH ROW WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION stays();
"""
GOES = """
DROP TRIGGER row_stays ON attestations_missingattestation;
DROP TRIGGER id_stays ON attestations_missingattestation;
"""
REFERENCES = (
    ("person", "merged_into_id", "person"),
    ("personnumber", "replaced_by_id", "personnumber"),
    ("factchange", "missing_id", "missingattestation"),
)


class Migration(migrations.Migration):
    dependencies = [("attestations", "0023_members_by_one_index")]

    operations = [
        migrations.AlterField(
            model_name="person",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="Set when two numbers turn out to belong to one person: always the last one.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="attestations.person",
                verbose_name="merged into",
            ),
        ),
        migrations.AlterField(
            model_name="personnumber",
            name="replaced_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaces",
                to="attestations.personnumber",
                verbose_name="replaced by",
            ),
        ),
        migrations.AlterField(
            model_name="factchange",
            name="missing",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="attestations.missingattestation",
                verbose_name="missing attestation",
            ),
        ),
        migrations.RunSQL(STAYS, GOES),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION refers_to()"),
        *(
            migrations.RunSQL(
                TRIGGER.format(table=table, column=column, referred=referred),
                f"DROP TRIGGER {column}_is_there ON attestations_{table}",
            )
            for table, column, referred in REFERENCES
        ),
    ]
