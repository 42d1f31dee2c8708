"""What columns are called, in every language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attestations", "0021_previous_of_few")]

    operations = [
        migrations.AlterField(
            model_name="idempotencykey",
            name="created_at",
            field=models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="created"),
        ),
        migrations.AlterField(
            model_name="idempotencykey",
            name="status",
            field=models.PositiveSmallIntegerField(verbose_name="status"),
        ),
    ]
