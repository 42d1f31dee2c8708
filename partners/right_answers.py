"""What a recipient reads of a person's right: what its authorisation opens, no more."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.models import RightPeriod
from partners.payloads import dates

if TYPE_CHECKING:
    from partners.services.consulting import RightAnswer

NOT_AVAILABLE = "notAvailable"


def right(answer: RightAnswer, fields: Collection[str]) -> dict[str, Any]:
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
            item["periods"] = [dates(row.period) for row in sure]
        else:
            item["filteredElements"] = ["periods"]
    elif unsure:
        item["outcome"] = "undetermined"
        item["missing"] = [fact for row in unsure for fact in row.missing_facts]
    else:
        item["outcome"] = "doesNotApply"
    return item | {"version": answer.version}
