"""Originals, which follow nothing, leave no entry in the index of previous attestations.

Nor does each of them wake a foreign key at the end of its transaction: the trigger
`previous_of_the_same_chain` looks for the previous attestation when it is named, and attestations
are history, so it stays.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attestations", "0020_references_counted")]

    operations = [
        migrations.AlterField(
            model_name="attestation",
            name="previous",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="attestations.attestation",
                verbose_name="previous attestation",
            ),
        ),
        migrations.AddConstraint(
            model_name="attestation",
            constraint=models.UniqueConstraint(
                fields=("previous",),
                condition=models.Q(("previous__isnull", False)),
                name="a_chain_does_not_fork",
            ),
        ),
    ]
