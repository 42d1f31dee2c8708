"""Generated populations in the database: aid, households of every source, merges, old versions."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta

from attestations.codes import AidKind, HouseholdRelation
from attestations.models import (
    Attestation,
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

    def __init__(self, persons: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.persons = Person.objects.bulk_create(Person() for _ in range(persons))
        self._merge(persons // 8)
        self._attest(3 * persons)
        self._state(4 * persons)
        self._bind(persons)

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
        cpas = CpasFactory.create_batch(4)
        someone = self.persons[0]
        number = PersonNumber.objects.create(
            person=someone, sealed=b"x", blind_index=b"%d" % someone.pk
        )
        decision = Decision.objects.create(cpas=cpas[0], person=someone, version=1, created_at=NOW)
        version = DecisionVersion.objects.create(
            decision=decision,
            version=1,
            aid_kind=AidKind.INTEGRATION_INCOME,
            decided_on=FIRST,
            period=Span(FIRST),
            number_as_sent=number,
            ticket=TICKET,
            recorded_at=NOW,
        )
        rows = [
            Attestation(
                number=f"T{someone.pk}-{place}",
                nature="original",
                attestation_type="a036",
                cpas=self.random.choice(cpas),
                person=self._person(),
                number_as_sent=number,
                decision_version=version,
                aid_kind=self.random.choice([*AidKind]),
                period=self._span(),
                decided_on=FIRST + timedelta(days=self.random.randint(0, 1000)),
                created_at=NOW,
                **self._common(),
            )
            for place in range(count)
        ]
        # Those that would overlap another of the same CPAS are left out.
        Attestation.objects.bulk_create(rows, ignore_conflicts=True)
        cancelled = Attestation.objects.order_by("pk").last()
        Attestation.objects.create(
            number=f"C{someone.pk}",
            nature="cancellation",
            previous=cancelled,
            attestation_type="a036",
            cpas=cancelled.cpas,
            person=cancelled.person,
            number_as_sent=number,
            decision_version=version,
            aid_kind=cancelled.aid_kind,
            period=cancelled.period,
            decided_on=FIRST,
            created_at=NOW,
            ticket=TICKET,
            recorded_at=NOW,
        )

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
