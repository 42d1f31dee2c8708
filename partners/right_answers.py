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
    """A person's right: `applies` if any day asked for does, with the whole periods.

    If the answer is not known for some of the days, it says which and what is missing besides.
    """
    item: dict[str, Any] = {"ssin": answer.ssin.number, "right": answer.right}
    if answer.periods is None:
        return item | {"outcome": NOT_AVAILABLE}
    sure = [row for row in answer.periods if row.outcome == RightPeriod.Outcome.APPLIES]
    unsure = [row for row in answer.periods if row.outcome == RightPeriod.Outcome.UNDETERMINED]
    item["effect"] = catalogue()[answer.right].effect.value
    if sure:
        item["outcome"] = "applies"
    else:
        item["outcome"] = "undetermined" if unsure else "doesNotApply"
    if "periods" not in fields:
        item |= {"filteredElements": ["periods"]} if sure or unsure else {}
    else:
        item |= {"periods": [dates(row.period) for row in sure]} if sure else {}
        item |= {"undeterminedPeriods": [dates(row.period) for row in unsure]} if unsure else {}
    if unsure:
        every = [fact for row in unsure for fact in row.missing_facts]
        item["missing"] = list({fact["fact"]: fact for fact in every}.values())
    return item | {"version": answer.version}
