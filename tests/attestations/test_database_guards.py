"""What the database itself refuses, whoever writes: raw SQL, past the services."""

from __future__ import annotations

import io
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection

from attestations.models import Attestation, Decision, DecisionVersion
from derived_rights.services.deriving import derive_pending
from partners.models import FeedReadingOfPerson
from partners.services.routing import route_pending
from tests.attestations.raw_sql import insert_like, run

pytestmark = pytest.mark.django_db

ROLE = "registry_application_of_a_test"


@pytest.fixture
def recorded(cpas, decision, new_ssin):
    """A decision with its attestation."""
    answer = cpas.post("/decisions", decision(new_ssin()))
    assert answer.status_code == 201
    return Attestation.objects.get()


def supersede(row):
    return run("UPDATE attestations_attestation SET superseded_at = now() WHERE id = %s", row.pk)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE attestations_attestation SET period = '[2020-01-01,2020-02-01)'",
        "UPDATE attestations_attestation SET number = 'another'",
        "UPDATE attestations_attestation SET aid_kind = 'medicalCard', superseded_at = now()",
        "DELETE FROM attestations_attestation",
        "UPDATE attestations_decisionversion SET decided_on = '2020-01-01'",
        "UPDATE attestations_decisionversion SET recorded_at = now()",
        "DELETE FROM attestations_decisionversion",
        "UPDATE attestations_factchange SET version = 9",
        "DELETE FROM attestations_factchange",
    ],
)
def test_history_is_neither_changed_nor_deleted(recorded, statement):
    with pytest.raises(IntegrityError, match="history"):
        run(statement)


@pytest.mark.parametrize("table", ["attestations_attestation", "attestations_decisionversion"])
def test_a_row_is_superseded_once(recorded, table):
    assert run(f"UPDATE {table} SET superseded_at = now()") == 1

    for again in ("now() + interval '1 day'", "NULL"):
        with pytest.raises(IntegrityError, match="set once"):
            run(f"UPDATE {table} SET superseded_at = {again}")


def test_a_chain_does_not_fork(recorded):
    supersede(recorded)
    assert insert_like(recorded) == 1

    with pytest.raises(IntegrityError, match="previous_id"):
        insert_like(recorded, number="26C999999999998", nature="cancellation")


def test_a_chain_stays_with_its_person_and_its_cpas(recorded, other_cpas, decision, new_ssin):
    stranger = other_cpas.post("/decisions", decision(new_ssin()))
    other = Attestation.objects.exclude(pk=recorded.pk).get()
    assert stranger.status_code == 201
    supersede(recorded)

    for changes in ({"person_id": other.person_id}, {"cpas_id": other.cpas_id}):
        with pytest.raises(IntegrityError, match="follows none of its person and CPAS"):
            insert_like(recorded, **changes)


