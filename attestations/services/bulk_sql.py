"""The statements of bulk recording: the staging table, and one move for each table of history.

Every statement is written for the columns that one recording fills; a column that is added to one
of these tables without a default must be added here, and the test of equality says so.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from attestations.gap_rows import SEND_WITHIN_DAYS
from attestations.generation import attestation_number
from attestations.models.fields import to_span
from attestations.periods import Span
from attestations.services.bulk_lines import COLUMNS, Line
from attestations.services.households import SOURCE_CPAS


class Placed(msgspec.Struct, frozen=True, gc=False):
    """A line whose person, number and household are known by our ids."""

    line: Line
    person_id: int
    number_id: int
    is_new: bool  # the person: nothing can be known of it, and nothing is looked for
    members: Collection[tuple[int, str]]
    public_id: str
    text: str  # see `bulk_lines.COLUMNS`


FILLED = (
    "attestations_person",
    "attestations_personnumber",
    "attestations_decision",
    "attestations_decisionversion",
    "attestations_attestation",
    "attestations_householdstatement",
    "attestations_factchange",
    "attestations_missingattestation",
)

# Tables of history are asked by index, whatever the planner believes of one that has just grown.
BEGIN = """
SET LOCAL enable_seqscan = off;
CREATE TEMPORARY TABLE bulk_line (
    index int, public_id uuid, cpas_id bigint, person_id bigint, number_id bigint, is_new boolean,
    aid_kind text, attestation_type text, category text, decided_on date, period daterange,
    reference text, late_id uuid,
    -- Every id is given here, in the order of the lines, so that the moves need not look one up.
    decision_id bigint DEFAULT nextval('attestations_decision_id_seq'),
    version_id bigint DEFAULT nextval('attestations_decisionversion_id_seq'),
    attestation_id bigint DEFAULT nextval('attestations_attestation_id_seq'),
    sequence bigint DEFAULT nextval('attestations_attestation_number')
) ON COMMIT DROP;
CREATE TEMPORARY TABLE bulk_member (index int, member_id bigint, relation text) ON COMMIT DROP;
"""
END = "DROP TABLE bulk_line, bulk_member; RESET enable_seqscan"

# All attestations of the persons are asked for at once, in one walk along the index, and nothing
# else: OFFSET 0 keeps the rest of what is asked out of their look-up, or a planner without
# statistics might go another way. A line's person, and what that CPAS attested, may be found under
# ids that were merged into it.
IN_THE_WAY = """
SELECT DISTINCT ON (line.index) line.index, standing.number, standing.period
FROM (
    SELECT index, cpas_id, aid_kind, period, person_id FROM bulk_line WHERE NOT is_new
    UNION ALL
    SELECT index, cpas_id, aid_kind, period, same.id
    FROM unnest(%(roots)s::bigint[], %(merged)s::bigint[]) AS same (root, id)
    JOIN bulk_line ON person_id = same.root
) AS line
JOIN (
    SELECT person_id, cpas_id, aid_kind, period, number, superseded_at, nature
    FROM attestations_attestation
    WHERE person_id = ANY (
        ARRAY(SELECT person_id FROM bulk_line WHERE NOT is_new) || %(merged)s::bigint[])
    OFFSET 0
) AS standing USING (person_id, cpas_id, aid_kind)
WHERE standing.period && line.period
  AND standing.superseded_at IS NULL AND standing.nature <> 'cancellation'
ORDER BY line.index, standing.period
"""

DECISIONS = """
INSERT INTO attestations_decision
    (id, public_id, cpas_id, person_id, version, status, reference, created_at)
SELECT decision_id, public_id, cpas_id, person_id, 1, 'active', reference, %(now)s
FROM bulk_line
"""

VERSIONS = """
INSERT INTO attestations_decisionversion
    (id, decision_id, version, change, aid_kind, category, decided_on, period, reference, reason,
     number_as_sent_id, ticket, recorded_at)
SELECT version_id, decision_id, 1, 'recorded', aid_kind, category, decided_on, period, reference,
    '', number_id, %(ticket)s, %(now)s
FROM bulk_line
"""

ATTESTATIONS = """
INSERT INTO attestations_attestation
    (id, number, nature, attestation_type, cpas_id, person_id, number_as_sent_id,
     decision_version_id, aid_kind, period, decided_on, ticket, created_at, sent_at, recorded_at)
SELECT attestation_id, %(prefix)s || lpad(sequence::text, 12, '0'), 'original', attestation_type,
    cpas_id, person_id, number_id, version_id, aid_kind, period, decided_on,
    %(ticket)s, %(now)s, %(now)s, %(now)s
FROM bulk_line
"""

HOUSEHOLDS = """
INSERT INTO attestations_householdstatement
    (subject_id, member_id, relation, period, source, decision_id, ticket, recorded_at)
