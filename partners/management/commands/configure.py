"""`manage.py configure FILE.yaml`: create or update what a configuration file names."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from partners.services.configuration import COMMAND, Mistaken, configure
from partners.services.configuration_export import export


class Command(BaseCommand):
    help = (
        "Create or update what a configuration file names. Running it twice changes nothing. The "
        "switches and figures of rights that it sets take effect at once and without approval, if "
        "ALLOW_FIGURES_IN_FILES lets files set figures at all; each is kept as an act on the rules."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.add_argument("file", nargs="?", metavar="FILE.yaml", help="- for standard input")
        parser.add_argument(
            "--by", metavar="NAME", default=COMMAND, help="who the log of acts is to name"
        )
        chosen = parser.add_mutually_exclusive_group()
        chosen.add_argument(
            "--check", action="store_true", help="say what would be changed, and change nothing"
        )
        chosen.add_argument(
            "--export", action="store_true", help="print the configuration, without any secret"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, exporting = options["file"], options["export"]
        if exporting == bool(name):
            raise CommandError("Give a file to read, or --export to print one.")
        if exporting:
            self.stdout.write(export(), ending="")
            return
        try:
            outcome = configure(_content(name), check_only=options["check"], by=options["by"])
        except Mistaken as error:
            found = "\n".join(f"{name}: {mistake}" for mistake in error.mistakes)
            count = len(error.mistakes)
            raise CommandError(
                f"{found}\n{count} mistake{'s' if count > 1 else ''}; nothing was changed."
            ) from None
        would = "would be " if options["check"] else ""
        for change in outcome.changed:
            self.stdout.write(f"{would}{change}")
        for thing, secret in outcome.secrets.items():
            self.stdout.write(f"secret of {thing}, shown this once: {secret}")
        self.stdout.write(f"{len(outcome.changed)} {would}changed, {outcome.unchanged} unchanged.")


def _content(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.read()
        return Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{name} is not text in UTF-8.") from None
