"""Household statements are found by their member through one index: it had two alike."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0022_names_of_columns"),
    ]

    operations = [
        migrations.AlterField(
            model_name="householdstatement",
            name="member",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="member_of",
                to="attestations.person",
                verbose_name="member",
            ),
        ),
    ]
