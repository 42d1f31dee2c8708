"""Reading persons: whoever reads one leaves a line in the log, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from django.db import transaction

from attestations.models import AccessLogEntry
from attestations.tickets import current_ticket


class Reader(Protocol):
    """Who reads."""

    @property
    def organisation_code(self) -> str: ...
    @property
    def client_name(self) -> str: ...


@dataclass
class Reading:
    """The persons one call has read, or asked for in vain."""

    person_ids: dict[int, bool] = field(default_factory=dict)

    def served(self, *person_ids: int) -> None:
        """Note persons whose data stand in the answer."""
        self.person_ids |= dict.fromkeys(person_ids, True)

    def refused(self, *person_ids: int) -> None:
        """Note persons who exist, but whom the caller may not see."""
        self.person_ids |= dict.fromkeys(person_ids, False)


@contextmanager
def reading(reader: Reader, *, operation: str, legal_context: str = "") -> Iterator[Reading]:
    """Read within this; if the log cannot be written, the reading fails with it."""
    with transaction.atomic():
        noted = Reading()
        yield noted
        AccessLogEntry.objects.bulk_create(
            AccessLogEntry(
                organisation=reader.organisation_code,
                client=reader.client_name,
                legal_context=legal_context,
                operation=operation,
                person_id=person_id,
                served=served,
                ticket=current_ticket(),
            )
            for person_id, served in noted.person_ids.items()
        )
