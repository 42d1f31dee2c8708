"""A figure goes its way through real workers; one is killed in the middle of the rehearsal."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User

from attestations.tickets import new_ticket
from config.embedded import Valkey
from config.processes import wait_until
from derived_rights.models import ParameterProposal, Rehearsal
from derived_rights.services import derivation_runs, proposing
from partners.models import FeedEntry, RehearsedMessage
from partners.services import rehearsing
from tests import processes

PERSONS = 120


def foreseen(rehearsal: Rehearsal) -> set[tuple[Any, ...]]:
    rows = RehearsedMessage.objects.filter(change__rehearsal=rehearsal)
    return set(
        rows.values_list(
            "change__person", "change__right", "change__transition", "organisation", "legal_context"
        )
    )


def sent(proposal: ParameterProposal) -> set[tuple[Any, ...]]:
    rows = FeedEntry.objects.filter(ticket=proposal.ticket)
    return set(
        rows.values_list(
            "person",
            "right_change__right",
            "right_change__transition",
            "organisation",
            "legal_context",
        )
    )


@pytest.mark.django_db(transaction=True)
def test_what_is_foreseen_is_sent_although_a_worker_is_killed(tmp_path, record, monkeypatch):
    record(PERSONS)
    author, approver = (User.objects.create_superuser(name) for name in ("author", "approver"))
    new_ticket()
    proposal = proposing.propose(
        right="bim",
        name="minimum_months",
        valid_from=date(2014, 1, 1),
        value=6,
        reference="a royal decree",
        reason="a test",
        by=author,
    )
    rehearsal = rehearsing.begin(proposal, by=author)
    monkeypatch.setattr(derivation_runs, "SIZE", 3)
    rehearsing._step(rehearsal.pk)  # cut, so small that a kill falls among the chunks
    assert rehearsal.chunks.count() == PERSONS / 3

    valkey = Valkey(tmp_path / "valkey")
    url = valkey.start()
    try:
        with processes.worker(url, tmp_path) as first:
            assert wait_until(lambda: rehearsal.changes.exists(), seconds=60)
            processes.kill(first)
        rehearsal.refresh_from_db()
        assert rehearsal.finished_at is None, "all was done before the kill: nothing shown"

        with processes.worker(url, tmp_path):
            finished = Rehearsal.objects.filter(finished_at__isnull=False)
            assert wait_until(finished.exists, seconds=90)
            expected = foreseen(rehearsal)
            assert {row[0] for row in expected} == set(
                FeedEntry.objects.values_list("person", flat=True)
            )
            proposing.approve(proposal.pk, by=approver)
            assert wait_until(lambda: sent(proposal) == expected, seconds=90)
    finally:
        valkey.stop()
