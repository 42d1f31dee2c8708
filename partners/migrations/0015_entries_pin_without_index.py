"""An entry of a feed costs what its questions need: nothing is looked for by the authorisation or
the change that it pins, and neither can be deleted, so that nobody looks for what still pins it.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('attestations', '0019_days_as_a_box'),
        ('derived_rights', '0009_rehearsed_together'),
        ('partners', '0014_lighter_feed'),
    ]

    operations = [
        migrations.AlterField(
            model_name='feedentry',
            name='authorisation',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='partners.authorisation', verbose_name='authorisation'),
        ),
        migrations.AlterField(
            model_name='feedentry',
            name='fact_change',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='feed_entries', to='attestations.factchange', verbose_name='change of facts'),
        ),
        migrations.AlterField(
            model_name='feedentry',
            name='right_change',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='feed_entries', to='derived_rights.rightchange', verbose_name='change of a right'),
        ),
    ]
