"""A page of a feed that is read leaves one line; whom it showed is found through the entries."""

import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

# The same condition twice: the range finds the readings of an entry, the bounds the entries of one.
VIEW = """
CREATE VIEW partners_feedreadingofperson AS
SELECT reading.id || '-' || entry.position AS id, reading.id AS reading_id,
       reading.organisation_id, reading.client, entry.legal_context, reading.operation,
       entry.person_id, entry.position, reading.ticket, reading.at
FROM partners_feedreading AS reading
JOIN partners_feedentry AS entry
  ON entry.organisation_id = reading.organisation_id AND reading.positions @> entry.position
 AND entry.position >= lower(reading.positions) AND entry.position < upper(reading.positions)
"""
# As for the log of readings: nobody changes a line, or removes one that is younger than a year.
KEPT = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON partners_feedreading
    FOR EACH ROW EXECUTE FUNCTION kept_for_a_time('at', '365 days')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0011_operation"),
        ("partners", "0012_attempts_by_statement"),
    ]
    operations = [
        migrations.CreateModel(
            name='FeedReadingOfPerson',
            fields=[
                ('id', models.CharField(max_length=41, primary_key=True, serialize=False)),
                ('client', models.CharField(max_length=255, verbose_name='client')),
                ('legal_context', models.CharField(max_length=64, verbose_name='legal context')),
                ('operation', models.CharField(max_length=64, verbose_name='operation')),
                ('position', models.PositiveBigIntegerField(verbose_name='position')),
                ('ticket', models.UUIDField(verbose_name='ticket')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'reading of a person in a feed',
                'verbose_name_plural': 'readings of persons in feeds',
                'db_table': 'partners_feedreadingofperson',
                'ordering': ['-reading', '-position'],
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='FeedReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client', models.CharField(max_length=255, verbose_name='client')),
                ('operation', models.CharField(max_length=64, verbose_name='operation')),
                ('positions', django.contrib.postgres.fields.ranges.BigIntegerRangeField(verbose_name='positions')),
                ('ticket', models.UUIDField(verbose_name='ticket')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.organisation', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'reading of a feed',
                'verbose_name_plural': 'readings of feeds',
                'ordering': ['-id'],
                'indexes': [django.contrib.postgres.indexes.GistIndex(fields=['organisation', 'positions'], name='feed_readings_by_position'), django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['ticket'], name='feed_readings_by_ticket', pages_per_range=32)],
            },
        ),
        migrations.RunSQL(KEPT, "DROP TRIGGER append_only ON partners_feedreading"),
        migrations.RunSQL(VIEW, "DROP VIEW partners_feedreadingofperson"),
    ]
