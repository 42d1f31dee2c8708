"""The fictitious persons of the demonstration, always the same ones, in their households.

Numbers are test numbers (month of birth 61 to 72), which no person can have; names come from Faker
and are only ever shown by the story, as the registry keeps no names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from faker import Faker

from attestations.ssin import make_ssin

SEED = 1976  # the CPAS were created by the law of 8 July 1976
# Which persons each CPAS knows, and what their names sound like.
PERSONS = {"cpas-namur": 80, "cpas-antwerpen": 80, "cpas-eupen": 40}
LOCALES = {"cpas-namur": "fr_BE", "cpas-antwerpen": "nl_BE", "cpas-eupen": "de_DE"}
# The persons of the story have serial numbers from here on, those who are loaded have lower ones.
FIRST_SERIAL_OF_CASTS = 500
CASTS_PER_DAY = 499

# The relations of the members to the holder; the shapes that are common stand more than once.
SHAPES: tuple[tuple[str, ...], ...] = (
    (),
    (),
    (),
    ("partner",),
    ("child",),
    ("child", "child"),
    ("child", "child", "child"),
    ("partner", "child"),
    ("partner", "child", "child"),
    ("parent",),
    ("other",),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    ssin: str
    first_name: str
    last_name: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Household:
    """Who is helped (the holder), by which CPAS, and who lives with them in what relation."""

    cpas: str
    holder: Person
    members: tuple[tuple[Person, str], ...] = ()

    @property
    def persons(self) -> tuple[Person, ...]:
        return self.holder, *(person for person, _ in self.members)

    @property
    def family(self) -> tuple[Person, ...]:
        """The holder with partner and children."""
        near = (person for person, relation in self.members if relation in ("partner", "child"))
        return self.holder, *near

    @property
    def category(self) -> str:
        """The category of the law of 26 May 2002, as a code of the API."""
        relations = {relation for _, relation in self.members}
        if "child" in relations:
            return "familyWithDependants"
        return "cohabitant" if relations else "single"

    def as_json(self) -> list[dict[str, str]]:
        """The members as a decision names them."""
        return [{"ssin": person.ssin, "relation": relation} for person, relation in self.members]


@dataclass(frozen=True, slots=True)
class Cast:
    """The persons of one telling of the story, one household per chapter."""

    family: Household  # in Namur: a mother and two children
    stopped: Household  # in Antwerpen: somebody who finds work
    cancelled: Household  # in Eupen: somebody for whom a decision was taken by mistake
    claimed: Household  # in Namur: somebody for whom a subsidy was claimed


def households() -> list[Household]:
    """The households that are loaded, CPAS by CPAS; each SSIN occurs once."""
    chance = random.Random(SEED)
    return [household for cpas in PERSONS for household in _of_cpas(cpas, chance)]


def cast(telling: int) -> Cast:
    """The persons of the `telling`-th story, from 0: others each time, and nobody who is loaded."""
    if telling < 0:
        raise ValueError("the first story is number 0")
    names = {cpas: _names(cpas, SEED + 1 + telling) for cpas in LOCALES}
    later, nth = divmod(telling, CASTS_PER_DAY)
    serial = FIRST_SERIAL_OF_CASTS + nth

    def person(cpas: str, born: date, first_name: str = "", last_name: str = "") -> Person:
        name = names[cpas]
        number = make_ssin(born + timedelta(days=later), serial).number
        return Person(number, first_name or name.first_name(), last_name or name.last_name())

    mother = person("cpas-namur", date(1988, 4, 11), names["cpas-namur"].first_name_female())
    children = [
        person("cpas-namur", born, last_name=mother.last_name)
        for born in (date(2014, 9, 2), date(2018, 1, 23))
    ]
    return Cast(
        Household("cpas-namur", mother, tuple((child, "child") for child in children)),
        Household("cpas-antwerpen", person("cpas-antwerpen", date(1995, 6, 30))),
        Household("cpas-eupen", person("cpas-eupen", date(1979, 12, 5))),
        Household("cpas-namur", person("cpas-namur", date(1968, 8, 19))),
    )


def _of_cpas(cpas: str, chance: random.Random) -> Iterator[Household]:
    names = _names(cpas, SEED)
    left = PERSONS[cpas]
    while left:
        shape = chance.choice([shape for shape in SHAPES if len(shape) < left])
        holder = _person("holder", names.last_name(), names, chance)
        members = tuple(
            (
                _person(
                    relation,
                    holder.last_name if relation == "child" else names.last_name(),
                    names,
                    chance,
                ),
                relation,
            )
            for relation in shape
        )
        yield Household(cpas, holder, members)
        left -= 1 + len(shape)


def _person(relation: str, last_name: str, names: Faker, chance: random.Random) -> Person:
    # Years of birth that suit the relation.
    first, last = {"child": (2008, 2021), "parent": (1940, 1960)}.get(relation, (1965, 2003))
    birth = date(chance.randint(first, last), 1, 1) + timedelta(days=chance.randrange(365))
    serial = chance.randrange(1, FIRST_SERIAL_OF_CASTS)
    return Person(make_ssin(birth, serial).number, names.first_name(), last_name)


def _names(cpas: str, seed: int) -> Faker:
    names = Faker(LOCALES[cpas])
    names.seed_instance(seed)
    return names
