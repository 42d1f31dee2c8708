"""`manage.py doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from config.doctor import configuration, servers, work
from config.doctor.finding import Finding, Weight


class Command(BaseCommand):
    help = "Say what is wrong and what to do. The exit code is 1 if there is an error."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        found = examine()
        for finding in found:
            self.stdout.write(f"{finding.weight}: {finding.what} [{finding.code}]")
            self.stdout.write(f"    {finding.do}")
        errors = sum(finding.weight is Weight.ERROR for finding in found)
        if not found:
            self.stdout.write("All is well.")
        else:
            self.stdout.write(f"{errors} errors, {len(found) - errors} warnings.")
        if errors:
            sys.exit(1)


def examine() -> list[Finding]:
    """Everything that is wrong now; the database first, as most else is asked of it."""
    found = [*configuration.checks(), *configuration.addresses()]
    found += [*servers.broker(), *servers.disk()]
    unreachable = servers.database_is_reachable()
    if unreachable is not None:
        return [unreachable, *found]
    of_database = list(servers.database())
    if any(finding.code in {"migrationsPending", "grantsMissing"} for finding in of_database):
        return [*of_database, *found]
    found += [*configuration.keys(), *configuration.rights()]
    found += [*work.programs(), *work.pending(), *work.set_aside()]
    return [*of_database, *found, *work.pushes(), *work.authorisations()]
