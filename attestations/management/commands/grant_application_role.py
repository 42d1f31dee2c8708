"""`manage.py grant_application_role ROLE`: let a role run the service, and nothing more."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attestations.services import granting


class Command(BaseCommand):
    help = (
        "Grant a database role exactly what the service needs. Run it as the owner of the tables, "
        "after each migrate; then let DATABASE_URL of the service name that role."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="an existing role that owns nothing here")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            history = granting.grant(options["role"])
        except granting.UnfitRole as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{options['role']} may run the service; of {len(history)} tables of history it may "
            "neither change nor delete a row."
        )
