"""The digest of a question is sealed like its answer, so that it can be moved to a new key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attestations", "0006_silence_without_person")]
    operations = [
        # A keyed digest cannot be moved to another key: what was kept so far is let go.
        migrations.RunSQL("DELETE FROM attestations_idempotencykey", migrations.RunSQL.noop),
        migrations.RenameField("idempotencykey", "fingerprint", "sealed_fingerprint"),
        migrations.AlterField("idempotencykey", "sealed_fingerprint", models.BinaryField()),
    ]
