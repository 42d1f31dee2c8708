"""Facts keep one index that begins with the person: with two, the planner took the worse."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('attestations', '0013_replacements_by_instant'),
    ]

    operations = [
        migrations.AlterField(
            model_name='personfact',
            name='person',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='facts', to='attestations.person', verbose_name='person'),
        ),
    ]