def test_a_chain_is_no_circle(recorded):
    """An attestation can only follow one that is there: never itself, never a later one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM attestations_attestation")
        (last,) = cursor.fetchone()
    for later in (last + 1, last + 2):
        with pytest.raises(IntegrityError, match="follows none"):
            insert_like(recorded, previous_id=later)
    with pytest.raises(IntegrityError, match="history"):
        run("UPDATE attestations_attestation SET previous_id = id WHERE id = %s", recorded.pk)


def test_a_chain_begins_with_an_original(recorded):
    supersede(recorded)
    for changes in ({"nature": "original"}, {"previous_id": None}):
        with pytest.raises(IntegrityError, match="an_original_starts_its_chain"):
            insert_like(recorded, **changes)


def test_current_attestations_do_not_overlap(recorded):
    original = {"nature": "original", "previous_id": None}
    for period in ("[2027-03-01,2028-01-01)", "[2020-01-01,2026-03-03)", "(,)"):
        with pytest.raises(IntegrityError, match="current_attestations_do_not_overlap"):
            insert_like(recorded, period=period, **original)

    assert insert_like(recorded, period="[2027-03-02,2028-01-01)", **original) == 1


def test_a_number_is_given_once(recorded):
    supersede(recorded)
    with pytest.raises(IntegrityError, match="number"):
        insert_like(recorded, number=recorded.number)


def test_a_decision_has_one_current_version(recorded):
    version = DecisionVersion.objects.get()
    columns = [field.column for field in DecisionVersion._meta.fields if field.column != "id"]
    chosen = ", ".join("2" if name == "version" else name for name in columns)
    with pytest.raises(IntegrityError, match="one_current_version_per_decision"):
        run(
            f"INSERT INTO attestations_decisionversion ({', '.join(columns)}) "
            f"SELECT {chosen} FROM attestations_decisionversion WHERE id = %s",
            version.pk,
        )


@pytest.fixture
def role():
    """A role that owns nothing, granted what the service needs; it goes with the transaction."""
    run(f"CREATE ROLE {ROLE} NOLOGIN")
    call_command("grant_application_role", ROLE, stdout=io.StringIO())
    return ROLE


@contextmanager
def acting_as(role):
    run(f"SET LOCAL ROLE {role}")
    try:
        yield
    finally:
        run("RESET ROLE")


def test_the_application_role_runs_the_main_job(
    role, cpas, federal, recipient_for, decision, new_ssin
):
    mutuality = recipient_for("mutualities", "bim")
    old, new = new_ssin(), new_ssin()
    with acting_as(role):
        mutuality.inscribe(new)
        first = cpas.post("/decisions", decision(old), Idempotency_Key="k-1")
        assert first.status_code == 201, first.content
        address = f"/decisions/{first.json()['decisionId']}"
        cpas.post("/decisions", decision(new, aidKind="medicalCard"))
        replacement = {"ssin": old, "replacedBy": new, "date": "2026-04-01"}
        assert federal.post("/ssinReplacements", replacement).status_code == 201
        assert mutuality.ask_rights(old, "bim", date="2026-07-01")[0]["outcome"] == "applies"
        batch = cpas.post("/decisions/batches", {"items": [decision(new_ssin())]})
        assert batch.json().get("accepted") == 1, batch.content
        stop = {"endDate": "2026-12-31", "reason": "work"}
        assert cpas.post(f"{address}/stop", stop, If_Match='"1"').status_code == 200
        cancellation = cpas.post(f"{address}/cancellation", {"reason": "error"}, If_Match='"2"')
        assert cancellation.status_code == 200, cancellation.content
        derive_pending()
        route_pending()
        events = mutuality.get("/events").json()["items"]
        assert FeedReadingOfPerson.objects.count() == len(events)
    assert Decision.objects.filter(status="cancelled").count() == 1
    assert events[-1]["type"].endswith("rights.notify.ended")


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE attestations_attestation CASCADE",
        "TRUNCATE attestations_idempotencykey",
        "ALTER TABLE attestations_attestation DISABLE TRIGGER append_only",
        "DROP TRIGGER append_only ON attestations_decisionversion",
        "ALTER TABLE attestations_attestation DROP COLUMN superseded_at",
        "DROP FUNCTION append_only() CASCADE",
        "SET session_replication_role = replica",
        "UPDATE attestations_attestation SET number = 'another'",
        "DELETE FROM attestations_attestation",
        "DELETE FROM partners_feedentry",
        "DELETE FROM attestations_person",
        "ALTER TABLE attestations_attestation DROP CONSTRAINT current_attestations_do_not_overlap",
        "DELETE FROM django_migrations",
    ],
)
def test_the_application_role_cannot_get_round_the_guards(role, recorded, statement):
    with acting_as(role), pytest.raises(ProgrammingError, match="permission denied|must be owner"):
        run(statement)


def test_a_role_that_grants_cannot_limit_is_refused(role):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (owner,) = cursor.fetchone()
    with pytest.raises(CommandError, match="superuser|owns"):
        call_command("grant_application_role", owner)
    with pytest.raises(CommandError, match="no role"):
        call_command("grant_application_role", "nobody-of-this-name")
    run(f"CREATE ROLE {ROLE}_owner NOLOGIN")
    run(f"ALTER TABLE attestations_cpas OWNER TO {ROLE}_owner")
    run(f"GRANT {ROLE}_owner TO {role}")
    with pytest.raises(CommandError, match="act as their owner"):
        call_command("grant_application_role", role)


def test_granting_again_takes_away_what_is_too_much(role):
    run(f"GRANT TRUNCATE, DELETE ON attestations_attestation TO {role}")

    call_command("grant_application_role", role, stdout=io.StringIO())

    with acting_as(role), pytest.raises(DatabaseError, match="permission denied"):
        run("TRUNCATE attestations_attestation CASCADE")
