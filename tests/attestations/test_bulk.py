"""Bulk recording leaves the same rows as one by one, also beside others."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from attestations.clock import database_now
from attestations.codes import AidKind
from attestations.errors import DomainError, Overlap
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
from attestations.services import bulk_sql, claims, persons, recording, replacing
from attestations.services.bulk import placed_lines, record_all
from attestations.services.bulk_items import read_item
from attestations.services.bulk_lines import Line, ready
from attestations.services.bulk_numbers import Numbers
from attestations.services.claims import Claim
from attestations.services.missing import control
from attestations.ssin import Ssin, make_ssin
from attestations.tickets import new_ticket
from derived_rights.models import RightChange, RightPeriod
from derived_rights.services.deriving import derive_pending
from partners.models import FeedEntry, Refusal
from partners.services.routing import route_pending
from tests.attestations.sound_item import SOUND, TODAY
from tests.factories import CpasFactory


def some_lines(chance: random.Random, cpas_ids: list[int], known: list[Ssin]) -> list[Line]:
    """Decisions of a few persons, so that many overlap, repeat or come late."""
    people = [*known, *(make_ssin(date(1991, 4, 5), serial) for serial in range(1, 7))]
    lines: list[Line] = []
    for index in range(40):
        start = date(2026, 1, 1) + timedelta(days=chance.randint(0, 300))
        end = chance.choice([None, start, start + timedelta(days=chance.randint(1, 120))])
        body = {
            "ssin": chance.choice(people).number,
            "aidKind": chance.choice(["integrationIncome", "medicalCard", "article60Employment"]),
            "decidedOn": chance.choice(["2026-11-18", "2026-06-01", "2026-11-20"]),
            "startDate": start.isoformat(),
            "reference": f"{index}\\\t'é",
        }
        body |= {"endDate": end.isoformat()} if end else {}
        body |= {"category": "single"} if chance.random() < 0.5 else {}
        if chance.random() < 0.5:
            members = chance.sample(people, chance.randint(0, 3))
            body["household"] = [
                {"ssin": one.number, "relation": chance.choice(["child", "partner"])}
                for one in members
                if one.number != body["ssin"]
            ]
        cpas_id = chance.choice(cpas_ids)
        read = read_item(body, on=TODAY)
        lines.append(Line(index, cpas_id, read.ssin, read.content))
        if chance.random() < 0.1:
            lines.append(Line(index + 1_000, cpas_id, read.ssin, read.content))
    return sorted(lines, key=lambda line: line.index)


@pytest.fixture
def world(db, recipient_for, settings):
    """Two CPAS, somebody merged, somebody with claims and findings, and recipients who listen."""
    settings.TODAY = TODAY
    cpas_ids = [CpasFactory().pk, CpasFactory().pk]
    old, new, claimed = (make_ssin(date(1980, 2, 3), serial) for serial in (1, 2, 3))
    for ssin in (old, new):
        record(cpas_ids[0], ssin, "2026-03-01", "2026-03-31")
        record(cpas_ids[1], ssin, "2026-05-01", "2026-05-31")
    replacing.replace(ssin=old, replaced_by=new, on=date(2026, 7, 1), ticket=new_ticket())
    september = Claim(
        Cpas.objects.get(pk=cpas_ids[0]).enterprise_number,
        claimed,
        AidKind.INTEGRATION_INCOME,
        date(2026, 9, 1),
    )
    claims.store([september], ticket=new_ticket())
    control(on=TODAY, ticket=new_ticket())
    recipient = recipient_for("mutualities", "bim", "socialTariff")
    for ssin in (new, claimed, make_ssin(date(1991, 4, 5), 1)):
        recipient.inscribe(ssin.number)
    derive_pending()
    route_pending()
    return cpas_ids, [old, new, claimed]


def record(cpas_id: int, ssin: Ssin, start: str, end: str) -> None:
    body = SOUND | {"ssin": ssin.number, "startDate": start, "endDate": end}
    read = read_item(body, on=TODAY)
    recording.record(
        cpas=Cpas.objects.get(pk=cpas_id), ssin=ssin, content=read.content, ticket=new_ticket()
    )


@contextmanager
def undone() -> Iterator[None]:
    """What happens within this leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def one_by_one(lines: list[Line]) -> set[int]:
    refused = set()
    for line in lines:
        try:
            with transaction.atomic():
                recording.record(
                    cpas=Cpas.objects.get(pk=line.cpas_id),
                    ssin=line.ssin,
                    content=line.content,
                    ticket=new_ticket(),
                )
        except DomainError:
            refused.add(line.index)
    return refused


