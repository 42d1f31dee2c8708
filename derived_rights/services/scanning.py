"""Who of a chunk may differ from what is stored: the only ones to derive one by one."""

from __future__ import annotations

from django.db.models import Q

from attestations.models import Person
from derived_rights.models import DerivationChunk


def differing(chunk: DerivationChunk, *, thorough: bool) -> list[int]:
    """The persons of the chunk of whom a right may differ by a day, or cannot be told otherwise.

    `thorough`: all of them, so that those are derived too of whom only the reasons differ.
    """
    return members(chunk)


def members(chunk: DerivationChunk) -> list[int]:
    """The persons of the chunk as known today, in ascending order."""
    ranged = Q(pk__gte=chunk.first, pk__lt=chunk.end) & ~Q(pk__in=chunk.elsewhere)
    found = Person.objects.filter(ranged | Q(pk__in=chunk.besides), merged_into=None)
    return list(found.order_by("pk").values_list("pk", flat=True))
