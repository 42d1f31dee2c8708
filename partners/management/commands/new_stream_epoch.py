"""`manage.py new_stream_epoch`: tells recipients that the database was restored."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from partners.services import epochs


class Command(BaseCommand):
    help = (
        "Starts a new stream epoch: every cursor of before is answered with the last common "
        "position. A restore by dump, by recovery or by promotion does so by itself; after a cold "
        "copy of the database's files, run this before the service starts."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        epoch = epochs.begin()
        self.stdout.write(f"The feeds are in epoch {epoch.epoch} now.")
