"""Who was who at an instant, while others merge."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest

from attestations import clock
from attestations.services import identities, persons
from attestations.services.identities import Identities
from attestations.services.replacing import replace
from attestations.ssin import make_ssin

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
