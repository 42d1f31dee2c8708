"""A feed as long as one likes, by SQL: real decisions, whose changes are told again and again.

Each person has a sealed number and changes of its own. The attestations that an event names are
those of the few persons whose decisions were really recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from attestations.models import Person, PersonNumber
from attestations.services import persons
from attestations.ssin import make_ssin
from benchmarks.delivering import a_cpas, inscribed, record
from derived_rights.services.deriving import derive_pending
from partners.models import FeedHead, Organisation, Subscription
from partners.services.routing import route_pending

REAL = 20  # decisions that are recorded and derived
PERSONS = 5_000
AT_ONCE = 500_000
TABLES = ("partners_feedentry", "derived_rights_rightchange")


def fill(organisation: Organisation, events: int, *, progress: bool = False) -> None:
    """Append so many events to the feed of an organisation that `a_recipient` made.

    They are routed already; the cursor of its subscription stands right before them. While rows
    are appended, the two tables are without the indexes that no constraint rests on, and nobody
    looks whether what the rows refer to is there: it is, by how they are made.
    """
    cpas = a_cpas()
    for ssin in inscribed([organisation], REAL):
        record(cpas, ssin)
    derive_pending()
    route_pending()
    first, last = _persons()
    head = FeedHead.objects.get(organisation=organisation)
    with connection.cursor() as cursor, _unguarded(cursor):
        change = _sample(cursor, organisation, head.position)
        for done in range(0, events, AT_ONCE):
            values = {
                "organisation": organisation.pk,
                "head": head.position,
                "change": change,
                "from": done,
                "to": min(done + AT_ONCE, events) - 1,
                "first": first,
                "persons": last - first + 1,
            }
            cursor.execute(_CHANGES, values)
            cursor.execute(_ENTRIES, values)
            if progress:
                print(f"  {values['to'] + 1:,} of {events:,} events", flush=True)
        for table in TABLES:
            cursor.execute(_COUNTED_ON.format(table))
        Subscription.objects.filter(organisation=organisation).update(cursor=head.position)
        FeedHead.objects.filter(pk=head.pk).update(position=head.position + events)
    with connection.cursor() as cursor:
        for table in (*TABLES, "attestations_person"):
            cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


@contextmanager
def _unguarded(cursor: CursorWrapper) -> Iterator[None]:
    """Without the triggers of the session, and without the indexes that are only looked up in."""
    cursor.execute("SET statement_timeout = 0")  # of millions of rows
    cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
    cursor.execute(_INDEXES, [list(TABLES)])
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    for _, definition in indexes:
        cursor.execute(definition)
    cursor.execute("RESET session_replication_role; RESET maintenance_work_mem")


def _sample(cursor: CursorWrapper, organisation: Organisation, head: int) -> int:
    """Keep what is told again in a table of the session; the last id of a change of a right."""
    cursor.execute(_SAMPLE, {"organisation": organisation.pk, "head": head})
    cursor.execute("SELECT max(id) FROM derived_rights_rightchange")
    return int(cursor.fetchone()[0])


def _persons() -> tuple[int, int]:
    """Persons with a number each; the ids of the first and of the last."""
    people = Person.objects.bulk_create(Person() for _ in range(PERSONS))
    keyring = persons.keyring()
    offset = PersonNumber.objects.count()
    numbers = []
    for serial, person in enumerate(people, start=offset):
        number = make_ssin(
            date(1900 + serial // 25_200, 1, 1 + serial // 900 % 28), 1 + serial % 900
        ).number
        numbers.append(
            PersonNumber(
                person=person, sealed=keyring.seal(number), blind_index=keyring.blind(number)
            )
        )
    PersonNumber.objects.bulk_create(numbers)
    return people[0].pk, people[-1].pk


_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid::regclass::text = ANY(%s) AND NOT indisunique
"""
_SAMPLE = """
DROP TABLE IF EXISTS sample;
CREATE TEMPORARY TABLE sample AS
SELECT row_number() OVER (ORDER BY c.id) - 1 AS place,
       c.*, e.authorisation_id, e.legal_context, e.topic, e.code
FROM partners_feedentry e JOIN derived_rights_rightchange c ON c.id = e.right_change_id
WHERE e.organisation_id = %(organisation)s AND e.position <= %(head)s
ORDER BY c.id LIMIT 20
"""
_CHANGES = """
INSERT INTO derived_rights_rightchange
       (id, person_id, "right", version, transition, periods, previous_periods,
        undetermined_periods, attestation_numbers, missing_facts, ticket, recorded_at, routed_at)
SELECT %(change)s + n + 1, %(first)s + n %% %(persons)s, "right", 1 + n / %(persons)s, transition,
       periods, previous_periods, undetermined_periods, attestation_numbers, missing_facts, ticket,
       now(), now()
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n JOIN sample ON place = n %% 20
ORDER BY n
"""
# Identifiers in the order of time, as `uuid7` gives them.
_ENTRIES = """
INSERT INTO partners_feedentry
       (organisation_id, position, event_id, authorisation_id, legal_context, person_id, number_id,
        right_change_id, topic, code, ticket, created_at)
SELECT %(organisation)s, %(head)s + n + 1,
       ('01900000-0000-7000-' || lpad(to_hex(%(organisation)s), 4, '8000')
        || '-' || lpad(to_hex(%(head)s + n), 12, '0'))::uuid, authorisation_id, legal_context,
       number.person_id, number.id, %(change)s + n + 1, topic, code, ticket, now()
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n
JOIN sample ON place = n %% 20
JOIN attestations_personnumber number ON number.person_id = %(first)s + n %% %(persons)s
ORDER BY n
"""
# Where the ids of rows that are added later begin.
_COUNTED_ON = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), max(id)) FROM {0}"
