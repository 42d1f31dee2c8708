"""Persons who are derived apart outlive the workers that do it, and a ring that was lost."""

from __future__ import annotations

import pytest

from attestations.models import FactChange
from config.embedded import Valkey
from derived_rights.models import PersonDue
from derived_rights.services import deriving
from tests import processes
from tests.chaos.waiting import wait_for
from tests.derived_rights.crowds import crowd, unlike_a_full_derivation


@pytest.mark.django_db(transaction=True)
def test_killed_workers_leave_persons_due_whom_others_derive(tmp_path):
    crowd(deriving.MOST + 100, children=40, of=2)
    valkey = Valkey(tmp_path / "valkey")
    url = valkey.start()
    due = PersonDue.objects.all()
    try:
        with processes.worker(url, tmp_path) as first:
            wait_for(lambda: due.filter(taken=True).exists())
            processes.kill(first)
        assert due.exists(), "all was done before the kill: nothing shown"

        with processes.worker(url, tmp_path):
            wait_for(
                lambda: not FactChange.objects.filter(derived_at=None).exists() and not due.exists()
            )
    finally:
        valkey.stop()
    assert unlike_a_full_derivation() == []
