"""A feed as long as one likes, by SQL: real decisions, whose changes are told again and again.

Each person has a sealed number and changes of its own. The attestations that an event names are
those of the few persons whose decisions were really recorded.
"""

from __future__ import annotations

from datetime import date

from django.db import connection
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
AT_ONCE = 50_000


def fill(organisation: Organisation, events: int, *, progress: bool = False) -> None:
    """Append so many events to the feed of an organisation that `a_recipient` made.

    They are routed already; the cursor of its subscription stands right before them.
    """
    cpas = a_cpas()
    for ssin in inscribed([organisation], REAL):
        record(cpas, ssin)
    derive_pending()
    route_pending()
    first, last = _persons()
    head = FeedHead.objects.get(organisation=organisation)
    for done in range(0, events, AT_ONCE):
        _append(organisation, head.position, done, min(AT_ONCE, events - done), first, last)
        if progress and done % (10 * AT_ONCE) == 0:
            print(f"  {done + AT_ONCE:,} of {events:,} events", flush=True)
    Subscription.objects.filter(organisation=organisation).update(cursor=head.position)
    FeedHead.objects.filter(pk=head.pk).update(position=head.position + events)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # of millions of rows
        for table in ("partners_feedentry", "derived_rights_rightchange", "attestations_person"):
            cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


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


def _append(
    organisation: Organisation, head: int, done: int, events: int, first: int, last: int
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _APPEND,
            {
                "organisation": organisation.pk,
                "head": head,
                "from": done,
                "to": done + events - 1,
                "first": first,
                "persons": last - first + 1,
            },
        )


_APPEND = """
WITH sample AS (
    SELECT row_number() OVER (ORDER BY c.id) - 1 AS place,
           c.*, e.authorisation_id, e.legal_context, e.topic, e.code
    FROM partners_feedentry e JOIN derived_rights_rightchange c ON c.id = e.right_change_id
    WHERE e.organisation_id = %(organisation)s AND e.position <= %(head)s
    ORDER BY c.id LIMIT 20
), told AS (
    SELECT n, %(first)s + n %% %(persons)s AS person, sample.*
    FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n
    JOIN sample ON sample.place = n %% 20
), changes AS (
    INSERT INTO derived_rights_rightchange
           (person_id, "right", version, transition, periods, previous_periods,
            undetermined_periods, attestation_numbers, missing_facts, ticket, recorded_at,
            routed_at)
    SELECT person, "right", 1 + n / %(persons)s, transition, periods, previous_periods,
           undetermined_periods, attestation_numbers, missing_facts, ticket, now(), now()
    FROM told ORDER BY n
    RETURNING id, person_id, version
)
INSERT INTO partners_feedentry
       (organisation_id, position, event_id, authorisation_id, legal_context, person_id, number_id,
        right_change_id, topic, code, ticket, created_at)
SELECT %(organisation)s, %(head)s + told.n + 1, gen_random_uuid(), told.authorisation_id,
       told.legal_context, told.person, number.id, changes.id, told.topic, told.code, told.ticket,
       now()
FROM told
JOIN changes ON changes.person_id = told.person AND changes.version = 1 + told.n / %(persons)s
JOIN attestations_personnumber number ON number.person_id = told.person
ORDER BY told.n
"""
