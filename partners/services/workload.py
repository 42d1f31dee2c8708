"""How the work stands now: what waits, since when, and how each push does. No personal data.

A few queries by indexes, cheap enough for a scrape every few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from attestations import clock
from attestations.models import Heartbeat, Tally
from partners.services.rounds import FAILURES_TO_OPEN
from partners.services.standing import MAY_BE_PUSHED


@dataclass(frozen=True)
class Stage:
    """Work that a stage has not claimed yet, and the age in seconds of its oldest row."""

    name: str
    pending: int
    oldest: float


@dataclass(frozen=True)
class Push:
    """One subscription that is pushed to; `oldest` is the age in seconds of what waits longest."""

    organisation: str
    subscription: str
    legal_context: str
    status: str
    failures: int
    retry_at: datetime | None
    behind: int
    held: int
    parked: int
    resends: int
    oldest: float

    @property
    def is_open(self) -> bool:
        """Whether its circuit is open: the recipient seems down."""
        return self.failures >= FAILURES_TO_OPEN


def stages() -> list[Stage]:
    """What waits between the stages, in the order of the flow."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGES)
        return [Stage(name, count, float(age or 0)) for name, count, age in cursor.fetchall()]


def pushes(*, organisation_id: int | None = None) -> list[Push]:
    """Every subscription that is pushed to, or those of one organisation."""
    with connection.cursor() as cursor:
        cursor.execute(_PUSHES, {"organisation": organisation_id, "on": clock.today()})
        return [Push(*row) for row in cursor.fetchall()]


def feeds() -> dict[str, int]:
    """The last position of each feed, by the code of its organisation."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.code, h.position FROM partners_feedhead h "
            "JOIN partners_organisation o ON o.id = h.organisation_id"
        )
        return dict(cursor.fetchall())


def recent_attempts() -> list[tuple[str, str, int]]:
    """Attempts of the last five minutes: organisation, outcome, how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.code, a.outcome, count(*)
            FROM partners_deliveryattempt a
            JOIN partners_subscription s ON s.id = a.subscription_id
            JOIN partners_organisation o ON o.id = s.organisation_id
            WHERE a.at > clock_timestamp() - interval '5 minutes'
            GROUP BY 1, 2 ORDER BY 1, 2
            """
        )
        return cursor.fetchall()


def signs_of_life() -> dict[str, tuple[float, float]]:
    """By program: seconds since it was at work, and how far its clock was ahead of ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, extract(epoch FROM clock_timestamp() - at), "
            f"extract(epoch FROM own_clock - at) FROM {Heartbeat._meta.db_table} ORDER BY name"
        )
        return {name: (float(age), float(ahead)) for name, age, ahead in cursor.fetchall()}


def rings_lost() -> int:
    """Rings that did not reach Redis, over all processes; a sweep did their work."""
    row = Tally.objects.filter(name="rings_lost").first()
    return row.count if row else 0


_STAGES = """
SELECT 'derive', count(*), extract(epoch FROM clock_timestamp() - min(recorded_at))
FROM attestations_factchange WHERE derived_at IS NULL
UNION ALL
SELECT 'due', count(*), extract(epoch FROM clock_timestamp() - min(since))
FROM derived_rights_persondue
UNION ALL
SELECT 'route', sum(pending), extract(epoch FROM clock_timestamp() - min(since))
FROM (SELECT count(*) AS pending, min(recorded_at) AS since
      FROM attestations_factchange WHERE routed_at IS NULL
      UNION ALL
      SELECT count(*), min(recorded_at)
      FROM derived_rights_rightchange WHERE routed_at IS NULL) AS waiting
UNION ALL
SELECT 'inscribe', count(*), NULL FROM partners_reroute WHERE routed_at IS NULL
"""

# What waits longest is the first entry beyond the cursor, or an event that a lane holds. Entries
# that may not be pushed, as their authorisation has ended, wait for nothing.
_PUSHES = f"""
SELECT o.code, s.public_id::text, s.legal_context, s.status, s.failures, s.retry_at,
       CASE WHEN may.push THEN greatest(coalesce(h.position, 0) - s.cursor, 0) ELSE 0 END,
       coalesce(lanes.held, 0), coalesce(lanes.parked, 0),
       (SELECT count(*) FROM partners_resend r WHERE r.subscription_id = s.id),
       coalesce(extract(epoch FROM clock_timestamp() - least(next.created_at, waiting.since)),
                0)::float8
FROM partners_subscription s
JOIN partners_organisation o ON o.id = s.organisation_id
CROSS JOIN LATERAL (SELECT {MAY_BE_PUSHED} AS push) AS may
LEFT JOIN partners_feedhead h ON h.organisation_id = s.organisation_id
LEFT JOIN partners_feedentry next
       ON next.organisation_id = s.organisation_id AND next.position = s.cursor + 1 AND may.push
LEFT JOIN (SELECT subscription_id,
                  count(*) FILTER (WHERE parked_at IS NULL) AS held,
                  count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked,
                  min(since) FILTER (WHERE parked_at IS NULL) AS since
           FROM partners_heldlane GROUP BY 1) AS lanes ON lanes.subscription_id = s.id
CROSS JOIN LATERAL (SELECT CASE WHEN may.push THEN lanes.since END AS since) AS waiting
WHERE s.removed_at IS NULL AND s.endpoint <> ''
  AND (%(organisation)s::bigint IS NULL OR s.organisation_id = %(organisation)s)
ORDER BY o.code, s.id
"""
