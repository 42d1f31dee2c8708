"""What columns are called, in every language."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('attestations', '0021_previous_of_few'),
        ('derived_rights', '0009_rehearsed_together'),
        ('partners', '0015_entries_pin_without_index'),
    ]

    operations = [
        migrations.AlterField(
            model_name='feedhead',
            name='organisation',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='feed_head', serialize=False, to='partners.organisation', verbose_name='organisation'),
        ),
        migrations.AlterField(
            model_name='refusal',
            name='fact_change',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refusals', to='attestations.factchange', verbose_name='change of facts'),
        ),
        migrations.AlterField(
            model_name='refusal',
            name='right_change',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refusals', to='derived_rights.rightchange', verbose_name='change of a right'),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='leased_until',
            field=models.DateTimeField(editable=False, null=True, verbose_name='leased until'),
        ),
    ]