SELECT line.person_id, member_id, relation, period, %(source)s, decision_id, %(ticket)s, %(now)s
FROM bulk_member JOIN bulk_line line USING (index)
ORDER BY index, member_id, relation COLLATE "C"
"""

# In the order of single recordings: for each line its attestation, then whose household moved.
FACT_CHANGES = """
WITH told AS (
    SELECT coalesce(same.root, known.person_id) AS person_id, cpas_id, count(*) AS versions
    FROM attestations_factchange AS known
    LEFT JOIN unnest(%(roots)s::bigint[], %(merged)s::bigint[]) AS same (root, id)
        ON same.id = known.person_id
    WHERE known.person_id = ANY (
        ARRAY(SELECT person_id FROM bulk_line WHERE NOT is_new) || %(merged)s::bigint[])
      AND kind = 'attestation'
    GROUP BY 1, 2
),
change AS (
    SELECT index, 'attestation' AS kind, person_id, cpas_id, attestation_id,
        coalesce(versions, 0) + row_number()
            OVER (PARTITION BY person_id, cpas_id ORDER BY index) AS version
    FROM bulk_line LEFT JOIN told USING (person_id, cpas_id)
    UNION ALL
    SELECT index, 'household', touched.person_id, NULL, NULL, 0
    FROM (
        SELECT index, member_id AS person_id FROM bulk_member
        UNION
        SELECT index, person_id FROM bulk_member JOIN bulk_line USING (index)
    ) AS touched
)
INSERT INTO attestations_factchange
    (kind, person_id, cpas_id, attestation_id, version, resolved, ticket, recorded_at, routed_at)
SELECT kind, person_id, cpas_id, attestation_id, version, false, %(ticket)s, %(now)s,
    CASE kind WHEN 'household' THEN %(now)s END
FROM change ORDER BY index, kind, person_id
"""

LATE = """
INSERT INTO attestations_missingattestation
    (public_id, cpas_id, person_id, aid_kind, period, cause, status, due_on, found_at, resolved_at,
     feedback_code, feedback_comment, ticket)
SELECT late_id, cpas_id, person_id, aid_kind, period, 'late', 'resolved',
    decided_on + %(within)s, %(now)s, %(now)s, '', '', %(ticket)s
FROM bulk_line WHERE late_id IS NOT NULL ORDER BY index
"""

WITH_CLAIMS_OR_FINDINGS = """
SELECT DISTINCT line.person_id FROM (
    SELECT person_id, person_id AS id FROM bulk_line WHERE NOT is_new
    UNION ALL
    SELECT person_id, same.id
    FROM unnest(%(roots)s::bigint[], %(merged)s::bigint[]) AS same (root, id)
    JOIN bulk_line ON person_id = same.root
) AS line
WHERE EXISTS (SELECT FROM attestations_subsidyclaim WHERE person_id = line.id)
   OR EXISTS (SELECT FROM attestations_missingattestation
              WHERE person_id = line.id AND status <> 'resolved')
"""


def analyze() -> None:
    """Let the planner know what the tables hold now; takes a second or so."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(FILLED)}")


@contextmanager
def staging() -> Iterator[Staging]:
    """Tables that hold one batch, and are gone afterwards; within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN)
        yield Staging(cursor)
        cursor.execute(END)


class Staging:
    """One batch in the staging tables."""

    def __init__(self, cursor: CursorWrapper) -> None:
        self.cursor = cursor

    def fill(self, rows: Sequence[Placed]) -> None:
        """Copy the lines in."""
        lines = [f"{row.person_id}\t{row.number_id}\t{int(row.is_new)}\t{row.text}" for row in rows]
        self._copy(f"bulk_line (person_id, number_id, is_new, {COLUMNS})", lines)
        self._copy("bulk_member", [text for row in rows if row.members for text in _members(row)])

    def in_the_way(self, merged: Mapping[int, int]) -> list[tuple[int, str, Span]]:
        """(line, number, period) of the first current attestation that each line overlaps."""
        self.cursor.execute(IN_THE_WAY, _identities(merged))
        return [(index, number, to_span(period)) for index, number, period in self.cursor]

    def drop(self, indexes: Iterable[int]) -> None:
        """Take lines out."""
        wanted = list(indexes)
        if wanted:
            for table in ("bulk_line", "bulk_member"):
                self.cursor.execute(f"DELETE FROM {table} WHERE index = ANY(%s)", [wanted])

    def move(self, merged: Mapping[int, int], *, now: datetime, ticket: uuid.UUID) -> None:
        """Record the lines that are left, with all that a recording leaves behind."""
        year = timezone.localtime(now).year
        values: dict[str, Any] = {
            **_identities(merged),
            "now": now,
            "ticket": ticket,
            "source": SOURCE_CPAS,
            "within": SEND_WITHIN_DAYS,
            "prefix": attestation_number(year, 1)[:3],
        }
        for statement in (DECISIONS, VERSIONS, ATTESTATIONS, HOUSEHOLDS, FACT_CHANGES, LATE):
            self.cursor.execute(statement, values)

    def with_claims_or_findings(self, merged: Mapping[int, int]) -> list[int]:
        """The persons whose findings may change by what was moved."""
        self.cursor.execute(WITH_CLAIMS_OR_FINDINGS, _identities(merged))
        return [person for (person,) in self.cursor]

    def _copy(self, table: str, lines: Sequence[str]) -> None:
        if not lines:
            return
        with self.cursor.copy(f"COPY {table} FROM STDIN") as copy:
            copy.write("".join(lines))


def _identities(merged: Mapping[int, int]) -> dict[str, list[int]]:
    return {"roots": list(merged.values()), "merged": list(merged)}


def _members(row: Placed) -> Iterator[str]:
    for member_id, relation in row.members:
        yield f"{row.line.index}\t{member_id}\t{relation}\n"
