"""A registry to derive from, written set-wise: households, aid, what authentic sources state."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection

AT_ONCE = 50_000  # persons: well within the time that a statement has

# Persons live in households of 1 to 4 with neighbouring numbers, as they are registered together,
# and one household in fifty with somebody far away. The register states every household, where each
# lives and when each was born; a mutuality reports one in ten. One person in ten is aided: by one
# to three attestations one after the other, of which some leave a gap.
_STATEMENTS = """
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
WITH added AS (
    INSERT INTO attestations_person (created_at)
    SELECT now() FROM generate_series(1, %(persons)s) RETURNING id
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM added
)
SELECT one.id, one.n, head.id AS head
  FROM numbered AS one JOIN numbered AS head
    ON head.n = one.n - (ARRAY[0, 0, 1, 0, 1, 2, 0, 1, 2, 3])[1 + (one.n - 1) %% 10];

INSERT INTO attestations_personfact
       (kind, person_id, source, period, aid_kind, value, ticket, recorded_at)
SELECT 'birthDate', id, 'nationalRegister', NULL::daterange, '',
       jsonb_build_object('date', date '1940-01-01' + (n * 37 %% 30000)::int), gen_random_uuid(),
       now()
  FROM made
UNION ALL
SELECT 'residence', id, 'nationalRegister', daterange('2015-01-01', NULL), '',
       jsonb_build_object('municipalityCode',
           (ARRAY['21004', '62063', '44021', '92094', '11002', '63023'])[1 + head %% 6]),
       gen_random_uuid(), now()
  FROM made
UNION ALL
SELECT 'increasedIntervention', id, 'mutuality',
       daterange(date '2024-01-01' + (n %% 200)::int, NULL), '', '{}', gen_random_uuid(), now()
  FROM made WHERE n %% 10 = 3;

WITH stated AS (
    INSERT INTO attestations_personfact
           (kind, person_id, source, period, aid_kind, value, ticket, recorded_at)
    SELECT 'household', id, 'nationalRegister', daterange('2018-01-01', NULL), '', '{}',
           gen_random_uuid(), now()
      FROM made WHERE id = head
    RETURNING id, person_id
)
INSERT INTO attestations_householdstatement
       (subject_id, member_id, relation, period, source, fact_id, ticket, recorded_at)
SELECT person_id, made.id, CASE WHEN made.id = head + 1 THEN 'partner' ELSE 'child' END,
       daterange('2018-01-01', NULL), 'nationalRegister', stated.id, gen_random_uuid(), now()
  FROM stated JOIN made ON head = person_id AND made.id <> head
UNION ALL
SELECT person_id, far.id, 'parent', daterange('2018-01-01', NULL), 'nationalRegister', stated.id,
       gen_random_uuid(), now()
  FROM stated JOIN made ON made.id = person_id AND made.n %% 200 = 7
  JOIN made AS far ON far.n = 1 + (made.n * 7919) %% %(persons)s AND far.id <> person_id;

WITH aided AS (
    SELECT id, n FROM made WHERE n %% 10 = 4
), numbers AS (
    INSERT INTO attestations_personnumber (person_id, sealed, blind_index, created_at)
    SELECT id, decode(md5(id::text), 'hex'), decode(md5('b' || id), 'hex'), now() FROM aided
    RETURNING id, person_id
), decided AS (
    INSERT INTO attestations_decision
           (public_id, cpas_id, person_id, version, status, reference, created_at)
    SELECT gen_random_uuid(), (%(cpas)s::bigint[])[1 + n %% %(cpas_count)s], id, 1, 'active', '',
           now()
      FROM aided, generate_series(1, 3) AS turn WHERE turn <= 1 + n / 10 %% 3
    RETURNING id, cpas_id, person_id
), turns AS (
    SELECT decided.*, numbers.id AS number_id,
           row_number() OVER (PARTITION BY decided.person_id ORDER BY decided.id) AS turn,
           date '2023-01-01' + (aided.n * 13 %% 700)::int AS first
      FROM decided JOIN numbers ON numbers.person_id = decided.person_id
      JOIN aided ON aided.id = decided.person_id
), spans AS (
    SELECT *, CASE WHEN person_id %% 3 = 0 THEN 'equivalentIntegrationIncome'
                   ELSE 'integrationIncome' END AS aid_kind,
           first + 200 * (turn - 1)::int AS starts,
           first + 200 * turn::int - CASE WHEN person_id %% 4 = 0 THEN 20 ELSE 0 END AS ends
      FROM turns
), versions AS (
    INSERT INTO attestations_decisionversion
           (decision_id, version, change, aid_kind, category, decided_on, period, reference, reason,
            number_as_sent_id, ticket, recorded_at)
    SELECT id, 1, 'recorded', aid_kind, '', starts, daterange(starts, ends), '', '', number_id,
           gen_random_uuid(), now()
      FROM spans RETURNING id, decision_id
)
INSERT INTO attestations_attestation
       (number, nature, attestation_type, cpas_id, person_id, number_as_sent_id,
        decision_version_id, aid_kind, period, decided_on, ticket, created_at, sent_at, recorded_at)
SELECT 'P' || lpad(versions.id::text, 14, '0'), 'original', 'a036', cpas_id, person_id, number_id,
       versions.id, aid_kind, daterange(starts, ends), starts, gen_random_uuid(), now(), now(),
       now()
  FROM versions JOIN spans ON spans.id = versions.decision_id;
DROP TABLE made;
"""


def populate(
    cpas: list[int], *, persons: int, tell: Callable[[int], None] = lambda more: None
) -> None:
    """So many persons more, with households and facts; one in ten is aided by these CPAS.

    `tell` is called with the number of persons that a step has made.
    """
    values = {
        "cpas": cpas,
        "cpas_count": len(cpas),
    }
    with connection.cursor() as cursor:
        for written in range(0, persons, AT_ONCE):
            more = min(AT_ONCE, persons - written)
            cursor.execute(_STATEMENTS, values | {"persons": more})
            tell(more)
        cursor.execute("ANALYZE")
