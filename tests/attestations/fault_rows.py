"""The fault set as rows of the database, written set-wise and not by the services."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from attestations.models import (
    Attestation,
    Cpas,
    Decision,
    DecisionVersion,
    Person,
    PersonNumber,
    SubsidyClaim,
)
from attestations.models.fields import to_range
from attestations.periods import Span
from attestations.tickets import new_ticket
from tests.attestations.fault_set import Case

BATCH = 5_000
TICKET = new_ticket()


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def write(cases: list[Case], *, cpas: int) -> tuple[dict[int, int], dict[int, int]]:
    """Write the cases; what their persons and CPAS are called, by the ids of the rows."""
    offices = _bulk(
        Cpas(enterprise_number=f"{number:010d}", names={"fr": f"CPAS {number}"})
        for number in range(1, cpas + 1)
    )
    cpas_ids = {number: row.pk for number, row in enumerate(offices, start=1)}
    people = _bulk(Person() for _ in cases)
    number_ids = _numbers(cases, [row.pk for row in people])
    made = _decisions(cases, people, cpas_ids)
    versions = _versions(cases, made, number_ids)
    _attestations(cases, people, cpas_ids, versions, number_ids)
    _bulk(
        SubsidyClaim(
            cpas_id=cpas_ids[claim.cpas],
            person=person,
            aid_kind=claim.aid_kind,
            month=claim.month,
            ticket=TICKET,
            recorded_at=noon(claim.month),
        )
        for case, person in zip(cases, people, strict=True)
        for claim in case.claims
    )
    with connection.cursor() as cursor:
        # Whoever looked at these tables meanwhile saw no row: the planner would believe it.
        cursor.execute("ANALYZE")
    persons = {row.pk: case.person for row, case in zip(people, cases, strict=True)}
    return persons, {pk: number for number, pk in cpas_ids.items()}


def _numbers(cases: list[Case], people: list[int]) -> list[int]:
    """A number each; where it was replaced before the sending, also the one in use."""
    new = _bulk(
        PersonNumber(person_id=person, sealed=b"", blind_index=b"new %d" % person)
        for person in people
    )
    old = [
        PersonNumber(
            person_id=person,
            sealed=b"",
            blind_index=b"old %d" % person,
            replaced_by=number,
            replaced_on=case.sent_on - timedelta(days=30),
        )
        for case, person, number in zip(cases, people, new, strict=True)
        if any(row.via_replaced for row in case.attested)
    ]
    old = _bulk(old)
    sent_under = {row.person_id: row.pk for row in old}
    return [sent_under.get(row.person_id, row.pk) for row in new]


def _decisions(cases: list[Case], people: list[Person], cpas: dict[int, int]) -> list[Decision]:
    return _bulk(
        Decision(cpas_id=cpas[decided.cpas], person=person, created_at=noon(decided.recorded_on))
        for case, person in zip(cases, people, strict=True)
        for decided in case.decisions
    )


def _versions(
    cases: list[Case], made: list[Decision], numbers: list[int]
) -> dict[tuple[int, int], DecisionVersion]:
    """The versions; by number and CPAS the first of them, under which attestations stand."""
    change = DecisionVersion.Change
    left = iter(made)
    rows: list[DecisionVersion] = []
    firsts: dict[tuple[int, int], DecisionVersion] = {}
    for case, number in zip(cases, numbers, strict=True):
        for decided in case.decisions:
            row = DecisionVersion(
                decision=next(left),
                version=1,
                change=(
                    change.CANCELLED
                    if decided.span is None
                    else change.STOPPED
                    if decided.stopped
                    else change.RECORDED
                ),
                aid_kind=decided.aid_kind,
                decided_on=decided.decided_on,
                period=decided.span or Span(case.month, case.next_month),
                number_as_sent_id=number,
                ticket=TICKET,
                recorded_at=noon(decided.recorded_on),
            )
            rows.append(row)
            firsts.setdefault((number, decided.cpas), row)
    _bulk(rows)
    return firsts


def _attestations(
    cases: list[Case],
    people: list[Person],
    cpas: dict[int, int],
    versions: dict[tuple[int, int], DecisionVersion],
    numbers: list[int],
) -> None:
    _bulk(
        Attestation(
            number=row.number,
            nature=Attestation.Nature.ORIGINAL,
            attestation_type="a036",
            cpas_id=cpas[row.cpas],
            person=person,
            number_as_sent_id=number,
            decision_version=versions[number, row.cpas],
            aid_kind=row.aid_kind,
            period=to_range(row.span),
            decided_on=case.month,
            ticket=TICKET,
            created_at=noon(case.sent_on),
            sent_at=noon(case.sent_on),
            recorded_at=noon(case.sent_on),
        )
        for case, person, number in zip(cases, people, numbers, strict=True)
        for row in case.attested
    )


def _bulk(rows):
    rows = list(rows)
    return type(rows[0]).objects.bulk_create(rows, batch_size=BATCH)
