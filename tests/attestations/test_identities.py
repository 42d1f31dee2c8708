"""Who was who at an instant, while others merge."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import pytest
from django.db import transaction

from attestations import clock
from attestations.locks import lock_persons
from attestations.services import identities, persons
from attestations.services.identities import Identities
from attestations.services.replacing import replace
from attestations.ssin import make_ssin
from tests.threads import SECONDS, threads, wait_for_waiters

pytestmark = pytest.mark.django_db


def test_a_merge_that_commits_between_the_two_looks_is_not_followed(monkeypatch):
    ssins = [make_ssin(date(1985, 3, 1), serial) for serial in (1, 3, 5)]
    ids = [persons.register(ssin).person_id for ssin in ssins]
    replace(ssin=ssins[0], replaced_by=ssins[1], on=date(2026, 4, 1), ticket=uuid.uuid4())
    looked = identities.known(ids)
    replace(ssin=ssins[1], replaced_by=ssins[2], on=date(2026, 5, 1), ticket=uuid.uuid4())
    later = clock.database_now() + timedelta(days=1)

    assert identities.known_at(ids[:1], later).merged == dict.fromkeys(ids[:2], ids[2])
    monkeypatch.setattr(identities, "known", lambda _ids: looked)
    assert identities.known_at(ids[:1], later) == Identities({ids[0]: ids[1]})


def lock_the_set(person_id: int) -> Iterable[int]:
    return identities.lock([person_id]).roots([person_id])


def lock_the_one(person_id: int) -> Iterable[int]:
    return {identities.lock_one(person_id)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lock", [lock_the_set, lock_the_one])
def test_who_waited_while_persons_were_merged_holds_nothing_that_another_waits_for(
    lock: Callable[[int], Iterable[int]],
) -> None:
    """The merge is into a lower lock, which somebody else has: one who wants the merged one too."""
    ssins = [make_ssin(date(1985, 3, 1), serial) for serial in (1, 3, 5)]
    lower, between, higher = (persons.register(ssin).person_id for ssin in ssins)
    merged, to_commit, committed = (threading.Event() for _ in range(3))
    found: list[set[int]] = []

    def merge() -> None:
        with transaction.atomic():
            on, ticket = date(2026, 4, 1), uuid.uuid4()
            replace(ssin=ssins[2], replaced_by=ssins[0], on=on, ticket=ticket)
            merged.set()
            assert to_commit.wait(SECONDS)
        committed.set()

    def hold(work: Callable[[], Iterable[int]]) -> Callable[[], None]:
        def held() -> None:
            with transaction.atomic():
                found.append(set(work()))

        return held

    with threads() as (start, faults), transaction.atomic():
        lock_persons([between])
        start(merge)
        assert merged.wait(SECONDS)
        everybody = [lower, between, higher]
        start(hold(lambda: identities.lock(everybody).roots(everybody)))
        wait_for_waiters(1)
        start(hold(lambda: lock(higher)))
        wait_for_waiters(2)
        to_commit.set()
        assert committed.wait(SECONDS)
        # The first has the lower lock and waits for us; the second has, or had, the higher one, or
        # got the lower one before the first and is done.
        wait_for_waiters(2, or_until=lambda: found)
        wait_for_waiters(1)

    assert faults == []
    assert sorted(found, key=len) == [{lower}, {lower, between}]
