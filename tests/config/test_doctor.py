"""The doctor names what is wrong, and what to do; each fault is really there."""

from __future__ import annotations

import io
import os
import signal
from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from django.core.management import call_command
from django.db import OperationalError, connection

from attestations import clock
from attestations.models import Heartbeat
from attestations.tickets import new_ticket
from config.doctor import configuration, servers, work
from config.embedded import Valkey
from derived_rights.models import PersonDue
from partners.models import Authorisation, HeldLane, Subscription
from partners.services.rounds import FAILURES_TO_OPEN
from tests.factories import AuthorisationFactory, PersonFactory

pytestmark = pytest.mark.django_db


def codes(findings) -> set[str]:
    return {finding.code for finding in findings}


@pytest.fixture
def alive() -> None:
    """A worker and a beat that gave a sign of life just now."""
    now = clock.database_now()
    for name in ("worker celery@one", "tasks celery@one", "beat one"):
        Heartbeat.objects.create(name=name, at=now, own_clock=now)


def run() -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_nothing_is_said_of_a_registry_that_is_well(alive, monkeypatch):
    monkeypatch.setattr(servers, "LEAST_FREE", 0.0)
    assert run() == (0, "All is well.\n")


def test_an_error_ends_with_1_and_says_what_to_do():
    code, text = run()
    assert code == 1
    assert "No worker has given a sign of life" in text
    assert "celery -A config.celery worker" in text
    assert "[beatSilent]" in text


def test_a_program_that_fell_silent_or_whose_clock_is_wrong_is_named(alive):
    now = clock.database_now()
    Heartbeat.objects.filter(name="beat one").update(at=now - timedelta(minutes=2))
    Heartbeat.objects.filter(name="worker celery@one").update(own_clock=now + timedelta(hours=2))
    found = list(work.programs())
    assert codes(found) == {"beatSilent", "clockSkew"}
    assert any("celery@one" in one.what and "ahead" in one.what for one in found)


@pytest.mark.parametrize(
    ("waiting", "minutes", "said"),
    [
        (None, 2, set()),
        (0, 2, set()),
        (100, 0, set()),
        (101, 0, {"tasksWait"}),
        (1, 2, {"workersBusy"}),
        (101, 2, {"workersBusy"}),
    ],
)
def test_tasks_that_wait_are_counted(alive, monkeypatch, waiting, minutes, said):
    """The sentence depends on how many they are, and on how long ago one was begun."""
    monkeypatch.setattr(work, "tasks_waiting", lambda: waiting)
    begun = clock.database_now() - timedelta(minutes=minutes)
    Heartbeat.objects.filter(name="tasks celery@one").update(at=begun, own_clock=begun)
    found = list(work.programs())
    assert codes(found) == said
    assert all(f"{waiting} " in one.what for one in found)


def test_of_workers_that_are_gone_nothing_more_is_said_though_tasks_wait(alive, monkeypatch):
    monkeypatch.setattr(work, "tasks_waiting", lambda: 500)
    Heartbeat.objects.exclude(name="beat one").update(
        at=clock.database_now() - timedelta(minutes=2)
    )
    assert codes(work.programs()) == {"workerSilent"}


def test_an_unreachable_database_is_the_first_finding(monkeypatch):
    def refuse():
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    finding = servers.database_is_reachable()
    assert finding is not None
    assert finding.code == "databaseUnreachable"
    assert "DATABASE_URL" in finding.do


def test_an_old_server_a_missing_extension_and_old_tables_are_found(monkeypatch):
    monkeypatch.setattr(servers, "OLDEST_POSTGRES", 99)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_extension SET extname = 'other' WHERE extname = 'btree_gist'")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'partners'")
    assert codes(servers.database()) >= {
        "databaseTooOld",
        "extensionMissing",
        "migrationsPending",
    }


def test_a_role_without_grants_and_one_that_owns_too_much_are_found(settings):
    settings.PRODUCTION = True
    assert codes(servers.role()) == {"roleOwnsTables"}
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE poor_role")
        cursor.execute("GRANT USAGE ON SCHEMA public TO poor_role")
        cursor.execute("SET LOCAL ROLE poor_role")
        found = list(servers.role())
        cursor.execute("RESET ROLE")
    assert codes(found) == {"grantsMissing"}


@pytest.mark.parametrize(
    ("ahead", "weight"), [(0.0, None), (6.0, "warning"), (-6.0, "warning"), (-40.0, "error")]
)
def test_a_clock_that_is_off_is_found(ahead, weight):
    found = [finding.weight.value for finding in servers.clocks(ahead, "This machine")]
    assert found == ([] if weight is None else [weight])