def everything() -> dict[str, list[Any]]:
    """All rows of all ledgers, with the order of rows for ids, and instants as set or not."""
    numbers = {
        row.pk: persons.keyring().open(row.sealed) for row in PersonNumber.objects.order_by("id")
    }
    owners = dict(PersonNumber.objects.order_by("-id").values_list("person_id", "id"))
    people = {person: f"person of {numbers[number]}" for person, number in owners.items()}
    names: dict[str, dict[Any, Any]] = {"person": people, "subject": people, "member": people}
    names["number"] = names["number_as_sent"] = numbers
    attested = Attestation.objects.order_by("id").values_list("pk", "number")
    order = {number: f"attestation {place}" for place, (_, number) in enumerate(attested)}
    for name, model in (
        ("decision", Decision),
        ("decision_version", DecisionVersion),
        ("attestation", Attestation),
        ("previous", Attestation),
        ("fact_change", FactChange),
    ):
        # In bulk, findings are looked at after all lines: their changes come last.
        kinds = ["kind"] if model is FactChange else []
        ids = model.objects.order_by(*kinds, "id").values_list("pk", flat=True)
        names[name] = {pk: place for place, pk in enumerate(ids)}
    names["right_change"] = {
        row.pk: (people[row.person_id], row.right, row.version) for row in RightChange.objects.all()
    }
    names["missing"] = {
        row.pk: (people[row.person_id], row.cpas_id, row.aid_kind, row.cause, row.period)
        for row in MissingAttestation.objects.all()
    }
    left_out = {"id", "public_id", "ticket", "receipt", "event_id", "position"}

    def shown(field: Any, value: Any) -> Any:
        if value is not None and field.is_relation and field.name in names:
            return names[field.name][value]
        if field.get_internal_type() == "DateTimeField":
            return value is not None
        if field.name == "attestation_numbers":
            return [order[number] for number in value]
        return order.get(value, value) if isinstance(value, str) else value

    def rows(model: Any) -> list[Any]:
        return [
            {
                field.name: shown(field, getattr(row, field.attname))
                for field in model._meta.concrete_fields
                if field.name not in left_out
            }
            for row in model.objects.order_by("id")
        ]

    tables = (Decision, DecisionVersion, Attestation, HouseholdStatement, FactChange)
    found = {model.__name__: rows(model) for model in (*tables, MissingAttestation)}
    found |= {model.__name__: rows(model) for model in (RightPeriod, RightChange)}
    found |= {model.__name__: rows(model) for model in (FeedEntry, Refusal)}
    # Persons are derived in the order of their ids; what matters is the order within each person.
    for model in (RightPeriod, RightChange, FeedEntry):
        found[model.__name__].sort(key=lambda row: row["person"])
    found["Refusal"].sort(key=repr)
    found["MissingAttestation"].sort(key=repr)
    # Within one decision, members come in the order of the ids of their persons.
    found["HouseholdStatement"].sort(key=lambda row: (row["decision"], row["member"]))
    found["FactChange"] = by_recording(found["FactChange"])
    found["PersonNumber"] = sorted(numbers.values())
    found["Person"] = sorted(
        people[person] for person in Person.objects.values_list("pk", flat=True)
    )
    return found


