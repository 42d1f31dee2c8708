"""What batches of items share: each item is judged by itself, and a task tells every fate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.utils import timezone
from django.utils.translation import override
from rest_framework import serializers
from rest_framework.response import Response

from attestations.api.problems import issues_in
from attestations.api.tasks import accepted
from attestations.models import BackgroundTask
from attestations.services.item_faults import MAX_ISSUES_IN_BATCH

# What is wrong with each of some items, by their index or place.
Issues: TypeAlias = Mapping[int, list[dict[str, Any]]]


@dataclass
class Judged:
    """The items of a batch: the good ones validated, the bad ones with their issues, by index."""

    good: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    bad: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, issues: Issues) -> None:
        """Refuse items that are good by themselves: `issues` by index."""
        self.good = [(index, data) for index, data in self.good if index not in issues]
        self.bad += [{"index": index, "issues": found} for index, found in issues.items()]


def judge(
    items: Sequence[Any], serializer_of: Callable[[Any], type[serializers.Serializer[Any]]]
) -> Judged:
    """Validate each item with the serializer that `serializer_of` chooses for it."""
    judged = Judged()
    with override("en"):  # as fates are kept
        for index, item in enumerate(items):
            serializer = serializer_of(item)(data=item)
            if serializer.is_valid():
                judged.good.append((index, serializer.validated_data))
            else:
                found = issues_in(serializer.errors, item)
                judged.bad.append({"index": index, "issues": found[:MAX_ISSUES_IN_BATCH]})
    return judged


def take_in(
    judged: Judged,
    *,
    kind: str,
    owner: str,
    atomic: bool,
    store: Callable[[list[dict[str, Any]]], Issues | None],
) -> Response:
    """Store the good items, none if an atomic batch has a bad one; 202 with the finished task.

    `store` tells what is wrong with those that it refuses, by their place in what it is given; if
    the batch is atomic it then stores nothing.
    """
    if judged.good and not (atomic and judged.bad):
        with override("en"):  # as fates are kept
            issues = store([data for _, data in judged.good]) or {}
        judged.refuse({judged.good[place][0]: found for place, found in issues.items()})
    refused = atomic and bool(judged.bad)
    kept = [] if refused else judged.good
    total = len(judged.good) + len(judged.bad)
    task = BackgroundTask.objects.create(
        kind=kind,
        owner=owner,
        status=BackgroundTask.Status.FAILED if refused else BackgroundTask.Status.DONE,
        total=total,
        accepted=len(kept),
        rejected=total - len(kept),
        issues=sorted(judged.bad, key=lambda row: row["index"]),
        finished_at=timezone.now(),
    )
    return accepted(task)
