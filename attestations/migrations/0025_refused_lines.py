"""Each refused line of an imported file is a row: together they outgrew one value, and slowed it."""

import django.db.models.deletion
from django.db import migrations, models

MOVE = """
INSERT INTO attestations_refusedline (file_import_id, line, issues)
SELECT id, (one ->> 'line')::int, one -> 'issues'
FROM attestations_fileimport CROSS JOIN jsonb_array_elements(refused) AS one;
SET CONSTRAINTS ALL IMMEDIATE;
"""
BACK = """
UPDATE attestations_fileimport SET refused = lines.refused FROM (
    SELECT file_import_id,
        jsonb_agg(jsonb_build_object('line', line, 'issues', issues) ORDER BY line) AS refused
    FROM attestations_refusedline GROUP BY file_import_id
) AS lines WHERE id = file_import_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0024_few_references"),
    ]

    operations = [
        migrations.CreateModel(
            name="RefusedLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField(verbose_name="line")),
                ("issues", models.JSONField(default=list, verbose_name="what is wrong")),
                (
                    "file_import",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines_refused",  # until the column is gone
                        to="attestations.fileimport",
                        verbose_name="imported file",
                    ),
                ),
            ],
            options={
                "verbose_name": "refused line",
                "verbose_name_plural": "refused lines",
                "ordering": ["file_import", "line"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("file_import", "line"), name="a_line_is_refused_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(MOVE, BACK),
        migrations.RemoveField(model_name="fileimport", name="refused"),
        migrations.AlterField(
            model_name="refusedline",
            name="file_import",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refused",
                to="attestations.fileimport",
                verbose_name="imported file",
            ),
        ),
    ]