def test_redis_that_is_away_frozen_or_forgetful_is_found(tmp_path, settings):
    valkey = Valkey(tmp_path / "valkey", durable=False)
    settings.CELERY_BROKER_URL = valkey.start()
    try:
        assert codes(servers.broker()) == set()
        redis.Redis.from_url(valkey.url).config_set("maxmemory-policy", "allkeys-lru")
        assert codes(servers.broker()) == {"redisForgets"}
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGSTOP)
        assert codes(servers.broker()) == {"redisFrozen"}
        os.kill(valkey.pid, signal.SIGCONT)
        settings.CELERY_BROKER_URL = valkey.url.replace("redis://:", "redis://:x")
        assert codes(servers.broker()) == {"redisRefuses"}
    finally:
        valkey.stop()
    settings.CELERY_BROKER_URL = valkey.url
    assert codes(servers.broker()) == {"redisUnreachable"}


def test_a_disk_that_is_nearly_full_is_found(monkeypatch):
    usage = SimpleNamespace(total=100 * 2**30, free=3 * 2**30)
    monkeypatch.setattr(servers.shutil, "disk_usage", lambda _: usage)
    (found,) = servers.disk()
    assert found.code == "diskNearlyFull"
    assert "3.0 GB" in found.what


def test_work_that_waits_is_found(cpas, decision, new_ssin, monkeypatch):
    cpas.post("/decisions", decision(new_ssin()))
    assert codes(work.pending()) == set()
    monkeypatch.setattr(work, "LATE", {"derive": 0.0, "route": 0.0})
    found = list(work.pending())
    assert codes(found) == {"workWaits"}
    assert len(found) == 2


def test_persons_who_are_due_for_long_are_found():
    since = clock.database_now() - timedelta(seconds=work.LONG_DUE)
    assert codes(work.set_aside()) == set()
    PersonDue.objects.create(person=PersonFactory(), ticket=new_ticket(), since=since)
    (found,) = work.set_aside()
    assert found.code == "personsDue"
    assert found.what.startswith("1 persons")


def test_what_a_recipient_does_not_get_is_found(recipient_for):
    recipient = recipient_for("mutualities", "bim", endpoint="https://fund.example/hook")
    subscription = Subscription.objects.get()
    assert codes(work.pushes()) == set()
    now = clock.database_now()
    HeldLane.objects.create(
        subscription=subscription,
        person=PersonFactory(),
        position=1,
        since=now,
        retry_at=now,
        parked_at=now,
    )
    Subscription.objects.update(failures=FAILURES_TO_OPEN)
    assert codes(work.pushes()) == {"eventsParked", "recipientDown"}
    Subscription.objects.update(status="suspended")
    assert codes(work.pushes()) == {"eventsParked", "subscriptionSuspended"}
    assert all(recipient.organisation.code in one.what for one in work.pushes())


def test_a_subscription_under_an_ended_authorisation_is_found(recipient_for):
    recipient_for("mutualities", "bim")
    assert codes(work.authorisations()) == set()
    Authorisation.objects.update(superseded_at=clock.database_now())
    assert codes(work.authorisations()) == {"authorisationEnded"}


def test_what_has_no_place_in_production_is_found(settings):
    settings.PRODUCTION = True
    settings.ALLOW_TEST_SSIN = True
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    assert codes(configuration.checks()) >= {"registry.E010", "registry.E012"}


def test_a_number_whose_key_is_gone_is_found(cpas, decision, new_ssin, settings):
    cpas.post("/decisions", decision(new_ssin()))
    assert codes(configuration.keys()) == set()
    settings.SSIN_KEYS = ["other:" + "A" * 86 + "=="]
    assert codes(configuration.keys()) == {"keyMissing"}


def test_a_production_is_told_of_addresses_that_nobody_filled_in(settings, tmp_path):
    assert list(configuration.addresses()) == []  # a demonstration has no address to give
    settings.PRODUCTION = True
    named = [finding.what.split()[0] for finding in configuration.addresses()]
    assert named == ["SECURITY.md", "publiccode.yml"]

    settings.BASE_DIR = tmp_path
    assert list(configuration.addresses()) == []
    (tmp_path / "SECURITY.md").write_text("Write to security@town.example.")
    (tmp_path / "publiccode.yml").write_text("url: https://code.town.example\n")
    assert list(configuration.addresses()) == []


def test_a_right_that_was_told_of_keeps_its_module():
    AuthorisationFactory(rights=["bim"])
    assert codes(configuration.rights()) == set()

    AuthorisationFactory(rights=["bim", "abolished"])

    (finding,) = configuration.rights()
    assert (finding.code, "abolished" in finding.what) == ("moduleMissing", True)
