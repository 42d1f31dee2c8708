"""Columns read from the database tell exactly what the facts of a few persons tell."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attestations.models import Person, PersonFact
from attestations.periods import FOREVER, Span
from attestations.services import facts as recording
from attestations.services import replacing
from attestations.services.facts import Stated
from attestations.ssin import Ssin
from attestations.tickets import new_ticket
from derived_rights import columns, facts
from derived_rights.columns import Among, Range, packed
from derived_rights.engine.conversion import facts_of
from derived_rights.services import derivation_runs
from tests.derived_rights.populations import Population

pytestmark = pytest.mark.django_db

EVERYONE = Among(0, 2**62)


def told(known):
    """All that is known, in no order, but for the numbers of the attestations."""
    return {
        "attested": Counter(
            (person, one.kind, one.span, one.decided_on)
            for person, stated in known.attested.items()
            for one in stated
        ),
        "household": Counter(known.household),
        # What several sources say alike counts once.
        **{
            name: {
                (person, one) for person, stated in getattr(known, name).items() for one in stated
            }
            for name in ("reported", "births", "residences", "permits", "paid")
        },
    }


@pytest.mark.parametrize("seed", range(6))
def test_everyone_at_once_is_everyone_one_by_one(seed):
    population = Population(60, seed)

    read = columns.load(Range.of(EVERYONE))

    assert read.ids.tolist() == population.ids
    expected = told(facts.load(population.ids))
    assert told(facts_of(read)) == expected
    assert all(expected.values()), "a kind of fact does not occur: nothing shown of it"


@pytest.mark.parametrize("seed", range(3))
def test_a_chunk_knows_of_its_own_persons_and_no_other(seed, monkeypatch):
    population = Population(60, seed, households=12)
    monkeypatch.setattr(derivation_runs, "SIZE", 10)
    chunks = [chunk for chunk in derivation_runs.everyone() if chunk.whole]
    assert len(chunks) > 1

    found = []
    for chunk in chunks:
        among = Among(chunk.first, chunk.end, chunk.besides, chunk.elsewhere)
        read = columns.load(Range.of(among))
        found += read.ids.tolist()
        assert told(facts_of(read)) == told(facts.load(read.ids.tolist()))

    assert sorted(found) == population.ids


def test_of_a_merged_person_the_later_word_of_a_source_stands(new_ssin):
    old, new = (Ssin.parse(new_ssin(), allow_test=True) for _ in range(2))
    may = {"span": Span(date(2026, 5, 1), date(2026, 6, 1)), "aid_kind": "integrationIncome"}
    stated = [
        Stated(ssin, kind, source, **rest, value=value)
        for source in ("nationalRegister", "mutuality")
        for ssin, day, cents in ((new, "1985-03-07", 1), (old, "1985-03-08", 2))
        for kind, rest, value in (
            (PersonFact.Kind.BIRTH_DATE, {}, {"date": day}),
            (PersonFact.Kind.PAID_AMOUNT, may, {"amountEuroCent": cents}),
        )
    ]
    recording.record(stated, ticket=new_ticket())
    replacing.replace(ssin=old, replaced_by=new, on=date(2026, 1, 1), ticket=new_ticket())

    read = columns.load(Range.of(EVERYONE))

    (person,) = read.ids.tolist()
    expected = told(facts.load([person]))
    assert told(facts_of(read)) == expected
    assert expected["births"] == {(person, date(1985, 3, 8))}


@pytest.mark.parametrize("until", [date(2020, 1, 1), FOREVER])
def test_what_is_reported_not_to_hold_is_the_last_word_of_its_source(new_ssin, until):
    ssin = Ssin.parse(new_ssin(), allow_test=True)
    spans = {True: Span(date(2015, 1, 1), date(2020, 1, 1)), False: Span(date(2020, 1, 1))}
    kind = PersonFact.Kind.FOREIGN_INSURANCE
    stated = [
        Stated(ssin, kind, "careFund", span=span, value={"holds": holds})
        for holds, span in ((True, Span(date(2015, 1, 1), until)), (False, spans[False]))
    ]
    recording.record(stated, ticket=new_ticket())

    read = columns.load(Range.of(EVERYONE))

    (person,) = read.ids.tolist()
    found = facts.load([person])
    assert {(one.span, one.holds) for one in found.reported[person]} == {
        (span, holds) for holds, span in spans.items()
    }
    assert told(facts_of(read)) == told(found)


def test_only_the_kinds_asked_for_are_read():
    population = Population(40, 1)
    kinds = {"integrationIncome", "residence", "paidAmount"}

    read = columns.load(Range.of(EVERYONE), kinds=kinds)

    whole = facts.load(population.ids)
    expected = whole.restricted(population.ids, kinds)
    got = facts_of(read)
    assert told(got)["attested"] == told(expected)["attested"]
    assert told(got)["residences"] == told(expected)["residences"]
    assert told(got)["household"] == told(whole)["household"]
    assert not got.births
    assert not got.permits


def test_the_number_of_questions_does_not_depend_on_how_many_persons():
    Population(20, 1)
    with CaptureQueriesContext(connection) as few:
        columns.load(Range.of(EVERYONE))
    Population(100, 2)
    with CaptureQueriesContext(connection) as many:
        columns.load(Range.of(EVERYONE))
    assert len(many) == len(few)


def test_nobody_makes_empty_columns():
    read = columns.load(Range.of(EVERYONE))

    assert len(read) == 0
    assert len(read.attested) == len(read.household) == len(read.residence) == 0


def test_who_is_registered_later_is_in_the_range_of_later():
    first = Person.objects.create()
    later = Person.objects.create()

    assert Range.of(Among(first.pk, later.pk)).ids.tolist() == [first.pk]
    besides = np.array([later.pk])
    assert Range.of(Among(first.pk, later.pk, besides)).ids.tolist() == [first.pk, later.pk]
    elsewhere = np.array([first.pk])
    assert Range.of(Among(first.pk, later.pk, besides, elsewhere)).ids.tolist() == [later.pk]


@pytest.mark.parametrize("end", [20, 2**40])
def test_a_person_has_one_place_under_every_id(end):
    ids, merged, into = (
        np.array([4, 12, 13, 15, 900]),
        np.array([7, 14, 800]),
        np.array([900, 12, 4]),
    )
    persons = Range(ids, 10, end, np.array([4, 900]), merged, into)

    asked = np.array([15, 12, 13, 4, 900, 7, 14, 800, 1, 16, 19, 901])
    expected = [3, 1, 2, 0, 4, 4, 1, 0, -1, -1, -1, -1]
    assert persons.places(asked).tolist() == expected
    assert persons.places(asked[:3]).tolist() == expected[:3]
    assert persons.places(asked[:0]).tolist() == []


def test_a_day_that_is_no_day_is_refused():
    with pytest.raises(ValueError, match="1985-13-08"):
        packed.read_dated([], "text", "(VALUES ('1985-03-08'), ('1985-13-08')) AS said (text)")


def test_a_run_knows_the_same_chunks(monkeypatch):
    Population(60, 4)
    monkeypatch.setattr(derivation_runs, "SIZE", 10)

    run = derivation_runs.begin(ticket=new_ticket())

    assert [(chunk.first, chunk.end, chunk.persons) for chunk in run.chunks.order_by("pk")] == [
        (chunk.first, chunk.end, chunk.persons) for chunk in derivation_runs.everyone()
    ]


def test_parts_side_by_side_share_the_transaction_of_their_caller():
    person = Person.objects.create()

    def known():
        return packed.read(["id"], "attestations_person").tolist()

    assert packed.side_by_side(known, lambda: "reckoned", known) == [
        [[person.pk]],
        "reckoned",
        [[person.pk]],
    ]
    with pytest.raises(ZeroDivisionError):
        packed.side_by_side(known, lambda: 1 / 0)
