"""Lines to record, and what can be worked out of them while the database is at something else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import msgspec

from attestations.gap_rows import SEND_WITHIN_DAYS
from attestations.generation import ATTESTATION_TYPES
from attestations.identifiers import uuid7, uuid7_texts
from attestations.periods import FOREVER
from attestations.services.bulk_numbers import Blinds, blinds_of
from attestations.services.decisions import Content
from attestations.ssin import Ssin


class Line(msgspec.Struct, frozen=True, gc=False):
    """A decision to record, under the number by which its fate will be told."""

    index: int
    cpas_id: int
    ssin: Ssin
    content: Content


@dataclass(frozen=True, slots=True)
class Ready:
    """Lines with all that recording them needs and no row of the database tells.

    `public_ids` and `texts` (their columns in the staging table, as COPY reads them) are in the
    order of the lines; `blinds` holds every number that they name.
    """

    lines: Sequence[Line]
    on: date
    public_ids: Sequence[str]
    texts: Sequence[str]
    blinds: Blinds


def ready(lines: Sequence[Line], *, on: date, blinds: Blinds | None = None) -> Ready:
    """Lines made ready to be recorded on that day; `blinds` may be known, of these and others."""
    public_ids = uuid7_texts(len(lines))
    late_before = on - timedelta(days=SEND_WITHIN_DAYS)
    texts = [
        _text(line, public_id, late_before)
        for line, public_id in zip(lines, public_ids, strict=True)
    ]
    numbers = numbers_of(lines)
    found = blinds_of(numbers) if blinds is None else {one: blinds[one] for one in numbers}
    return Ready(lines, on, public_ids, texts, found)


def numbers_of(lines: Iterable[Line]) -> list[str]:
    """Every number that the lines name: of their persons, and of the members of households."""
    found = []
    for line in lines:
        found.append(line.ssin.number)
        if line.content.household:
            found += [one.number for one in line.content.named()]
    return found


# In the order in which `_text` writes them.
COLUMNS = (
    "index, public_id, cpas_id, aid_kind, attestation_type, category, decided_on, period,"
    " reference, late_id"
)
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# The days of many decisions are few.
day_text = lru_cache(maxsize=8_192)(date.isoformat)
CODES = {kind: f"{kind}\t{attestation}" for kind, attestation in ATTESTATION_TYPES.items()}


def _text(line: Line, public_id: str, late_before: date) -> str:
    content, span = line.content, line.content.span
    end = "" if span.end == FOREVER else day_text(span.end)
    late_id = uuid7() if content.decided_on < late_before else "\\N"
    return (
        f"{line.index}\t{public_id}\t{line.cpas_id}\t{CODES[content.aid_kind]}\t"
        f"{content.category or ''}\t{day_text(content.decided_on)}\t"
        f"[{day_text(span.start)},{end})\t{content.reference.translate(ESCAPED)}\t{late_id}\n"
    )
