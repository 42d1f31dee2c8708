"""Generated populations in the database: aid, households of every source, merges, old versions."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from attestations.codes import AidKind, HouseholdRelation
from attestations.models import (
    Attestation,
    Cpas,
    Decision,
    DecisionVersion,
    HouseholdStatement,
    Person,
    PersonFact,
    PersonNumber,
)
from attestations.periods import Span, next_month_start
from tests.factories import CpasFactory

FIRST = date(2023, 1, 1)
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
TICKET = uuid.UUID(int=7)
# Some that stand, and some that mergers ended.
MUNICIPALITIES = ("92094", "21004", "46021", "44084", "45017", "63023", "11056", "46030")
SOURCES = ("nationalRegister", "mutuality", "other source")


class Population:
    """Persons, and rows about them in the usual tables; `seed` decides about everything."""

    def __init__(self, persons: int, seed: int, *, households: int | None = None) -> None:
        self.random = random.Random(seed)
        self.persons = Person.objects.bulk_create(Person() for _ in range(persons))
        self._merge(persons // 8)
        self._attest(3 * persons)
        self._state(4 * persons)
        self._bind(persons if households is None else households)

    @property
    def ids(self) -> list[int]:
        """Who stands, each once."""
        return list(
            Person.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True)
        )

    def _person(self) -> Person:
        return self.random.choice(self.persons)

    def _neighbour(self, person: Person) -> Person:
        """Mostly somebody registered at about the same time."""
        if self.random.random() < 0.2:
            return self._person()
        place = self.persons.index(person) + self.random.randint(-2, 2)
        return self.persons[place % len(self.persons)]

    def _span(self) -> Span:
        start = FIRST + timedelta(days=self.random.randint(0, 1000))
        if self.random.random() < 0.2:
            return Span(start)
        return Span(start, start + timedelta(days=self.random.randint(1, 400)))

    def _superseded(self) -> datetime | None:
        return NOW if self.random.random() < 0.15 else None

    def _common(self) -> dict:
        return {"ticket": TICKET, "recorded_at": NOW, "superseded_at": self._superseded()}

    def _merge(self, count: int) -> None:
        for _ in range(count):
            merged, root = self.random.sample(self.persons, 2)
            if root.merged_into is None and not Person.objects.filter(merged_into=merged).exists():
                merged.merged_into = root
                merged.save()

    def _attest(self, count: int) -> None:
        self.cpas = CpasFactory.create_batch(4)
        self.numbers = {
            person.pk: PersonNumber(person=person, sealed=b"x", blind_index=b"%d" % person.pk)
            for person in self.persons
        }
        PersonNumber.objects.bulk_create(self.numbers.values())
        rows = [
            self._attestation(
                self._person(),
                self.random.choice(self.cpas),
                number=f"T{self.persons[0].pk}-{place}",
                nature="original",
                aid_kind=self.random.choice([*AidKind]),
                period=self._span(),
                decided_on=FIRST + timedelta(days=self.random.randint(0, 1000)),
                **self._common(),
            )
            for place in range(count)
        ]
        self._store(_without_overlaps(rows))
        cancelled = rows[0]
        cancellation = self._attestation(
            cancelled.person,
            cancelled.cpas,
            number=f"C{self.persons[0].pk}",
            nature="cancellation",
            previous=cancelled,
            aid_kind=cancelled.aid_kind,
            period=cancelled.period,
            decided_on=FIRST,
            ticket=TICKET,
            recorded_at=NOW,
        )
        self._store([cancellation])

    def _attestation(self, person: Person, cpas: Cpas, **content: Any) -> Attestation:
        """An attestation with a decision of its own; not stored yet."""
        number = self.numbers[person.pk]
        decision = Decision(cpas=cpas, person=person, version=1, created_at=NOW)
        version = DecisionVersion(
            decision=decision,
            version=1,
            aid_kind=content["aid_kind"],
            decided_on=content["decided_on"],
            period=content["period"],
            number_as_sent=number,
            ticket=TICKET,
            recorded_at=NOW,
        )
        return Attestation(
            attestation_type="a036",
            cpas=cpas,
            person=person,
            number_as_sent=number,
            decision_version=version,
            created_at=NOW,
            **content,
        )

    def _store(self, rows: list[Attestation]) -> None:
        Decision.objects.bulk_create(row.decision_version.decision for row in rows)
        for row in rows:  # whose ids are known only now
            row.decision_version.decision = row.decision_version.decision
        DecisionVersion.objects.bulk_create(row.decision_version for row in rows)
        for row in rows:
            row.decision_version = row.decision_version
        Attestation.objects.bulk_create(rows)

    def _state(self, count: int) -> None:
        """Open facts, one source beside another."""
        rows = []
        for _ in range(count):
            kind = self.random.choice([*PersonFact.Kind])
            row = PersonFact(
                kind=kind,
                person=self._person(),
                source=self.random.choice(SOURCES),
                period=self._span(),
                **self._common(),
            )
            match kind:
                case PersonFact.Kind.HOUSEHOLD:
                    continue
                case PersonFact.Kind.BIRTH_DATE | PersonFact.Kind.DEATH:
                    row.period, row.value = None, {"date": self._span().start.isoformat()}
                case PersonFact.Kind.RESIDENCE:
                    row.value = {"municipalityCode": self.random.choice(MUNICIPALITIES)}
                case PersonFact.Kind.RESIDENCE_PERMIT:
                    row.value = {"permit": self.random.choice(["A", "B", "F+ card"])}
                case PersonFact.Kind.PAID_AMOUNT:
                    month = row.period.start.replace(day=1)
                    row.period = Span(month, next_month_start(month))
                    row.aid_kind = self.random.choice([*AidKind])
                    row.value = {"amountEuroCent": self.random.randint(0, 200_000)}
            rows.append(row)
        PersonFact.objects.bulk_create(rows, ignore_conflicts=True)

    def _bind(self, count: int) -> None:
        """Households, by sources and by CPAS."""
        for _ in range(count):
            subject, common = self._person(), self._common()
            period, source = self._span(), self.random.choice(SOURCES)
            fact = None
            if self.random.random() < 0.6:
                fact = PersonFact(
                    kind=PersonFact.Kind.HOUSEHOLD,
                    person=subject,
                    source=source,
                    period=period,
                    **common,
                )
                if PersonFact.objects.filter(
                    kind=fact.kind, person=subject, source=source, period=period
                ).exists():
                    continue
                fact.save()
            members = {self._neighbour(subject).pk for _ in range(self.random.randint(0, 3))}
            HouseholdStatement.objects.bulk_create(
                HouseholdStatement(
                    subject=subject,
                    member_id=member,
                    relation=self.random.choice([*HouseholdRelation]),
                    period=period,
                    source=source if fact else "cpas",
                    fact=fact,
                    **common,
                )
                for member in members - {subject.pk}
            )


def _without_overlaps(rows: list[Attestation]) -> list[Attestation]:
    """Those that can stand beside each other: current ones of one CPAS and kind never overlap."""
    standing: dict = {}
    kept = []
    for row in rows:
        others = standing.setdefault((row.person_id, row.cpas_id, row.aid_kind), [])
        if row.superseded_at is None:
            if any(row.period.overlaps(other) for other in others):
                continue
            others.append(row.period)
        kept.append(row)
    return kept
