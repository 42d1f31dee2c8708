"""How deliveries to one organisation have gone over the last day, and against its objective."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from attestations import clock
from partners.models import HeldLane
from partners.services import workload
from partners.services.standing import MAY_BE_PUSHED

HOURS = 24
# Waiting events are counted to here; more than that is "more".
COUNTED = 10_000


@dataclass(frozen=True)
class Hour:
    """Attempts that began in the hour from `start` on."""

    start: datetime
    delivered: int
    failed: int


@dataclass(frozen=True)
class Latency:
    """Seconds from an event's entry into the feed to its first delivery; None without any."""

    events: int
    late: int
    median: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True)
class Freshness:
    """The objective, `target` of the events within `within`, and what became of it in a day.

    `burn` is the share of lateness that was used, of what the target leaves: at 1 it is used up.
    """

    within: timedelta
    target: float
    events: int
    late: int

    @property
    def reached(self) -> float:
        """The share that was in time; all of nothing is in time."""
        return 1.0 if not self.events else 1 - self.late / self.events

    @property
    def burn(self) -> float:
        return (1 - self.reached) / max(1 - self.target, 1e-9)

    @property
    def is_met(self) -> bool:
        return self.reached >= self.target

    @property
    def in_percent(self) -> dict[str, float]:
        """As people read it, cut rather than rounded up: 99.99 % is not all."""
        shares = {"target": self.target, "reached": self.reached, "burn": self.burn}
        return {name: int(share * 1000 + 1e-6) / 10 for name, share in shares.items()}

    @property
    def minutes(self) -> float:
        return self.within.total_seconds() / 60


def hours(organisation_id: int, *, now: datetime) -> list[Hour]:
    """The last 24 hours, the present one last, those without an attempt included."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT floor(extract(epoch FROM a.at - %(first)s) / 3600)::int,
                   count(*) FILTER (WHERE a.outcome = 'delivered'),
                   count(*) FILTER (WHERE a.outcome <> 'delivered')
            FROM partners_deliveryattempt a
            JOIN partners_subscription s ON s.id = a.subscription_id
            WHERE s.organisation_id = %(organisation)s AND a.at >= %(first)s
            GROUP BY 1
            """,
            {"organisation": organisation_id, "first": first},
        )
        found = {hour: (delivered, failed) for hour, delivered, failed in cursor.fetchall()}
    return [
        Hour(first + timedelta(hours=number), *found.get(number, (0, 0))) for number in range(HOURS)
    ]


def latency(organisation_id: int, *, now: datetime, within: timedelta) -> Latency:
    """Of the events first delivered in the last 24 hours; what was only sent again is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LATENCY,
            {
                "organisation": organisation_id,
                "since": now - timedelta(hours=HOURS),
                "within": within.total_seconds(),
            },
        )
        events, late, *shares = cursor.fetchone()
    return Latency(events, late, *(None if one is None else float(one) for one in shares))


def freshness(
    organisation_id: int, found: Latency, *, now: datetime, within: timedelta, target: float
) -> Freshness:
    """The objective against what was delivered, and against what waits for too long already."""
    waiting = _waiting_too_long(organisation_id, now - within)
    return Freshness(within, target, found.events + waiting, found.late + waiting)


def _waiting_too_long(organisation_id: int, before: datetime) -> int:
    """Events that should have been pushed; not those that may not be, as nothing is late there."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT coalesce(sum((
                SELECT count(*) FROM (
                    SELECT FROM partners_feedentry e
                    WHERE e.organisation_id = s.organisation_id AND e.position > s.cursor
                      AND e.legal_context = s.legal_context AND e.created_at < %(before)s
                    LIMIT %(counted)s) AS counted)), 0)
            FROM partners_subscription s
            WHERE s.organisation_id = %(organisation)s AND s.removed_at IS NULL
              AND s.endpoint <> '' AND {MAY_BE_PUSHED}
            """,
            {
                "organisation": organisation_id,
                "before": before,
                "counted": COUNTED,
                "on": clock.today(),
            },
        )
        (unsent,) = cursor.fetchone()
    lanes = HeldLane.objects.filter(
        subscription__organisation=organisation_id, since__lt=before
    ).count()
    return int(unsent) + lanes


def totals(pushes: list[workload.Push]) -> dict[str, int]:
    """What waits for a recipient, over its subscriptions."""
    return {
        name: sum(getattr(one, name) for one in pushes)
        for name in ("behind", "held", "parked", "resends")
    }


_LATENCY = """
WITH lately AS (
    SELECT a.subscription_id, a.entry_id, min(a.id) AS first, min(a.at) AS at
    FROM partners_deliveryattempt a
    JOIN partners_subscription s ON s.id = a.subscription_id
    WHERE s.organisation_id = %(organisation)s AND a.at >= %(since)s
      AND a.outcome = 'delivered'
    GROUP BY 1, 2
), delays AS (
    SELECT extract(epoch FROM l.at - e.created_at) AS seconds
    FROM lately l JOIN partners_feedentry e ON e.id = l.entry_id
    WHERE NOT EXISTS (
        SELECT FROM partners_deliveryattempt b
        WHERE b.entry_id = l.entry_id AND b.subscription_id = l.subscription_id
          AND b.id < l.first AND b.outcome = 'delivered')
)
SELECT count(*), count(*) FILTER (WHERE seconds > %(within)s),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds),
       percentile_cont(0.99) WITHIN GROUP (ORDER BY seconds)
FROM delays
"""
