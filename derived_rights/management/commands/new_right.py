"""`manage.py new_right CODE`: begin a right, with a file and a table that work at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

import derived_rights.rights
from attestations import clock
from attestations.codes import AidKind
from derived_rights.engine import faults
from derived_rights.engine.right import Effect
from derived_rights.new_files import NewRight, UnfitRight


class Command(BaseCommand):
    help = (
        "Write the file of a new right and its table of scenarios. It is a signal that is off, "
        "and its tests pass: change both until they say what the law says."
    )
    # It must help where another right is broken; reading the catalogue tells enough.
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="lowerCamelCase, for good: it stands in events")
        parser.add_argument(
            "--recipient", default="federal", help="code of the organisation whose right it is"
        )
        parser.add_argument("--effect", default=Effect.INFORM.value, help=", ".join(Effect))
        parser.add_argument("--kind", default=AidKind.INTEGRATION_INCOME.value, help="kind of aid")
        parser.add_argument(
            "--since", default="", help="first day of the law, as 2024-01-01; this year by default"
        )
        parser.add_argument(
            "--into", type=Path, default=settings.BASE_DIR, help="the checkout; this one by default"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            new = NewRight(
                options["code"],
                options["recipient"],
                options["effect"],
                options["kind"],
                _since(options["since"]),
            )
        except UnfitRight as error:
            raise CommandError(str(error)) from error
        known, _ = faults.loaded(derived_rights.rights)
        # Case does not tell two codes apart: people mix them up, and so do some file systems.
        if new.code.lower() in {right.code.lower() for right in known}:
            raise CommandError(f"the right {new.code} exists; choose another code, or change it")
        texts = {
            options["into"] / "derived_rights" / "rights" / f"{new.module}.py": new.module_text(),
            options["into"] / "tests" / "scenarios" / "rights" / f"{new.code}.yaml": (
                new.table_text()
            ),
        }
        _write(texts)
        for path in texts:
            self.stdout.write(f"Written: {path}")
        self.stdout.write(
            'Next: write the cases into the table, then the law; `make test ARGS="-k scenarios"`\n'
            "runs the table, and docs/adding-a-right.md walks through it all."
        )


def _since(text: str) -> date:
    if not text:
        return clock.today().replace(month=1, day=1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnfitRight(f"--since {text!r} is no day; write it as in 2024-01-01") from None


def _write(texts: dict[Path, str]) -> None:
    """All of the files, or none."""
    for path in texts:
        if path.exists():
            raise CommandError(f"{path} exists; nothing was written")
        if not path.parent.is_dir():
            raise CommandError(f"{path.parent} is missing; run this in a checkout of the project")
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
