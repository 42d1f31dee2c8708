"""`manage.py openapi`: write the OpenAPI document, or say whether the committed one is true."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import openapi


class Command(BaseCommand):
    help = "Write docs/openapi.json; with --check, only say whether it is up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")

    def handle(self, *args: Any, **options: Any) -> None:
        text = openapi.as_json()
        if not options["check"]:
            openapi.COMMITTED.write_text(text)
            self.stdout.write(f"Written: {openapi.COMMITTED.name}")
        elif not openapi.COMMITTED.exists() or openapi.COMMITTED.read_text() != text:
            raise CommandError(
                "docs/openapi.json is not what the views say: run `manage.py openapi`."
            )
