"""A silent CPAS is a finding without a person, and each finding says when its CPAS was told."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0005_missing_control"),
    ]

    operations = [
        migrations.AddField(
            model_name="missingattestation",
            name="notified_at",
            field=models.DateTimeField(null=True, verbose_name="notified"),
        ),
        migrations.AlterField(
            model_name="missingattestation",
            name="aid_kind",
            field=models.CharField(blank=True, max_length=40, verbose_name="kind of aid"),
        ),
        migrations.AlterField(
            model_name="missingattestation",
            name="person",
            field=models.ForeignKey(
                help_text="Empty where a whole CPAS is silent.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="missing",
                to="attestations.person",
                verbose_name="person",
            ),
        ),
        migrations.AddConstraint(
            model_name="missingattestation",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("person", None), models.Q(("status", "resolved"), _negated=True)
                ),
                fields=("cpas", "period"),
                name="a_silence_is_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="missingattestation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("aid_kind", ""), ("cause", "silence"), ("person", None)),
                    models.Q(
                        models.Q(("cause", "silence"), _negated=True), ("person__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="only_silence_names_no_person",
            ),
        ),
    ]
