"""The fictitious persons of the demonstration."""

from collections import Counter
from itertools import chain

import pytest

from attestations.ssin import InvalidSsin, Ssin, SsinKind
from config.demo.people import CASTS_PER_DAY, LOCALES, PERSONS, cast, households


def persons_of(*homes):
    return [person for home in homes for person in home.persons]


def of_cast(telling):
    them = cast(telling)
    return persons_of(them.family, them.stopped, them.cancelled, them.claimed)


def test_they_are_the_same_each_time():
    assert households() == households()
    assert cast(3) == cast(3)


def test_each_cpas_helps_as_many_as_it_should():
    counts = Counter()
    for home in households():
        counts[home.cpas] += len(home.persons)

    assert counts == PERSONS
    assert sum(counts.values()) == 200
    assert PERSONS.keys() == LOCALES.keys()


def test_every_number_is_a_test_number_and_occurs_once():
    numbers = [person.ssin for person in persons_of(*households())]

    assert len(set(numbers)) == len(numbers)
    assert {Ssin.parse(number, allow_test=True).kind for number in numbers} == {SsinKind.TEST}


def test_production_would_refuse_them():
    ssin = households()[0].holder.ssin

    with pytest.raises(InvalidSsin):
        Ssin.parse(ssin, allow_test=False)


def test_households_of_every_kind_occur():
    relations = Counter(relation for home in households() for _, relation in home.members)

    assert relations.keys() == {"partner", "child", "parent", "other"}
    assert {home.category for home in households()} == {
        "single",
        "cohabitant",
        "familyWithDependants",
    }


def test_a_family_is_the_holder_with_partner_and_children():
    for home in households():
        near = {"partner", "child"}
        assert [*home.family[1:]] == [person for person, said in home.members if said in near]
        assert home.family[0] == home.holder


def test_children_bear_the_name_of_the_holder():
    names = {
        (home.holder.last_name, person.last_name)
        for home in households()
        for person, relation in home.members
        if relation == "child"
    }
    assert names
    assert all(holder == child for holder, child in names)


def test_every_telling_has_other_persons_and_none_who_is_loaded():
    tellings = range(CASTS_PER_DAY + 20)
    numbers = [person.ssin for person in chain.from_iterable(map(of_cast, tellings))]

    assert len(set(numbers)) == len(numbers) == 6 * len(tellings)
    assert not set(numbers) & {person.ssin for person in persons_of(*households())}


def test_there_is_no_story_before_the_first():
    with pytest.raises(ValueError, match="number 0"):
        cast(-1)
