"""`manage.py report_missing_attestations CPAS --month YYYY-MM --output DIR`."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from attestations import clock
from attestations.models import Cpas
from attestations.services import missing, missing_reports
from attestations.services.access import reading


class OnThisMachine:
    """Who reads, as the log of readings names whoever may run commands here."""

    organisation_code = "administration"
    client_name = "manage.py"


class Command(BaseCommand):
    help = "Write the report on what is missing of one CPAS as HTML and CSV, and note it as told."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cpas", metavar="CPAS", help="enterprise number of the CPAS")
        parser.add_argument("--month", type=_month, required=True, metavar="YYYY-MM")
        parser.add_argument("--output", type=Path, required=True, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        cpas = Cpas.objects.filter(enterprise_number=options["cpas"]).first()
        if cpas is None:
            raise CommandError(f"No CPAS is registered under {options['cpas']}.")
        month, folder = options["month"], options["output"]
        with (
            transaction.atomic(),
            reading(OnThisMachine(), operation="reportMissingAttestations") as noted,
        ):
            report, rows = missing_reports.compile_report(cpas=cpas, month=month, on=clock.today())
            noted.served(*(row.person_id for row in rows if row.person_id is not None))
            missing.note_told((row.pk for row in rows), cpas_id=cpas.pk, now=clock.database_now())
            folder.mkdir(parents=True, exist_ok=True)
            stem = f"missing-attestations-{cpas.enterprise_number}-{month:%Y-%m}"
            for suffix, text in (("html", missing_reports.as_html(report)), ("csv", report.csv())):
                path = folder / f"{stem}.{suffix}"
                _write(path, text)
                self.stdout.write(str(path))


def _write(path: Path, text: str) -> None:
    """Only for the eyes of whoever runs this: it names persons."""
    path.unlink(missing_ok=True)
    only_owner = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(only_owner, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise ArgumentTypeError("write a month as YYYY-MM") from None
