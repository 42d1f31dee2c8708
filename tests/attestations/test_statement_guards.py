"""The guards that look at all rows of a statement: references, and days that are attested twice."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import IntegrityError, connection, connections, transaction

from attestations.models import (
    Attestation,
    Cpas,
    Decision,
    DecisionVersion,
    FactChange,
    MissingAttestation,
    Person,
    PersonNumber,
)
from tests.attestations.raw_sql import copy, insert_like, run

pytestmark = pytest.mark.django_db

NOWHERE = 999_999_999
ORIGINAL = {"nature": "original", "previous_id": None}
LATER = "[2030-01-01,2031-01-01)"
# What a copy needs to be another row.
OTHERWISE = {
    PersonNumber: {"blind_index": b"another"},
    Decision: {"public_id": uuid.UUID(int=7)},
    DecisionVersion: {"version": 7, "superseded_at": "2026-01-01"},
    Attestation: ORIGINAL | {"number": "26C999999999999", "period": LATER},
    FactChange: {"attestation_id": None},
    Person: {},
}


@pytest.fixture
def recorded(cpas, decision, new_ssin):
    """A decision with its attestation, and a stranger's."""
    for _ in range(2):
        assert cpas.post("/decisions", decision(new_ssin())).status_code == 201
    return Attestation.objects.order_by("id").first()


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (PersonNumber, "person_id"),
        (Decision, "person_id"),
        (Decision, "cpas_id"),
        (DecisionVersion, "decision_id"),
        (DecisionVersion, "number_as_sent_id"),
        (Attestation, "decision_version_id"),
        (FactChange, "person_id"),
        (FactChange, "cpas_id"),
        (FactChange, "attestation_id"),
        (FactChange, "missing_id"),
        (PersonNumber, "replaced_by_id"),
        (Person, "merged_into_id"),
    ],
)
def test_a_reference_leads_to_a_row_that_is_there(recorded, model, column):
    row = model.objects.order_by("id").first()

    with pytest.raises(IntegrityError, match="refers to what is not there"):
        copy(row, **OTHERWISE[model] | {column: NOWHERE})

    assert copy(row, **OTHERWISE[model]) == 1


@pytest.mark.parametrize("column", ["person_id", "cpas_id", "number_as_sent_id"])
def test_an_attestation_is_of_its_decisions_person_cpas_and_number(recorded, other_cpas, column):
    stranger = Attestation.objects.exclude(pk=recorded.pk).get()
    others = {
        "person_id": stranger.person_id,
        "cpas_id": Cpas.objects.exclude(pk=recorded.cpas_id).get().pk,
        "number_as_sent_id": stranger.number_as_sent_id,
    }

    with pytest.raises(IntegrityError, match="refers to what is not there"):
        copy(recorded, **OTHERWISE[Attestation] | {column: others[column]})


@pytest.mark.parametrize("model", [Cpas, Person, PersonNumber, Decision, MissingAttestation])
def test_rows_that_others_refer_to_stay(recorded, model):
    MissingAttestation.objects.create(
        cpas_id=recorded.cpas_id,
        person_id=recorded.person_id,
        aid_kind=recorded.aid_kind,
        period=recorded.period,
        cause="neverSent",
        due_on=recorded.decided_on,
        found_at=recorded.recorded_at,
        ticket=recorded.ticket,
    )
    table = model._meta.db_table
    with pytest.raises(IntegrityError, match="not deleted"):
        run(f"DELETE FROM {table}")
    with pytest.raises(IntegrityError, match="keep their id"):
        run(f"UPDATE {table} SET id = id + {NOWHERE}")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("attestations_decision", "person_id"),
        ("attestations_decision", "cpas_id"),
        ("attestations_personnumber", "person_id"),
        ("attestations_personnumber", "replaced_by_id"),
        ("attestations_person", "merged_into_id"),
    ],
)
def test_a_reference_cannot_be_bent_afterwards(recorded, table, column):
    with pytest.raises(IntegrityError, match="refers to what is not there"):
        run(f"UPDATE {table} SET {column} = {NOWHERE}")


MANY_CHANGES = """
INSERT INTO attestations_factchange
    (kind, person_id, cpas_id, version, resolved, ticket, recorded_at)
SELECT 'household', CASE place WHEN %s THEN %s ELSE person_id END,
    CASE WHEN place %% 2 = 0 THEN cpas_id END, 0, false, ticket, now()
FROM attestations_factchange, generate_series(1, 50) AS place WHERE attestation_id = %s
"""


