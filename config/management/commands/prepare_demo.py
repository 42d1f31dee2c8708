"""Make a database ready for the demonstration, in one process because each start costs a second."""

from __future__ import annotations

import json
import os
import time
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from config.private import write_private

DATABASE_SECONDS = 60.0


class Command(BaseCommand):
    help = (
        "Migrate, create the administrator, apply configuration files in their order, and write"
        " the credentials of their clients to a file. Running it twice changes nothing."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="configuration files (YAML)")
        parser.add_argument("--credentials", type=Path, required=True, help="file to write")

    def handle(self, *, files: list[Path], credentials: Path, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("This is for demonstrations: set REGISTRY_MODE=demo.")
        self._wait_for_database()
        call_command("migrate", interactive=False, verbosity=0)
        self._create_administrator(os.environ["ADMIN_PASSWORD"])
        for file in files:
            call_command("configure", str(file))
        output = StringIO()
        if files:
            call_command("demo_credentials", *(str(file) for file in files), stdout=output)
        write_private(credentials, output.getvalue() or json.dumps({}))

    def _wait_for_database(self) -> None:
        """The server is started at the same time as this process, and may be slower."""
        deadline = time.monotonic() + DATABASE_SECONDS
        while True:
            try:
                return connection.ensure_connection()
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _create_administrator(self, password: str) -> None:
        administrator, created = get_user_model().objects.get_or_create(
            username="admin", defaults={"is_staff": True, "is_superuser": True}
        )
        if created or not administrator.check_password(password):
            administrator.set_password(password)
            administrator.save()
