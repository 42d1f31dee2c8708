"""From rows to the facts that the engine reads, for a few persons and all who matter to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from attestations.models import Attestation, HouseholdStatement
from derived_rights.engine.facts import AttestedSpan, Facts, HouseholdSpan


def believed(known_at: datetime | None) -> Q:
    """Rows that were in force at an instant; without one, those in force now."""
    if known_at is None:
        return Q(superseded_at=None)
    return Q(recorded_at__lte=known_at) & (Q(superseded_at=None) | Q(superseded_at__gt=known_at))


def around(person_ids: Iterable[int], steps: int, *, known_at: datetime | None = None) -> set[int]:
    """The persons and all whom at most `steps` households, at any time, lie between."""
    found = edge = set(person_ids)
    for _ in range(steps):
        rows = _statements(edge, known_at).values_list("subject_id", "member_id")
        neighbours = {person for row in rows for person in row}
        # Members of one household also meet through its subject.
        through = _statements({subject for subject, _ in rows}, known_at)
        neighbours |= {
            person for row in through.values_list("subject_id", "member_id") for person in row
        }
        edge = neighbours - found
        if not edge:
            break
        found = found | edge
    return found


def load(person_ids: Iterable[int], *, known_at: datetime | None = None) -> Facts:
    """What is, or was at an instant, known about exactly these persons."""
    wanted = set(person_ids)
    attested: defaultdict[int, list[AttestedSpan]] = defaultdict(list)
    rows = (
        Attestation.objects.filter(believed(known_at), person_id__in=wanted)
        .exclude(nature=Attestation.Nature.CANCELLATION)
        .order_by("period", "id")
        .values_list("person_id", "aid_kind", "period", "decided_on", "number")
    )
    for person, kind, span, decided_on, number in rows:
        attested[person].append(AttestedSpan(kind, span, decided_on, number))
    return Facts(attested, load_households(wanted, known_at=known_at).household)


def load_households(person_ids: Iterable[int], *, known_at: datetime | None = None) -> Facts:
    """With whom these persons live, or were believed to live at an instant, and nothing else."""
    rows = _statements(set(person_ids), known_at).order_by("id")
    return Facts(
        household=[
            HouseholdSpan(subject, member, relation, span)
            for subject, member, relation, span in rows.values_list(
                "subject_id", "member_id", "relation", "period"
            )
        ]
    )


def _statements(
    person_ids: Iterable[int], known_at: datetime | None
) -> QuerySet[HouseholdStatement, HouseholdStatement]:
    wanted = list(person_ids)
    return HouseholdStatement.objects.filter(
        believed(known_at), Q(subject_id__in=wanted) | Q(member_id__in=wanted)
    )
