"""The number under which an event went out is kept with it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0004_identities"),
        ("partners", "0002_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="feedentry",
            name="number",
            field=models.ForeignKey(
                help_text="The one in use when the event entered the feed: its bytes stay the same.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="attestations.personnumber",
                verbose_name="number",
            ),
        ),
    ]
