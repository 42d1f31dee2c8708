"""Attempts are found by their time, and may go when they are old."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0011_operation"),
        ("partners", "0006_endpoint_probes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="deliveryattempt",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["at"], name="attempts_by_time", pages_per_range=32
            ),
        ),
        migrations.RunSQL(
            "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE "
            "ON partners_deliveryattempt "
            "FOR EACH ROW EXECUTE FUNCTION kept_for_a_time('at', '30 days')",
            "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE "
            "ON partners_deliveryattempt FOR EACH ROW EXECUTE FUNCTION append_only()",
        ),
    ]
