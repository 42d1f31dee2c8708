"""One event of every type that the catalogue can bring about, about nobody: for trying recipients.

Pure. The persons are fictitious, and so is everything that is said of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from attestations.ssin import make_ssin
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.transitions import TRANSITIONS
from partners.changes import (
    AttestationChange,
    Change,
    Days,
    MissingAttestationChange,
    RightsChange,
    instant,
)
from partners.documents import document
from partners.payloads import (
    FIELDS,
    NATURES,
    Envelope,
    cloud_event,
    notice,
    thin_event,
    withheld_event,
)

EPOCH = "00000000-0000-7000-8000-000000000000"
AT = datetime(2026, 3, 18, 9, 12, 44, tzinfo=UTC)
YEAR = Days(start_date=date(2026, 6, 2), end_date=date(2026, 12, 31))
LONGER = Days(start_date=date(2026, 6, 2), end_date=date(2027, 12, 31))
CPAS = "0123456749"


class Samples:
    """Makes events with ids and positions of their own, for a service and a source."""

    def __init__(self, *, service: str, source: str) -> None:
        self.service = service
        self.source = source
        self.position = 0

    def every_type(self) -> Iterator[dict[str, Any]]:
        """Each right in each transition, each kind of attestation event, each kind of finding."""
        for code, right in catalogue().items():
            for transition in TRANSITIONS:
                yield self.right(code, transition, effect=right.effect.value)
        for nature in NATURES:
            yield self._event(self._attestation(nature))
        for status in ("open", "resolved"):
            yield self._event(self._finding(status))

    def others(self) -> Iterator[dict[str, Any]]:
        """What stands in a feed or comes to an endpoint beside the events of the catalogue."""
        change = self._right("bim", "granted", "grant", person=1, version=1)
        yield document(withheld_event(str(uuid.uuid4()), AT, self._envelope()))
        yield document(thin_event(change, self._envelope(), person_reference="81c2"))
        yield self.notice("test", {})

    def right(
        self, code: str, transition: str, *, effect: str, person: int = 1, version: int = 1
    ) -> dict[str, Any]:
        """An event about a right of the nth fictitious person."""
        return self._event(self._right(code, transition, effect, person=person, version=version))

    def notice(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """A message about the subscription itself."""
        return notice(name, str(uuid.uuid4()), AT, data, service=self.service, source=self.source)

    def _event(self, change: Change) -> dict[str, Any]:
        return document(cloud_event(change, FIELDS, self._envelope()))

    def _envelope(self) -> Envelope:
        self.position += 1
        return Envelope(self.service, self.source, self.position, EPOCH)

    def _right(
        self, code: str, transition: str, effect: str, *, person: int, version: int
    ) -> RightsChange:
        return RightsChange(
            event_id=str(uuid.uuid4()),
            person_ssin=ssin(person),
            right=code,
            effect=effect,
            transition=transition,
            version=version,
            periods=[] if transition == "ended" else [LONGER],
            previous_periods=[] if transition == "granted" else [YEAR],
            ticket=str(uuid.uuid4()),
            occurred_at=instant(AT),
            attestation_numbers=["26C000000000123"],
            aid_kinds=["integrationIncome"],
            cpas_numbers=[CPAS],
        )

    def _attestation(self, nature: str) -> AttestationChange:
        return AttestationChange(
            event_id=str(uuid.uuid4()),
            person_ssin=ssin(1),
            attestation_number="26C000000000124",
            previous_number=None if nature == "original" else "26C000000000123",
            nature=nature,
            aid_kind="integrationIncome",
            period=YEAR,
            cpas_number=CPAS,
            created_at=instant(AT),
            version=1,
            ticket=str(uuid.uuid4()),
            occurred_at=instant(AT),
        )

    def _finding(self, status: str) -> MissingAttestationChange:
        return MissingAttestationChange(
            event_id=str(uuid.uuid4()),
            missing_attestation_id=str(uuid.uuid4()),
            person_ssin=ssin(1),
            aid_kind="integrationIncome",
            period=YEAR,
            cpas_number=CPAS,
            cause="neverSent",
            status=status,
            due_on=date(2026, 6, 9),
            found_at=instant(AT),
            resolved_at=instant(AT) if status == "resolved" else None,
            ticket=str(uuid.uuid4()),
            occurred_at=instant(AT),
        )


def ssin(person: int) -> str:
    """The number of the nth fictitious person."""
    return make_ssin(date(1985, 3, 7), person).number
