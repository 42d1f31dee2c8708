"""Into the feeds: what is decided of each change and recipient, and the positions it gets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from attestations.identifiers import uuid7
from attestations.locks import array_of
from attestations.models.fields import to_span
from attestations.periods import Span
from attestations.prepared import prepared
from partners import routing
from partners.bells import feeds_grown
from partners.routing import Permission, Reason, Recipient
from partners.services.routables import Routable


def append(
    routables: Sequence[Routable],
    recipients: Sequence[Recipient],
    *,
    on: date,
    now: datetime,
    refuse: bool = True,
) -> None:
    """Append the changes to the feeds they belong in, and keep the reasons of the others.

    Each entry keeps the number that is in use now, so that its bytes outlive a replacement. Heads
    of feeds are held to the end of the transaction, in one order.
    """
    entries: list[tuple[Routable, Recipient, Permission]] = []
    refusals: list[tuple[Routable, Recipient, Reason]] = []
    for routable, recipient, verdict in verdicts(routables, recipients, on=on):
        if isinstance(verdict, Reason):
            refusals.append((routable, recipient, verdict))
        else:
            entries += [(routable, recipient, permission) for permission in verdict]
    with prepared() as cursor:
        if entries:
            _write(cursor, _ENTRIES, _entries(cursor, entries), now)
            feeds_grown.ring_on_commit()
        if refusals and refuse:
            _write(cursor, _REFUSALS, [_refusal(*one) for one in refusals], now)


def verdicts(
    routables: Sequence[Routable], recipients: Sequence[Recipient], *, on: date
) -> Iterable[tuple[Routable, Recipient, list[Permission] | Reason]]:
    """Each change with each organisation that might receive it, and what is decided."""
    told = [one for one in routables if one.matter.topic]
    files = _files({one.change.person_id for one in told})
    for routable in told:
        for recipient in recipients:
            if recipient.is_addressee(routable.matter, routable.addressee):
                held = files[recipient.organisation, routable.change.person_id]
                yield routable, recipient, routing.decide(recipient, routable.matter, held, on=on)


# Under whatever number somebody is known. First who they are, then the files of each by themselves
# (OFFSET 0), without the condition of another index: a planner without statistics would read all
# files that stand, of everybody.
_FILES = """
SELECT file.organisation_id, asked.id, file.period
  FROM unnest(%s::bigint[]) AS asked (id)
 CROSS JOIN LATERAL (
    SELECT coalesce(merged_into_id, id) AS root FROM attestations_person
     WHERE id = asked.id OFFSET 0) AS known
 CROSS JOIN LATERAL (
    SELECT known.root AS id
    UNION ALL SELECT id FROM attestations_person WHERE merged_into_id = known.root) AS own
 CROSS JOIN LATERAL (
    SELECT organisation_id, period FROM partners_inscription
     WHERE person_id = own.id AND coalesce(superseded_at, 'infinity') = 'infinity'
    OFFSET 0) AS file
"""


def _files(person_ids: set[int]) -> defaultdict[tuple[int, int], list[Span]]:
    """The periods of the files on each person, by organisation."""
    files: defaultdict[tuple[int, int], list[Span]] = defaultdict(list)
    if person_ids:
        with prepared() as cursor:
            cursor.execute(_FILES, [array_of(person_ids)])
            for organisation, person, period in cursor.fetchall():
                files[organisation, person].append(to_span(period))
    return files


# Under which id each is known today, and the number in use; that of the root for one without.
_KNOWN = """
SELECT person.id, coalesce(merged_into_id, person.id),
       coalesce((SELECT max(own.id) FROM attestations_personnumber AS own
                  WHERE own.person_id = person.id AND own.replaced_by_id IS NULL),
                (SELECT max(own.id) FROM attestations_personnumber AS own
                  WHERE own.person_id = person.merged_into_id AND own.replaced_by_id IS NULL))
  FROM unnest(%s::bigint[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM attestations_person WHERE id = asked.id OFFSET 0) AS person
"""
# Rows of the same statement are locked in the order in which they are given.
_HEADS = """
INSERT INTO partners_feedhead AS head (organisation_id, position)
SELECT * FROM unnest(%s::bigint[], %s::bigint[])
    ON CONFLICT (organisation_id) DO UPDATE SET position = head.position + excluded.position
RETURNING organisation_id, position
"""
# Rows are sent as one text: a COPY waits for the server three times.
_ENTRIES = """
INSERT INTO partners_feedentry
       (organisation_id, position, event_id, authorisation_id, legal_context, person_id, number_id,
        right_change_id, fact_change_id, told_version, topic, code, ticket, created_at)
SELECT organisation, position, event, authorisation, context, person, number, right_change,
       fact_change, told_version, topic, code, ticket, %(now)s
  FROM json_to_recordset(%(rows)s::json)
    AS new (organisation bigint, position bigint, event uuid, authorisation bigint, context text,
            person bigint, number bigint, right_change bigint, fact_change bigint,
            told_version int, topic text, code text, ticket uuid)
"""
_REFUSALS = """
INSERT INTO partners_refusal
       (organisation_id, right_change_id, fact_change_id, reason, ticket, created_at)
SELECT organisation, right_change, fact_change, reason, ticket, %(now)s
  FROM json_to_recordset(%(rows)s::json)
    AS new (organisation bigint, right_change bigint, fact_change bigint, reason text, ticket uuid)
"""


def _entries(
    cursor: Any, entries: Sequence[tuple[Routable, Recipient, Permission]]
) -> list[dict[str, Any]]:
    """The rows of the feeds, in the order given, each with the next position of its feed."""
    cursor.execute(_KNOWN, [array_of({routable.change.person_id for routable, _, _ in entries})])
    known = {person: (root, number) for person, root, number in cursor.fetchall()}
    grown = Counter(recipient.organisation for _, recipient, _ in entries)
    organisations = sorted(grown)
    cursor.execute(_HEADS, [array_of(organisations), array_of(grown[one] for one in organisations)])
    following = {
        organisation: position - grown[organisation] + 1
        for organisation, position in cursor.fetchall()
    }
    rows = []
    for routable, recipient, permission in entries:
        change = routable.change
        position = following[recipient.organisation]
        following[recipient.organisation] += 1
        person, number = known[change.person_id]
        rows.append(
            {
                "organisation": recipient.organisation,
                "position": position,
                "event": uuid7(),
                "authorisation": permission.key,
                "context": permission.legal_context,
                "person": person,
                "number": number,
                "told_version": routable.told_version,
                "topic": routable.matter.topic,
                "code": routable.matter.code,
                "ticket": change.ticket,
            }
            | _ledger_row(routable)
        )
    return rows


def _refusal(routable: Routable, recipient: Recipient, reason: Reason) -> dict[str, Any]:
    return {
        "organisation": recipient.organisation,
        "reason": str(reason),
        "ticket": routable.change.ticket,
    } | _ledger_row(routable)


def _ledger_row(routable: Routable) -> dict[str, int]:
    """Which change of a right, or of facts, it is."""
    return {"right_change" if routable.change.is_right else "fact_change": routable.change.pk}


def _write(cursor: Any, statement: str, rows: Iterable[dict[str, Any]], now: datetime) -> None:
    cursor.execute(statement, {"rows": msgspec.json.encode(rows).decode(), "now": now})
