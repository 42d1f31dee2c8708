"""Whatever the file and however it is dealt out, it leaves what its lines leave one by one."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from attestations.codes import AidKind
from attestations.errors import DomainError
from attestations.models import (
    Attestation,
    Cpas,
    Decision,
    DecisionVersion,
    FactChange,
    HouseholdStatement,
    MissingAttestation,
    Person,
    PersonNumber,
)
from attestations.services import claims, persons, recording, replacing
from attestations.services.bulk_items import Unacceptable, read_item
from attestations.services.claims import Claim
from attestations.services.import_lines import Source
from attestations.services.imports import import_file
from attestations.services.missing import control
from attestations.ssin import Ssin, make_ssin
from attestations.tickets import new_ticket
from tests.attestations.decision_files import write
from tests.factories import CpasFactory

TODAY = date(2026, 11, 20)
NUMBERS = [make_ssin(date(1980, 2, 3), serial) for serial in range(1, 31)]
OLD, NEW, CLAIMED = NUMBERS[:3]


@pytest.fixture
def cpas(db, settings) -> list[Cpas]:
    """Two CPAS; of the persons some are known, two numbers are one's, one has claims."""
    settings.TODAY = TODAY
    both = [CpasFactory(), CpasFactory()]
    for ssin in NUMBERS[:12]:
        record(both[0], body(ssin, date(2025, 3, 1), 20))
    replacing.replace(ssin=OLD, replaced_by=NEW, on=date(2026, 7, 1), ticket=new_ticket())
    kind, month = AidKind.INTEGRATION_INCOME, date(2026, 9, 1)
    claims.store([Claim(both[0].enterprise_number, CLAIMED, kind, month)], ticket=new_ticket())
    control(on=TODAY, ticket=new_ticket())
    return both


def body(ssin: Ssin, start: date, days: int, **others: Any) -> dict[str, Any]:
    return {
        "ssin": ssin.number,
        "aidKind": "integrationIncome",
        "decidedOn": "2026-11-18",
        "startDate": str(start),
        "endDate": str(start + timedelta(days=days)),
        **others,
    }


def record(cpas: Cpas, item: dict[str, Any]) -> None:
    read = read_item(item, on=TODAY)
    recording.record(cpas=cpas, ssin=read.ssin, content=read.content, ticket=new_ticket())


def file_of(chance: random.Random, senders: list[str]) -> list[dict[str, Any]]:
    """Lines that return to the same persons, in households that cross, and some with faults."""
    people = chance.sample(NUMBERS, chance.randint(8, len(NUMBERS))) + [OLD, NEW, CLAIMED]
    lines = []
    for at in range(chance.randint(60, 140)):
        ssin, *others = chance.sample(people, 3)
        start = date(2026, 1, 1) + timedelta(days=chance.randint(0, 300))
        line = body(ssin, start, chance.randint(0, 60), reference=f"line {at + 1}")
        line["aidKind"] = chance.choice(["integrationIncome", "medicalCard"])
        line["decidedOn"] = chance.choice(["2026-11-18", "2026-06-01"])
        line["enterpriseNumber"] = chance.choice(senders)
        if chance.random() < 0.3:
            line["household"] = [
                {"ssin": one.number, "relation": chance.choice(["child", "partner"])}
                for one in chance.sample([*others, ssin], chance.randint(0, 2))
            ]
        if chance.random() < 0.05:
            line["category"] = "none of those"
        lines.append(line)
    return lines


def one_by_one(lines: list[dict[str, Any]]) -> list[int]:
    """The numbers of the lines that are refused when each is recorded by itself."""
    refused = []
    for number, line in enumerate(lines, start=1):
        cpas = Cpas.objects.get(enterprise_number=line["enterpriseNumber"])
        item = {name: value for name, value in line.items() if name != "enterpriseNumber"}
        try:
            with transaction.atomic():
                record(cpas, item)
        except (DomainError, Unacceptable):
            refused.append(number)
    return refused


def left_behind() -> dict[str, list[Any]]:
    """All rows, in words: decisions by their reference, persons by their first number."""
    sealed = PersonNumber.objects.order_by("-id").values_list("pk", "person_id", "sealed")
    numbers = {pk: persons.keyring().open(found) for pk, _, found in sealed}
    people = {person: numbers[pk] for pk, person, _ in sealed}
    decided = dict(Decision.objects.values_list("pk", "reference"))
    versions = dict(DecisionVersion.objects.values_list("pk", "decision_id"))
    attested = {
        pk: decided[versions[version]]
        for pk, version in Attestation.objects.values_list("pk", "decision_version_id")
    }
    names: dict[str, dict[Any, Any]] = {
        **dict.fromkeys(("person", "subject", "member"), people),
        **dict.fromkeys(("number_as_sent", "replaced_by"), numbers),
        "decision": decided,
        "decision_version": {pk: decided[decision] for pk, decision in versions.items()},
        "attestation": attested,
        "missing": {
            row.pk: (people[row.person_id], row.aid_kind, row.cause, str(row.period))
            for row in MissingAttestation.objects.all()
        },
    }
    given = {"id", "public_id", "ticket", "number", "sealed", "blind_index", "merged_into"}

    def shown(field: Any, value: Any) -> Any:
        if value is not None and field.name in names:
            return names[field.name][value]
        return value is not None if field.get_internal_type() == "DateTimeField" else value

    tables = (Decision, DecisionVersion, Attestation, HouseholdStatement, FactChange)
    tables += (MissingAttestation, PersonNumber, Person)
    return {
        model.__name__: sorted(
            repr(
                {
                    field.name: shown(field, getattr(row, field.attname))
                    for field in model._meta.concrete_fields
                    if field.name not in given
                }
            )
            for row in model.objects.all()
        )
        for model in tables
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("seed", "households"), [*((seed, 100) for seed in range(6)), *((seed, 1) for seed in range(4))]
)
def test_on_two_tracks_a_file_leaves_what_its_lines_leave_one_by_one(
    cpas, settings, tmp_path: Path, seed, households
):
    settings.HOUSEHOLDS_PER_MEMBER = households
    chance = random.Random(seed)
    senders = {one.enterprise_number: one.pk for one in cpas}
    lines = file_of(chance, list(senders))
    with transaction.atomic():
        expected_refused = one_by_one(lines)
        expected = left_behind()
        transaction.set_rollback(True)
    source = Source(write(tmp_path / "a.ndjson", *lines), "ndjson", None, senders)

    done = import_file(source, report=lambda *_: None, chunk=chance.choice([1, 3, 10, 40]))

    assert 0 < len(expected_refused) < len(lines)
    assert [one.line for one in done.refused.all()] == expected_refused
    assert (done.accepted, done.rejected) == (
        len(lines) - len(expected_refused),
        len(expected_refused),
    )
    assert (done.lines_done, bytes(done.lines_beyond)) == (len(lines), b"")
    assert done.finished_at is not None
    found = left_behind()
    for table, rows in expected.items():
        assert found[table] == rows, table
