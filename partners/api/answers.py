"""What a recipient reads of attestations: what its authorisation opens, no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attestations.api import shapes
from attestations.models import Attestation

# Which field of an authorisation opens which properties of an attestation.
GOVERNED = {
    "attestationNumber": ("attestationNumber", "previousAttestationNumber"),
    "aidKind": ("aidKind",),
    "periods": ("startDate", "endDate"),
    "cpas": ("enterpriseNumber",),
}


def attestations(
    rows: Sequence[Attestation], fields: Sequence[str], *, known_at: datetime | None
) -> dict[str, Any]:
    """Attestations as known at an instant, and the fields that were cut from them."""
    items = [shapes.attestation(row, known_at=known_at) for row in rows]
    cut = sorted(
        field
        for field, names in GOVERNED.items()
        if field not in fields and any(name in item for item in items for name in names)
    )
    hidden = {name for field in cut for name in GOVERNED[field]}
    return {
        "items": [
            {name: value for name, value in item.items() if name not in hidden} for item in items
        ],
        "filteredElements": cut,
    }
