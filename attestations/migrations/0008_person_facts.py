"""Facts about persons, as authentic sources state them: appended, like all history."""

import attestations.models.fields
import django.db.models.deletion
from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON attestations_personfact
    FOR EACH ROW EXECUTE FUNCTION append_only('superseded_at')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0007_sealed_fingerprint"),
    ]

    operations = [
        migrations.AlterField(
            model_name="factchange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("attestation", "attestation"),
                    ("household", "household"),
                    ("missing", "missing attestation"),
                    ("identity", "number replaced"),
                    ("fact", "fact about a person"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="PersonFact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("birthDate", "birth date"),
                            ("residence", "residence"),
                            ("household", "household"),
                            ("increasedIntervention", "increased intervention"),
                            ("paidAmount", "paid amount"),
                            ("residencePermit", "residence permit"),
                            ("death", "death"),
                        ],
                        max_length=24,
                        verbose_name="kind",
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                (
                    "period",
                    attestations.models.fields.SpanField(
                        help_text="Empty for what has none, as a birth date.",
                        null=True,
                        verbose_name="period",
                    ),
                ),
                (
                    "aid_kind",
                    models.CharField(
                        blank=True,
                        help_text="Of a paid amount.",
                        max_length=40,
                        verbose_name="kind of aid",
                    ),
                ),
                ("value", models.JSONField(default=dict, verbose_name="value")),
                ("ticket", models.UUIDField(db_index=True, verbose_name="ticket")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="superseded")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="facts",
                        to="attestations.person",
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "fact about a person",
                "verbose_name_plural": "facts about persons",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="householdstatement",
            name="fact",
            field=models.ForeignKey(
                help_text="The statement of an authentic source that this row belongs to.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="members",
                to="attestations.personfact",
                verbose_name="fact",
            ),
        ),
        migrations.AddIndex(
            model_name="personfact",
            index=models.Index(fields=["person", "kind"], name="fact_by_person_and_kind"),
        ),
        migrations.AddConstraint(
            model_name="personfact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at", None)),
                fields=("person", "kind", "source", "aid_kind", "period"),
                name="a_source_states_a_fact_once",
                nulls_distinct=False,
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, "DROP TRIGGER append_only ON attestations_personfact"),
    ]
