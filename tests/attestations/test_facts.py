"""What sources state, recorded and read: now, and as it was known at an instant."""

from __future__ import annotations

from datetime import date

import pytest

from attestations.clock import database_now
from attestations.codes import HouseholdRelation
from attestations.models import FactChange, HouseholdStatement, PersonFact
from attestations.overlaying import overlay
from attestations.periods import Span, Timeline
from attestations.services import facts, known_facts, persons, replacing
from attestations.services.facts import Stated
from attestations.ssin import Ssin
from attestations.tickets import new_ticket

Kind = PersonFact.Kind
REGISTER = "nationalRegister"


@pytest.fixture
def anna(new_ssin):
    return Ssin.parse(new_ssin(), allow_test=True)


@pytest.fixture
def bert(anna, new_ssin):
    return Ssin.parse(new_ssin(), allow_test=True)


def record(*items):
    return facts.record(items, ticket=new_ticket()).new


def residence(ssin, code, start, last=None, source=REGISTER):
    span = Span.inclusive(date.fromisoformat(start), last and date.fromisoformat(last))
    return Stated(ssin, Kind.RESIDENCE, source, span, {"municipalityCode": code})


def lived(ssin, **how):
    """Where the person lives, as code and first day."""
    person = persons.root_id(persons.find(ssin))
    found = known_facts.about([person], kinds=[Kind.RESIDENCE], **how).get(person, [])
    return [(one.value["municipalityCode"], str(one.span.start)) for one in found]


@pytest.mark.django_db
def test_what_was_believed_at_an_instant_stays_readable(anna):
    before = database_now()
    record(residence(anna, "92094", "2020-01-01"))
    between = database_now()
    record(residence(anna, "21004", "2020-01-01"))

    assert lived(anna) == [("21004", "2020-01-01")]
    assert lived(anna, known_at=between) == [("92094", "2020-01-01")]
    assert lived(anna, known_at=before) == []


@pytest.mark.django_db
def test_two_clocks_a_move_learnt_later_ends_the_residence_before(anna):
    record(residence(anna, "92094", "2020-01-01"))
    before_the_move_was_known = database_now()
    record(residence(anna, "21004", "2026-03-01"))

    assert lived(anna) == [("92094", "2020-01-01"), ("21004", "2026-03-01")]
    person = persons.root_id(persons.find(anna))
    first, second = known_facts.about([person])[person]
    assert (first.span.end, second.span.is_open) == (date(2026, 3, 1), True)
    assert lived(anna, known_at=before_the_move_was_known) == [("92094", "2020-01-01")]


@pytest.mark.django_db
def test_an_ended_municipality_is_its_successor_from_the_merger_on(anna):
    record(residence(anna, "82003", "2018-06-01"))

    assert lived(anna) == [("82003", "2018-06-01"), ("82039", "2025-01-01")]


@pytest.mark.django_db
def test_sources_stand_side_by_side(anna):
    record(
        residence(anna, "92094", "2020-01-01"), residence(anna, "21004", "2020-01-01", source="x")
    )

    assert sorted(lived(anna)) == [("21004", "2020-01-01"), ("92094", "2020-01-01")]


@pytest.mark.django_db
def test_what_nobody_stated_is_not_there_rather_than_no(anna):
    record(Stated(anna, Kind.DEATH, REGISTER, value={"date": "2026-03-07"}))
    person = persons.root_id(persons.find(anna))

    assert known_facts.about([person], kinds=[Kind.INCREASED_INTERVENTION]) == {}


@pytest.mark.django_db
def test_a_household_is_closed_with_its_members_and_all_who_lived_together_are_derived(anna, bert):
    household = {"kind": Kind.HOUSEHOLD, "source": REGISTER, "span": Span(date(2020, 1, 1))}
    record(Stated(anna, **household, members=((bert, HouseholdRelation.PARTNER),)))
    FactChange.objects.update(derived_at=database_now())

    assert record(Stated(anna, **household)) == 1

    assert not HouseholdStatement.objects.filter(superseded_at=None).exists()
    assert PersonFact.objects.filter(superseded_at=None).count() == 1
    waiting = FactChange.objects.filter(derived_at=None).values_list("person_id", flat=True)
    assert set(waiting) == {persons.find(one).person_id for one in (anna, bert)}


@pytest.mark.django_db
def test_facts_follow_a_replaced_number(anna, bert):
    record(residence(anna, "92094", "2020-01-01"))
    record(residence(bert, "21004", "2020-01-01"))
    replacing.replace(ssin=anna, replaced_by=bert, on=date(2026, 1, 1), ticket=new_ticket())

    assert lived(anna) == lived(bert) == [("21004", "2020-01-01")]

    record(residence(anna, "44021", "2020-01-01"))  # replaces what was said under both numbers

    assert lived(anna) == lived(bert) == [("44021", "2020-01-01")]
    assert PersonFact.objects.filter(superseded_at=None).count() == 1


def span(first, end):
    return Span(date(2026, 1, first), date(2026, 1, end))


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ([], {}),
        ([("a", (1, 9))], {"a": [(1, 9)]}),
        ([("a", (1, 9)), ("b", (5, 20))], {"a": [(1, 5)], "b": [(5, 20)]}),
        ([("b", (5, 20)), ("a", (1, 9))], {"a": [(1, 5)], "b": [(5, 20)]}),
        ([("a", (1, 20)), ("b", (5, 9))], {"a": [(1, 5), (9, 20)], "b": [(5, 9)]}),
        ([("a", (1, 9)), ("b", (1, 5))], {"a": [(5, 9)], "b": [(1, 5)]}),
        ([("b", (1, 5)), ("a", (1, 9))], {"a": [(1, 9)]}),
    ],
)
def test_of_two_periods_that_overlap_the_one_that_begins_later_tells(stated, told):
    found = overlay((span(*days), what) for what, days in stated)

    assert dict(found) == {
        what: Timeline(span(*one) for one in days) for what, days in told.items()
    }
