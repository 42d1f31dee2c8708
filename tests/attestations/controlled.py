"""The control on a day of ours, and what it has found."""

from __future__ import annotations

from datetime import date
from typing import Any

from attestations.models import MissingAttestation
from attestations.services.missing import control
from attestations.tickets import new_ticket

ON = date(2026, 6, 10)


def run(on: date = ON) -> None:
    control(on=on, ticket=new_ticket())


def found(**among: Any) -> list[tuple[str, str]]:
    """Cause and status of each finding."""
    rows = MissingAttestation.objects.filter(**among).order_by("cause", "period")
    return [(row.cause, row.status) for row in rows]
