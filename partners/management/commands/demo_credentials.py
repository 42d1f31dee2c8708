"""`manage.py demo_credentials [FILE.yaml ...]`: how to act as each client, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from partners.services.configuration import Mistaken
from partners.services.demonstration import credentials


class Command(BaseCommand):
    help = "Print secrets and fresh tokens of all clients of a demonstration, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files", nargs="*", metavar="FILE.yaml", help="where secrets of clients stand"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Refused: in production nobody but the client has its credentials.")
        try:
            texts = [Path(name).read_text(encoding="utf-8") for name in options["files"]]
            found = credentials(texts, now=timezone.now())
        except (OSError, UnicodeDecodeError, Mistaken) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))
