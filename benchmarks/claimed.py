"""Rows for the control to look at, written set-wise: claimed months of persons, attested or not."""

from __future__ import annotations

from datetime import date

from django.db import connection

AT_ONCE = 50_000  # persons: well within the time that a statement has

# Of a hundred persons, one lacks its attestation. Decisions of a year; every claimed month is one
# of theirs. One person in ten started in mid-month.
_ROWS = """
WITH made AS (
    INSERT INTO attestations_person (created_at)
    SELECT now() FROM generate_series(1, %(persons)s) RETURNING id
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM made
), numbers AS (
    INSERT INTO attestations_personnumber (person_id, sealed, blind_index, created_at)
    SELECT id, decode(md5(id::text), 'hex'), decode(md5('b' || id), 'hex'), now() FROM made
    RETURNING id, person_id
), decided AS (
    INSERT INTO attestations_decision
           (public_id, cpas_id, person_id, version, status, reference, created_at)
    SELECT gen_random_uuid(), (%(cpas)s::bigint[])[1 + n %% %(cpas_count)s], id, 1, 'active', '',
           %(now)s
      FROM numbered RETURNING id, cpas_id, person_id
), versions AS (
    INSERT INTO attestations_decisionversion
           (decision_id, version, change, aid_kind, category, decided_on, period, reference, reason,
            number_as_sent_id, ticket, recorded_at)
    SELECT decided.id, 1, 'recorded', 'integrationIncome', '', %(decided_on)s,
           daterange(%(start)s::date + CASE WHEN n %% 10 = 0 THEN 14 ELSE 0 END, %(end)s), '', '',
           numbers.id, gen_random_uuid(), %(now)s
      FROM decided JOIN numbered ON numbered.id = decided.person_id
      JOIN numbers ON numbers.person_id = decided.person_id
    RETURNING id, decision_id, period, number_as_sent_id
), attested AS (
    INSERT INTO attestations_attestation
           (number, nature, attestation_type, cpas_id, person_id, number_as_sent_id,
            decision_version_id, aid_kind, period, decided_on, ticket, created_at, sent_at,
            recorded_at)
    SELECT 'B' || lpad(versions.id::text, 14, '0'), 'original', 'a036', decided.cpas_id,
           decided.person_id, versions.number_as_sent_id, versions.id, 'integrationIncome',
           versions.period, %(decided_on)s, gen_random_uuid(), %(now)s, %(now)s, %(now)s
      FROM versions JOIN decided ON decided.id = versions.decision_id
      JOIN numbered ON numbered.id = decided.person_id
     WHERE n %% 100 <> 1
)
INSERT INTO attestations_subsidyclaim
       (cpas_id, person_id, aid_kind, month, ticket, recorded_at)
SELECT cpas_id, person_id, 'integrationIncome', month, gen_random_uuid(), %(now)s
  FROM decided,
       generate_series(%(start)s::date, %(start)s::date + make_interval(months => %(months)s - 1),
                       '1 month') AS month
"""


def fill(
    cpas: list[int], *, persons: int, months: int, start: date, end: date, decided_on: date
) -> None:
    """Persons of these CPAS with a decision from `start` until `end`, and their claimed months.

    `start` is the first day of a month; `end` is exclusive. Everything is recorded on the day after
    `decided_on`, and the planner knows of it.
    """
    values = {
        "months": months,
        "cpas": cpas,
        "cpas_count": len(cpas),
        "start": start,
        "end": end,
        "decided_on": decided_on,
        "now": f"{decided_on.isoformat()} 12:00+01",
    }
    with connection.cursor() as cursor:
        for written in range(0, persons, AT_ONCE):
            cursor.execute(_ROWS, values | {"persons": min(AT_ONCE, persons - written)})
        cursor.execute("ANALYZE")
