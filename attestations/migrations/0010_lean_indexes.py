"""Indexes that no question uses are let go, and those by ticket take next to no room."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('attestations', '0009_file_imports'),
    ]

    operations = [
        migrations.AlterField(
            model_name='accesslogentry',
            name='person',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='attestations.person', verbose_name='person'),
        ),
        migrations.AlterField(
            model_name='accesslogentry',
            name='ticket',
            field=models.UUIDField(verbose_name='ticket'),
        ),
        migrations.AlterField(
            model_name='attestation',
            name='cpas',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attestations', to='attestations.cpas', verbose_name='CPAS'),
        ),
        migrations.AlterField(
            model_name='attestation',
            name='number',
            field=models.CharField(max_length=15, verbose_name='number'),
        ),
        migrations.AlterField(
            model_name='attestation',
            name='number_as_sent',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='attestations.personnumber', verbose_name='number as sent'),
        ),
        migrations.AlterField(
            model_name='attestation',
            name='ticket',
            field=models.UUIDField(verbose_name='ticket'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='cpas',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='attestations.cpas', verbose_name='CPAS'),
        ),
        # Django takes every index of this one column for that of the field: the constraint, which
        # is one, stands aside.
        migrations.RemoveConstraint('decisionversion', 'one_current_version_per_decision'),
        migrations.AlterField(
            model_name='decisionversion',
            name='decision',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='attestations.decision', verbose_name='decision'),
        ),
        migrations.AddConstraint(
            model_name='decisionversion',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at', None)), fields=('decision',), name='one_current_version_per_decision'),
        ),
        migrations.AlterField(
            model_name='decisionversion',
            name='number_as_sent',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='attestations.personnumber', verbose_name='number as sent'),
        ),
        migrations.AlterField(
            model_name='decisionversion',
            name='ticket',
            field=models.UUIDField(verbose_name='ticket'),
        ),
        migrations.AlterField(
            model_name='factchange',
            name='cpas',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='attestations.cpas', verbose_name='CPAS'),
        ),
        migrations.AlterField(
            model_name='factchange',
            name='missing',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='attestations.missingattestation', verbose_name='missing attestation'),
        ),
        migrations.AlterField(
            model_name='factchange',
            name='person',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='attestations.person', verbose_name='person'),
        ),
        migrations.AlterField(
            model_name='factchange',
            name='ticket',
            field=models.UUIDField(verbose_name='ticket'),
        ),
        migrations.AlterField(
            model_name='person',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Set when two numbers turn out to belong to one person: always the last one.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='attestations.person', verbose_name='merged into'),
        ),
        migrations.AlterField(
            model_name='personnumber',
            name='replaced_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='attestations.personnumber', verbose_name='replaced by'),
        ),
        migrations.AddIndex(
            model_name='accesslogentry',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['ticket'], name='access_by_ticket', pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='attestation',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['ticket'], name='attestation_by_ticket', pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='decisionversion',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['ticket'], name='version_by_ticket', pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='factchange',
            index=models.Index(condition=models.Q(('missing__isnull', False)), fields=['missing'], name='fact_of_a_finding'),
        ),
        migrations.AddIndex(
            model_name='factchange',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['ticket'], name='fact_by_ticket', pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='person_merged'),
        ),
        migrations.AddIndex(
            model_name='personnumber',
            index=models.Index(condition=models.Q(('replaced_by__isnull', False)), fields=['replaced_by'], name='number_replaced'),
        ),
        migrations.AddConstraint(
            model_name='attestation',
            constraint=models.UniqueConstraint(fields=('number',), name='a_number_is_given_once'),
        ),
    ]