def by_recording(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Changes in their order: a recording's household by person, findings after all recordings."""
    keys, recordings = [], 0
    for change in changes:
        recordings += change["kind"] == "attestation"
        last = change["kind"] == "missing"
        keys.append((last, 0 if last else recordings, change["kind"], change["person"]))
    return [changes[place] for place in sorted(range(len(changes)), key=keys.__getitem__)]


@pytest.mark.parametrize(
    ("seed", "households"), [*((seed, 100) for seed in range(6)), *((seed, 1) for seed in range(4))]
)
def test_in_bulk_and_one_by_one_leave_the_same_rows(world, settings, seed, households):
    cpas_ids, known = world
    settings.HOUSEHOLDS_PER_MEMBER = households
    lines = some_lines(random.Random(seed), cpas_ids, known)
    with undone():
        expected_refused = one_by_one(lines)
        expected = everything()
        derive_pending()
        route_pending()
        expected_after = everything()

    with undone():
        outcome = record_all(lines, ticket=new_ticket())
        found = everything()
        derive_pending()
        route_pending()
        found_after = everything()

    assert 0 < len(expected_refused) < len(lines)
    assert {one.index for one in outcome.refused} == expected_refused
    assert outcome.recorded.keys() == {line.index for line in lines} - expected_refused
    for table, rows in expected.items():
        assert found[table] == rows, table
    for table, rows in expected_after.items():
        assert found_after[table] == rows, table


# --- Beside others ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "index", "found"),
    [
        (bulk_sql.IN_THE_WAY, "attestations_attestation_person_id", "standing"),
        (bulk_sql.FACT_CHANGES, "fact_by_person", "told"),
    ],
)
def test_what_is_known_is_looked_up_by_the_person_also_among_rows_that_nobody_has_counted(
    question, index, found
):
    """A planner without statistics may read a whole table, or go through it for each line."""
    cpas_id = CpasFactory().pk
    people = [make_ssin(date(1991, 4, 5), serial) for serial in range(1, 999)]
    alone = SOUND | {"household": []}
    lines = [
        Line(index, cpas_id, one, read_item(alone | {"ssin": one.number}, on=TODAY).content)
        for index, one in enumerate(people)
    ]
    record_all(lines, ticket=new_ticket())
    known = ready(lines, on=TODAY)

    with bulk_sql.staging() as staged:
        staged.fill(list(placed_lines(known, Numbers.of(known.blinds))))
        values = {"roots": [], "merged": [], "now": database_now(), "ticket": new_ticket()}
        staged.cursor.execute(f"EXPLAIN {question}", values)
        plan = "\n".join(line for (line,) in staged.cursor.fetchall())

    assert index in plan
    assert "Seq Scan on attestations_" not in plan
    assert f"{found}.person_id" in next(row for row in plan.splitlines() if "Hash Cond" in row)


@pytest.mark.django_db(transaction=True)
def test_batches_and_single_recordings_of_the_same_persons_share_no_day():
    """Four batches and four callers at once, on the same new persons, in different orders."""
    cpas = CpasFactory()
    reads = [
        read_item(
            SOUND | {"ssin": make_ssin(date(1970, 4, 5), serial).number, "household": []}, on=TODAY
        )
        for serial in range(1, 121)
    ]
    made: list[int] = []

    def batch(seed: int) -> None:
        chosen = random.Random(seed).sample(reads, 100)
        lines = [Line(at, cpas.pk, one.ssin, one.content) for at, one in enumerate(chosen)]
        made.append(len(record_all(lines, ticket=new_ticket()).recorded))

    def single(seed: int) -> None:
        for one in random.Random(seed).sample(reads, 20):
            with suppress(Overlap):
                recording.record(cpas=cpas, ssin=one.ssin, content=one.content, ticket=new_ticket())
                made.append(1)

    def alone(work: Callable[[int], None], seed: int) -> None:
        try:
            work(seed)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(alone, work, seed) for seed in range(4) for work in (single, batch)]
        for task in tasks:
            task.result()

    assert sum(made) == Attestation.objects.count() == Person.objects.count()
    assert sum(made) == PersonNumber.objects.count() >= 100
    assert set(FactChange.objects.values_list("version", flat=True)) == {1}
