"""A rehearsal goes on where it was left, waits for what it rests on, and writes nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from attestations.errors import InvalidInput
from derived_rights.models import (
    RehearsedChange,
    RightChange,
    RuleAct,
)
from derived_rights.services import catalogue, proposing
from derived_rights.services.derivation_runs import derive_for_new_law
from partners.models import RehearsedMessage
from partners.services import foreseeing, rehearsing
from partners.services.rehearsal_results import results
from tests.partners.rehearsals import (
    every_row,
    foreseen,
    proposed,
    rehearsed,
    run_the_stages,
    sent,
)

pytestmark = pytest.mark.django_db


def test_nothing_else_is_written(country, author):
    rehearsal = rehearsing.begin(proposed(author), by=author)
    before = every_row()
    rehearsing.work(seconds=60)
    assert every_row() == before
    assert foreseen(rehearsal)


def test_it_counts_who_gains_and_loses_where_and_who_is_told_how_often(country, author):
    found = results(rehearsed(proposed(author), author))

    assert found.by_right["bim"].lost
    assert not found.by_right["bim"].gained
    assert set(found.by_municipality) == {"92094", ""}  # of some only the household is known
    assert sum(one.total for one in found.by_municipality.values()) == found.persons
    assert sum(one.lost for one in found.by_right.values()) > found.persons
    loads = {load.organisation.code: load for load in found.loads}
    assert set(loads) == {"everybody", "some"}
    assert found.messages == RehearsedMessage.objects.count()
    assert loads["some"].requests == loads["some"].balance.total
    assert loads["everybody"].requests > 0  # of the subscription that is pushed
    assert sum(found.words.values()) == found.messages
    assert all(word in ("ended", "reduced", "corrected") for _right, word in found.words)


def test_a_run_goes_on_where_it_was_left(country, author, monkeypatch):
    whole = rehearsed(proposed(author), author)
    expected = set(whole.changes.values_list("person", "right", "transition")), foreseen(whole)
    monkeypatch.setattr(rehearsing, "BATCH", 2)
    rehearsal = rehearsing.begin(whole.proposal, by=author)
    writes = foreseeing.write

    def killed(*arguments: Any) -> None:
        writes(*arguments)
        raise KeyboardInterrupt

    for _cut_scan_compare in range(3):
        rehearsing._step(rehearsal.pk)
    done = rehearsal.changes.count()
    monkeypatch.setattr(foreseeing, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        rehearsing._step(rehearsal.pk)
    monkeypatch.setattr(foreseeing, "write", writes)
    rehearsal.refresh_from_db()
    assert (rehearsal.changes.count(), rehearsal.finished_at) == (done, None)
    assert 0 < rehearsal.done < rehearsal.total
    rehearsing.work(seconds=60)

    rehearsal.refresh_from_db()
    assert rehearsal.done == rehearsal.total == whole.total
    found = set(rehearsal.changes.values_list("person", "right", "transition"))
    assert (found, foreseen(rehearsal)) == expected
    assert not RehearsedChange.objects.filter(rehearsal=whole).exists()


@pytest.mark.parametrize("months", [2, 4, 10])
def test_what_waits_to_be_derived_is_not_put_down_to_the_value(
    country, cpas, decision, new_ssin, author, approver, months
):
    ssin = new_ssin()
    country["everybody"].inscribe(ssin)
    cpas.post("/decisions", decision(ssin, startDate="2026-01-01", endDate=f"2026-{months:02}-28"))
    proposal = proposed(author)
    rehearsal = rehearsed(proposal, author)
    expected = set(rehearsal.changes.values_list("person", "right", "transition"))

    run_the_stages()
    proposing.approve(proposal.pk, by=approver)
    proposing.enact_due()
    run_the_stages()

    told = RightChange.objects.filter(ticket=proposal.ticket)
    assert set(told.values_list("person", "right", "transition")) == expected
    assert foreseen(rehearsal) == sent(proposal)


def test_it_waits_until_everyone_is_derived_under_the_present_law(country, author):
    rehearsal = rehearsing.begin(proposed(author), by=author)

    catalogue.note_law_changed("bim")
    assert not rehearsing.work(seconds=60)
    rehearsal.refresh_from_db()
    assert rehearsal.done == 0
    derive_for_new_law()
    rehearsing.work(seconds=60)
    rehearsal.refresh_from_db()
    assert rehearsal.finished_at is not None
    assert proposing.rehearsed(rehearsal.proposal) is None  # it took an older law into account


def test_of_a_crowd_fewer_are_compared_at_a_time(country, author, monkeypatch):
    whole = rehearsed(proposed(author), author)
    expected = set(whole.changes.values_list("person", "right", "transition"))
    at_once: list[int] = []
    compare = foreseeing.differences_under

    def noted(persons: list[int], **named: Any) -> Any:
        at_once.append(len(persons))
        return compare(persons, **named)

    monkeypatch.setattr(foreseeing, "differences_under", noted)
    monkeypatch.setattr(rehearsing, "MOST", 1)
    again = rehearsed(whole.proposal, author)
    assert set(again.changes.values_list("person", "right", "transition")) == expected
    assert set(at_once) == {1}


def test_only_who_may_differ_is_compared_one_by_one(country, author, monkeypatch):
    compared: list[int] = []
    compare = foreseeing.differences_under

    def noted(persons: list[int], **named: Any) -> Any:
        compared.extend(persons)
        return compare(persons, **named)

    monkeypatch.setattr(foreseeing, "differences_under", noted)
    rehearsal = rehearsed(proposed(author, valid_from=date(2026, 11, 1), value=4), author)
    assert set(compared) == set(rehearsal.changes.values_list("person", flat=True))
    assert len(compared) < rehearsal.total


def test_one_at_a_time_and_only_of_what_is_proposed(country, author, approver):
    proposal = proposed(author)
    rehearsing.begin(proposal, by=author)
    with pytest.raises(InvalidInput):
        rehearsing.begin(proposal, by=approver)
    rehearsing.work(seconds=60)
    proposing.approve(proposal.pk, by=approver)
    proposal.refresh_from_db()
    with pytest.raises(InvalidInput):
        rehearsing.begin(proposal, by=author)
    assert [row.act for row in RuleAct.objects.order_by("id")][-3:] == [
        "proposed",
        "rehearsed",
        "approved",
    ]
