"""What was kept long enough goes; what is younger stays, whoever asks. Rows are backdated."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from oauth2_provider.models import AccessToken

from attestations import clock, tasks
from attestations.models import AccessLogEntry, Heartbeat, IdempotencyKey
from attestations.prepared import by_index
from attestations.services import purging
from attestations.tickets import new_ticket
from partners import tasks as partner_tasks
from partners.models import DeliveryAttempt, FeedEntry, Subscription
from tests.factories import ClientFactory, PersonFactory

pytestmark = pytest.mark.django_db


def backdate(model, row, days: int, column: str = "at") -> None:
    """Move a row into the past, which only who owns the tables can do."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers
        cursor.execute(
            f"UPDATE {table} SET {column} = clock_timestamp() - %s * interval '1 day' "
            "WHERE id = %s",
            [days, row.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def rows_read(table: str) -> int:
    """By this transaction so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            " WHERE relname = %s",
            [table],
        )
        (read,) = cursor.fetchone()
    return int(read)


def logged() -> AccessLogEntry:
    return AccessLogEntry.objects.create(
        organisation="x", client="x", operation="x", person=PersonFactory(), ticket=new_ticket()
    )


def key(name: bytes) -> IdempotencyKey:
    return IdempotencyKey.objects.create(
        key_hash=name * 32, sealed_fingerprint=b"", sealed_body=b"", status=201
    )


def test_idempotency_keys_go_after_30_days_and_the_log_after_10_years():
    old_key, young_key = key(b"a"), key(b"b")
    backdate(IdempotencyKey, old_key, 31, "created_at")
    backdate(IdempotencyKey, young_key, 29, "created_at")
    old_line, young_line = logged(), logged()
    backdate(AccessLogEntry, old_line, 3651)
    backdate(AccessLogEntry, young_line, 3649)
    now = clock.database_now()
    Heartbeat.objects.create(name="worker gone", at=now - timedelta(days=2), own_clock=now)

    tasks.purge()

    assert list(IdempotencyKey.objects.all()) == [young_key]
    assert list(AccessLogEntry.objects.all()) == [young_line]
    assert not Heartbeat.objects.exists()


@pytest.mark.parametrize("old", [0, 25])
def test_of_a_long_log_only_its_beginning_is_read(monkeypatch, old):
    monkeypatch.setattr(purging, "AT_ONCE", 10)
    lines = [logged() for _ in range(300)]
    # The clock of one server was wrong: a line that seems young stands among old ones.
    for line in [*lines[:3], *lines[4 : old + 1]][:old]:
        backdate(AccessLogEntry, line, 401)
    by_index()  # as the planner does where a table is large
    before = rows_read("attestations_accesslogentry")

    gone = purging.purge_access_log(now=clock.database_now(), kept=timedelta(days=400))

    assert rows_read("attestations_accesslogentry") - before <= 100
    assert gone == old
    assert AccessLogEntry.objects.count() == 300 - old


def test_attempts_go_after_400_days_and_their_events_stay(record, mutuality):
    record(1)
    entry, subscription = FeedEntry.objects.latest("id"), Subscription.objects.get()
    old, young = (
        DeliveryAttempt.objects.create(
            subscription=subscription,
            entry=entry,
            number=number,
            outcome="failed",
            milliseconds=1,
            ticket=entry.ticket,
            at=clock.database_now(),
        )
        for number in (1, 2)
    )
    backdate(DeliveryAttempt, old, 401)
    backdate(DeliveryAttempt, young, 399)
    expired = AccessToken.objects.create(
        application=ClientFactory(),
        token="x",
        scope="",
        expires=clock.database_now() - timedelta(days=2),
    )

    partner_tasks.purge()

    assert list(DeliveryAttempt.objects.all()) == [young]
    assert FeedEntry.objects.filter(pk=entry.pk).exists()
    assert not AccessToken.objects.filter(pk=expired.pk).exists()


def test_no_setting_makes_the_database_forget_young_history(settings):
    settings.ACCESS_LOG_KEPT_DAYS = 1
    line = logged()
    backdate(AccessLogEntry, line, 300)
    with pytest.raises(IntegrityError, match="history for 365 days"), transaction.atomic():
        tasks.purge()
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        AccessLogEntry.objects.update(client="somebody else")
    assert AccessLogEntry.objects.get() == line


def test_many_rows_go_a_few_at_a_time(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(purging, "AT_ONCE", 2)
    for name in (b"a", b"b", b"c"):
        backdate(IdempotencyKey, key(name), 31, "created_at")
    now = clock.database_now()
    with django_assert_num_queries(5):  # two looks that find some, two deletions, a last look
        gone = purging.purge_idempotency_keys(now=now, kept=timedelta(days=30))
    assert gone == 3
