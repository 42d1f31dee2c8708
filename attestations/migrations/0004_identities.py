"""Merged persons, and a chain of attestations that stays with its person and its CPAS."""

import attestations.models.fields
import django.db.models.deletion
from django.db import migrations, models

CHAIN = """
CREATE FUNCTION previous_of_the_same_chain() RETURNS trigger LANGUAGE plpgsql AS $$
-- A correction or cancellation follows an attestation of the same person and CPAS that is already
-- there: so a chain cannot leave its person, and cannot be a circle. One row per previous
-- attestation, hence no fork, is for the unique index.
BEGIN
    IF NOT EXISTS (
        SELECT FROM attestations_attestation AS earlier
        WHERE earlier.id = NEW.previous_id
          AND earlier.person_id = NEW.person_id
          AND earlier.cpas_id = NEW.cpas_id
    ) THEN
        RAISE EXCEPTION 'attestation % follows none of its person and CPAS', NEW.number
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'a_chain_stays_with_its_person_and_cpas';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER previous_of_the_same_chain BEFORE INSERT ON attestations_attestation
    FOR EACH ROW WHEN (NEW.previous_id IS NOT NULL)
    EXECUTE FUNCTION previous_of_the_same_chain();
"""
DROP_CHAIN = """
DROP TRIGGER previous_of_the_same_chain ON attestations_attestation;
DROP FUNCTION previous_of_the_same_chain();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0003_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="MergedOverlap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period", attestations.models.fields.SpanField(verbose_name="period")),
                ("ticket", models.UUIDField(db_index=True, verbose_name="ticket")),
                ("found_at", models.DateTimeField(verbose_name="found")),
            ],
            options={
                "verbose_name": "overlap after a merge",
                "verbose_name_plural": "overlaps after a merge",
                "ordering": ["-id"],
            },
        ),
        migrations.AlterField(
            model_name="factchange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("attestation", "attestation"),
                    ("household", "household"),
                    ("missing", "missing attestation"),
                    ("identity", "number replaced"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="person",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                help_text="Set when two numbers turn out to belong to one person: always the last one.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="attestations.person",
                verbose_name="merged into",
            ),
        ),
        migrations.AddField(
            model_name="mergedoverlap",
            name="one",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="attestations.attestation",
                verbose_name="attestation",
            ),
        ),
        migrations.AddField(
            model_name="mergedoverlap",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="attestations.attestation",
                verbose_name="overlaps with",
            ),
        ),
        migrations.AddField(
            model_name="mergedoverlap",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged_overlaps",
                to="attestations.person",
                verbose_name="person",
            ),
        ),
        migrations.RunSQL(CHAIN, DROP_CHAIN),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON attestations_mergedoverlap "
            "FOR EACH ROW EXECUTE FUNCTION append_only()",
            "DROP TRIGGER append_only ON attestations_mergedoverlap",
        ),
    ]
