"""An entry of a feed costs what its questions need: the recipient is found by indexes that begin
with it, nothing is looked for by number, and tickets are found by ranges.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0018_lines_done_beyond"),
        ("derived_rights", "0009_rehearsed_together"),
        ("partners", "0013_readings_of_feeds"),
    ]

    operations = [
        migrations.AlterField(
            model_name="feedentry",
            name="number",
            field=models.ForeignKey(
                db_index=False,
                help_text="The one in use when the event entered the feed: its bytes stay the same.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="attestations.personnumber",
                verbose_name="number",
            ),
        ),
        migrations.AlterField(
            model_name="feedentry",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="feed",
                to="partners.organisation",
                verbose_name="organisation",
            ),
        ),
        migrations.AlterField(
            model_name="feedentry",
            name="ticket",
            field=models.UUIDField(verbose_name="ticket"),
        ),
        migrations.AddIndex(
            model_name="feedentry",
            index=django.contrib.postgres.indexes.BrinIndex(
                django.contrib.postgres.indexes.OpClass("ticket", name="uuid_minmax_multi_ops"),
                autosummarize=True,
                name="feed_by_ticket",
                pages_per_range=32,
            ),
        ),
    ]
