"""Runs of the missing-attestation control, reports, and the language a CPAS is written to."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attestations", "0004_identities"),
    ]

    operations = [
        migrations.CreateModel(
            name="ControlRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="day of the control")),
                ("ticket", models.UUIDField(db_index=True, verbose_name="ticket")),
                (
                    "last_task",
                    models.PositiveBigIntegerField(
                        default=0,
                        help_text="Tasks up to this one are answered by this run.",
                        verbose_name="last task",
                    ),
                ),
                ("persons", models.PositiveIntegerField(default=0, verbose_name="persons")),
                ("opened", models.PositiveIntegerField(default=0, verbose_name="opened")),
                ("resolved", models.PositiveIntegerField(default=0, verbose_name="resolved")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
            ],
            options={
                "verbose_name": "run of the control",
                "verbose_name_plural": "runs of the control",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="cpas",
            name="language",
            field=models.CharField(
                blank=True,
                choices=[("fr", "Français"), ("nl", "Nederlands"), ("de", "Deutsch")],
                help_text="Of the reports to it; if empty, the first of those its names are given in.",
                max_length=2,
                verbose_name="language",
            ),
        ),
        migrations.CreateModel(
            name="ControlPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_person", models.BigIntegerField(verbose_name="first person")),
                ("last_person", models.BigIntegerField(verbose_name="last person")),
                ("persons", models.PositiveIntegerField(verbose_name="persons")),
                ("opened", models.PositiveIntegerField(default=0, verbose_name="opened")),
                ("resolved", models.PositiveIntegerField(default=0, verbose_name="resolved")),
                ("done_at", models.DateTimeField(null=True, verbose_name="done")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="attestations.controlrun",
                        verbose_name="run",
                    ),
                ),
            ],
            options={
                "verbose_name": "part of a run",
                "verbose_name_plural": "parts of a run",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)),
                        fields=["run", "first_person"],
                        name="control_part_to_do",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MissingReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(help_text="Its first day.", verbose_name="month")),
                ("language", models.CharField(max_length=2, verbose_name="language")),
                ("findings", models.PositiveIntegerField(verbose_name="findings")),
                ("person_ids", models.JSONField(default=list)),
                ("sealed_html", models.BinaryField()),
                ("sealed_csv", models.BinaryField()),
                ("ticket", models.UUIDField(db_index=True, verbose_name="ticket")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                (
                    "cpas",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="attestations.cpas",
                        verbose_name="CPAS",
                    ),
                ),
            ],
            options={
                "verbose_name": "report of missing attestations",
                "verbose_name_plural": "reports of missing attestations",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("cpas", "month"), name="one_report_a_month")
                ],
            },
        ),
    ]