def test_one_row_among_many_that_leads_nowhere_is_seen(recorded):
    """Many rows name the same person, some no CPAS: they are looked for together, and counted."""
    with pytest.raises(IntegrityError, match="refers to what is not there"):
        run(MANY_CHANGES, 17, NOWHERE, recorded.pk)

    assert run(MANY_CHANGES, 0, NOWHERE, recorded.pk) == 50


MANY_DECISIONS = """
INSERT INTO attestations_decision
    (public_id, cpas_id, person_id, version, status, reference, created_at)
SELECT gen_random_uuid(), cpas_id, person_id, 1, 'active', '', now()
FROM attestations_decision, generate_series(1, 4000) WHERE id = %s
"""
VERSIONS_OF_THEM = """
INSERT INTO attestations_decisionversion
    (decision_id, version, change, aid_kind, category, decided_on, period, reference, reason,
     number_as_sent_id, ticket, recorded_at)
SELECT decision.id, 1, change, aid_kind, category, decided_on, period, '', '', number_as_sent_id,
    ticket, now()
FROM attestations_decisionversion version
JOIN attestations_decision decision ON decision.id <> version.decision_id
WHERE version.id = %s ORDER BY decision.id DESC LIMIT 1000
"""
# What this transaction read in the index, its own rows included.
READ = "SELECT pg_stat_get_xact_tuples_returned('attestations_decision_pkey'::regclass)"


def test_a_guard_looks_up_the_rows_referred_to_and_no_others(recorded):
    """So a statement takes no longer when more is recorded."""
    version = recorded.decision_version
    with connection.cursor() as cursor:
        cursor.execute(MANY_DECISIONS, [version.decision_id])
        cursor.execute("DISCARD PLANS")  # else that of the single rows before is used again
        cursor.execute(READ)
        (before,) = cursor.fetchone()
        cursor.execute(VERSIONS_OF_THEM, [version.pk])
        assert cursor.rowcount == 1000
        cursor.execute(READ)
        (after,) = cursor.fetchone()

    assert 1000 <= after - before <= 2500


def test_rows_of_one_statement_do_not_overlap_each_other(recorded):
    columns = [field.column for field in Attestation._meta.concrete_fields if field.column != "id"]
    chosen = {
        "number": "'26C99999999999' || place",
        "period": "daterange(date '2030-01-01' + 30 * place, date '2030-01-01' + 30 * place + %s)",
    }
    statement = (
        f"INSERT INTO attestations_attestation ({', '.join(columns)}) "
        f"SELECT {', '.join(chosen.get(name, name) for name in columns)} "
        "FROM attestations_attestation, generate_series(0, 9) AS place WHERE id = %s"
    )
    with pytest.raises(IntegrityError, match="current_attestations_do_not_overlap"):
        run(statement, 31, recorded.pk)

    assert run(statement, 30, recorded.pk) == 10


def test_a_cancellation_and_what_is_superseded_stand_in_nobodys_way(recorded):
    assert insert_like(recorded, nature="cancellation") == 1
    run("UPDATE attestations_attestation SET superseded_at = now() WHERE id = %s", recorded.pk)

    assert insert_like(recorded, number="26C999999999998", **ORIGINAL) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_transactions_that_attest_the_same_day_one_is_refused(recorded):
    """The second waits for the first, and then sees what it wrote."""
    outcome: list[str] = []

    def second() -> None:
        try:
            insert_like(recorded, number="26C999999999998", period=LATER, **ORIGINAL)
            outcome.append("written")
        except IntegrityError as error:
            outcome.append(str(error))
        finally:
            connections.close_all()

    other = threading.Thread(target=second)
    with transaction.atomic():
        assert insert_like(recorded, period=LATER, **ORIGINAL) == 1
        other.start()
        while not waiting() and other.is_alive():
            other.join(timeout=0.05)
        assert outcome == []
    other.join(timeout=30)

    assert len(outcome) == 1
    assert "current_attestations_do_not_overlap" in outcome[0]
    assert Attestation.objects.filter(person_id=recorded.person_id).count() == 2


def waiting() -> bool:
    """Whether some connection waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else it is as it was at first sight
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])
