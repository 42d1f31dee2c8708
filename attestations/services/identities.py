"""Which of our persons are one person: two numbers may turn out to belong to the same one.

A merged person points straight to the one it was merged into, its root. History keeps the person
under whom it was recorded; who reads asks for all ids of an identity, and who writes about a
person holds the lock of its root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q

from attestations.locks import lock_persons
from attestations.models import Person


@dataclass(frozen=True)
class Identities:
    """The merged persons among those asked about, or among those of the same identity."""

    merged: Mapping[int, int] = field(default_factory=dict)  # person -> root

    def root(self, person_id: int) -> int:
        """The person under whom this one is known today."""
        return self.merged.get(person_id, person_id)

    def roots(self, person_ids: Iterable[int]) -> set[int]:
        return {self.root(person_id) for person_id in person_ids}

    def ids(self, person_ids: Iterable[int]) -> set[int]:
        """Every id of these persons: the roots and all that were merged into them."""
        roots = self.roots(person_ids)
        return roots | {person for person, root in self.merged.items() if root in roots}


NOBODY_MERGED = Identities()


def known(person_ids: Iterable[int]) -> Identities:
    """The identities of these persons; one query when, as usual, none was merged."""
    wanted = list(set(person_ids))
    merged = Person.objects.filter(merged_into__isnull=False)
    touching = merged.filter(Q(pk__in=wanted) | Q(merged_into__in=wanted))
    roots = set(touching.values_list("merged_into", flat=True))
    if not roots:
        return NOBODY_MERGED
    rows = merged.filter(merged_into__in=roots).values_list("pk", "merged_into")
    return Identities({person: root for person, root in rows if root is not None})


def ids_of(person_id: int) -> set[int]:
    """Every id of one person."""
    return known([person_id]).ids([person_id])


def lock(roots: Iterable[int]) -> Identities:
    """Hold the locks of these persons, given by their roots; returns their identities.

    A merge may commit while we wait: then the lock of the new root is taken too, so that whoever
    returns from here is alone with the whole identity.
    """
    wanted, held = set(roots), set[int]()
    missing = wanted
    while True:
        lock_persons(missing)
        held |= missing
        identities = known(wanted)
        missing = identities.roots(wanted) - held
        if not missing:
            return identities
