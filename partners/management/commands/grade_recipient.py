"""`manage.py grade_recipient URL`: tries a recipient's endpoint, and says what it does well."""

from __future__ import annotations

import os
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table
from rich.text import Text

from partners.addresses import ForbiddenTarget, check_url, parse_networks
from partners.services.bench import Grade, Subject
from partners.services.grading import NOT_SEEN, grade
from partners.signing import InvalidKey, check_key

KEY, NEXT_KEY = "RECIPIENT_KEY", "RECIPIENT_NEXT_KEY"


class Command(BaseCommand):
    help = (
        "Sends to a recipient's endpoint whatever may come to it: every type of event, "
        "repetitions, older versions, corrections, batches, rotations, forgeries and stale "
        "messages, about fictitious persons; and judges the answers. Exits 0 if all is well, "
        f"otherwise 1. The key that signs stands in {KEY}: whsec_... for v1, whsk_... for v1a; "
        f"a second key that the endpoint accepts, if any, in {NEXT_KEY}."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", help="the endpoint")
        parser.add_argument(
            "--state-url",
            help='where it shows its state: {"events": 3, "held": [{"ssin", "right", "version"}]}',
        )
        parser.add_argument(
            "--network",
            action="append",
            default=[],
            help="a network that is not public and in which the endpoint may lie (127.0.0.0/8)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        networks = self._networks(options["network"])
        subject = self._subject(options)
        for url in filter(None, (subject.url, subject.state_url)):
            try:
                check_url(url, allowed_networks=networks)
            except ForbiddenTarget as error:
                raise CommandError(f"{url}: {error.detail}") from error
        console = Console(file=cast(IO[str], self.stdout), highlight=False)
        with console.status(_("Sending ...")):
            grades = grade(
                subject,
                networks=networks,
                service=settings.SERVICE_NAME,
                source=f"{settings.BASE_URL}/registry/v1",
            )
        console.print(table(grades))
        failed = [one for one in grades if one.holds is False]
        console.print(verdict(grades, failed))
        if failed:
            raise SystemExit(1)

    def _networks(self, named: list[str]) -> Any:
        try:
            return parse_networks([*settings.WEBHOOK_ALLOWED_NETWORKS, *named])
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _subject(self, options: dict[str, Any]) -> Subject:
        key = os.environ.get(KEY, "")
        next_key = os.environ.get(NEXT_KEY) or None
        if not key:
            raise CommandError(f"Put the key that signs into the environment, as {KEY}.")
        for one in filter(None, (key, next_key)):
            try:
                check_key(one)
            except InvalidKey as error:
                raise CommandError(f"The key cannot sign: {error}.") from error
        return Subject(options["url"], key, next_key, options["state_url"])


def table(grades: list[Grade]) -> Table:
    """One line for each thing that a recipient must do."""
    shown = Table(title=_("What the recipient does"), title_justify="left")
    for heading in ("", _("It"), _("It answered")):
        shown.add_column(heading)
    for one in grades:
        mark = {True: Text("✓", "green"), False: Text("✗", "red"), None: Text("?", "yellow")}
        said = str(NOT_SEEN) if one.holds is None else one.said
        shown.add_row(mark[one.holds], one.title, Text(said))
    return shown


def verdict(grades: list[Grade], failed: list[Grade]) -> Text:
    """The result in one sentence."""
    seen = [one for one in grades if one.holds is not None]
    if failed:
        text = _("%(failed)d of %(seen)d things are not as they should be.")
        return Text(text % {"failed": len(failed), "seen": len(seen)}, "red")
    return Text(_("All %d things are as they should be.") % len(seen), "green")
