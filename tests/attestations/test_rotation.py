"""Moving to a new key: everybody is found before, in between and after, and without the old key."""

from __future__ import annotations

import base64
import io
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.models import BinaryField

from attestations.models import IdempotencyKey, Person, PersonNumber
from attestations.sealing import Keyring, SealBroken
from attestations.services import persons, rotating
from attestations.ssin import Ssin
from partners.models import SubscriptionSecret
from tests.factories import SubscriptionFactory


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(name.encode() * 64).decode()}"


OLD, NEW = key("old"), key("new")


def parse(number: str) -> Ssin:
    return Ssin.parse(number, allow_test=True)


def rotate() -> str:
    out = io.StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


@pytest.fixture
def people(db, settings, new_ssin):
    """Thirty persons under the old key."""
    settings.SSIN_KEYS = [OLD]
    numbers = [new_ssin() for _ in range(30)]
    return {number: persons.register(parse(number)).person_id for number in numbers}


def found(people):
    return {
        number: row.person_id
        for number in people
        if (row := persons.find(parse(number))) is not None
    }


def test_everybody_is_found_at_every_moment(people, settings, monkeypatch):
    monkeypatch.setattr(rotating, "BATCH", 7)
    settings.SSIN_KEYS = [NEW, OLD]
    assert found(people) == people
    (table,) = [one for one in rotating.sealed_tables() if one.model is PersonNumber]

    for done, step in enumerate(rotating.rotate(table, persons.keyring()), start=1):
        under_new = PersonNumber.objects.filter(
            blind_index__in=[Keyring([NEW]).blind(number) for number in people]
        ).count()
        assert under_new == min(7 * done, 30)
        assert step.moved == step.looked_at
        # Half of them under each key: found one by one, all at once, and not registered twice.
        assert found(people) == people
        by_number = persons.find_many(parse(number) for number in people)
        assert {number: row.person_id for number, row in by_number.items()} == people
        registered = persons.register_all(parse(number) for number in people)
        assert {number: row.person_id for number, row in registered.items()} == people
        assert set(persons.ssin_of(people.values()).values()) == set(people)

    settings.SSIN_KEYS = [NEW]
    assert found(people) == people
    assert set(persons.ssin_of(people.values()).values()) == set(people)
    assert Person.objects.count() == 30


def test_a_run_that_breaks_off_is_run_again(people, settings, monkeypatch):
    monkeypatch.setattr(rotating, "BATCH", 10)
    settings.SSIN_KEYS = [NEW, OLD]
    (table,) = [one for one in rotating.sealed_tables() if one.model is PersonNumber]
    next(rotating.rotate(table, persons.keyring()))

    assert "social security numbers: 20 moved" in rotate()
    assert "social security numbers: 0 moved" in rotate()

    settings.SSIN_KEYS = [NEW]
    assert found(people) == people


def test_secrets_and_kept_answers_move_too(cpas, decision, new_ssin, settings):
    settings.SSIN_KEYS = [OLD]
    secret = SubscriptionSecret.objects.create(
        subscription=SubscriptionFactory(), sealed=persons.keyring().seal("whsec_abc")
    )
    body = decision(new_ssin())
    first = cpas.post("/decisions", body, Idempotency_Key="k-1")
    assert IdempotencyKey.objects.count() == 1
    settings.SSIN_KEYS = [NEW, OLD]
    assert cpas.post("/decisions", body, Idempotency_Key="k-1").json() == first.json()

    rotate()

    settings.SSIN_KEYS = [NEW]
    secret.refresh_from_db()
    assert persons.keyring().open(secret.sealed) == "whsec_abc"
    again = cpas.post("/decisions", body, Idempotency_Key="k-1")
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert cpas.post("/decisions", decision(new_ssin()), Idempotency_Key="k-1").status_code == 422


def test_every_sealed_column_is_moved():
    tables = {table.model: table.columns for table in rotating.sealed_tables()}
    assert tables[PersonNumber] == ("sealed",)
    assert tables[IdempotencyKey] == ("sealed_fingerprint", "sealed_body")
    assert tables[SubscriptionSecret] == ("sealed",)
    for model, columns in tables.items():
        assert all(isinstance(model._meta.get_field(name), BinaryField) for name in columns)


def test_what_no_key_opens_is_named_and_left(people, settings):
    lost = PersonNumber.objects.first()
    lost.sealed = Keyring([key("lost")]).seal("85710512369")
    lost.save(update_fields=["sealed"])
    settings.SSIN_KEYS = [NEW, OLD]

    with pytest.raises(CommandError, match=rf"attestations_personnumber {lost.pk}"):
        rotate()

    with pytest.raises(SealBroken):
        persons.keyring().open(PersonNumber.objects.get(pk=lost.pk).sealed)


def waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return cursor.fetchone()[0] > 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("first", "second"), [("old", "new"), ("new", "old")])
def test_two_processes_with_different_keys_register_one_person(
    monkeypatch, new_ssin, first, second
):
    """No unique index sees that two rows under different keys are one number: a lock does.

    Each thread has the keys of a process of its own.
    """
    rings = {"old": Keyring([OLD, NEW]), "new": Keyring([NEW, OLD])}
    ssin = parse(new_ssin())
    registered, other_waits = threading.Event(), threading.Event()
    ids = {}

    def slow():
        with transaction.atomic():
            ids[first] = persons.register(ssin).pk
            registered.set()
            other_waits.wait(timeout=30)
        connections.close_all()

    def quick():
        registered.wait(timeout=30)
        with transaction.atomic():
            ids[second] = persons.register(ssin).pk
        connections.close_all()

    monkeypatch.setattr(persons, "keyring", lambda: rings[threading.current_thread().name])
    threads = [
        threading.Thread(target=slow, name=first),
        threading.Thread(target=quick, name=second),
    ]
    for thread in threads:
        thread.start()
    registered.wait(timeout=30)
    # The second one must come to wait for the first: only then may the first commit.
    while not waiting_for_a_lock() and threads[1].is_alive():
        pass
    other_waits.set()
    for thread in threads:
        thread.join(timeout=30)

    assert ids["old"] == ids["new"]
    assert Person.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_persons_are_registered_while_keys_are_moved(monkeypatch, settings, new_ssin):
    """A number is registered again and again while its row moves: it stays one person."""
    settings.SSIN_KEYS = [OLD]
    numbers = [new_ssin() for _ in range(60)]
    people = {number: persons.register(parse(number)).person_id for number in numbers}
    settings.SSIN_KEYS = [NEW, OLD]
    monkeypatch.setattr(rotating, "BATCH", 3)
    finished, seen = threading.Event(), []

    def caller():
        while not finished.is_set():
            rows = persons.register_all(parse(number) for number in numbers)
            seen.append({number: row.person_id for number, row in rows.items()})
        connections.close_all()

    thread = threading.Thread(target=caller)
    thread.start()
    rotate()
    finished.set()
    thread.join(timeout=30)

    assert seen
    assert all(one == people for one in seen)
    assert PersonNumber.objects.count() == 60
