"""What a recipient reads of a right or an attestation: what its authorisation opens, no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attestations.api import shapes
from attestations.api.inputs import span_json
from attestations.models import Attestation
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.models import RightPeriod
from partners.services.consulting import NOT_AVAILABLE, RightAnswer

# Which field of an authorisation opens which properties of an attestation.
GOVERNED = {
    "attestationNumber": ("attestationNumber", "previousAttestationNumber"),
    "aidKind": ("aidKind",),
    "periods": ("startDate", "endDate"),
    "cpas": ("enterpriseNumber",),
}


def right(answer: RightAnswer, fields: Sequence[str]) -> dict[str, Any]:
    """A person's right: `applies` if any day asked for does, with the whole periods."""
    item: dict[str, Any] = {"ssin": answer.ssin.number, "right": answer.right}
    if answer.periods is None:
        return item | {"outcome": NOT_AVAILABLE}
    sure = [row for row in answer.periods if row.outcome == RightPeriod.Outcome.APPLIES]
    unsure = [row for row in answer.periods if row.outcome == RightPeriod.Outcome.UNDETERMINED]
    item["effect"] = catalogue()[answer.right].effect.value
    if sure:
        item["outcome"] = "applies"
        if "periods" in fields:
            item["periods"] = [span_json(row.period) for row in sure]
        else:
            item["filteredElements"] = ["periods"]
    elif unsure:
        item["outcome"] = "undetermined"
        item["missing"] = [fact for row in unsure for fact in row.missing_facts]
    else:
        item["outcome"] = "doesNotApply"
    return item | {"version": answer.version}


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
