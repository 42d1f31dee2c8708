"""When a delivery that failed is tried again, and when it is set aside for good. Pure.

Waits of 1, 2, 4 s ... doubling to one hour, for at least seven days: about 250 tries. Nothing is
dropped at the end; what is exhausted is parked, stays visible and can be sent again by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

FIRST_DELAY = timedelta(seconds=1)
LONGEST_DELAY = timedelta(hours=1)
RETRIED_FOR = timedelta(days=7)

# 2 ** 12 seconds are over LONGEST_DELAY; more would only make the number long.
_DOUBLINGS = 12


class Outcome(StrEnum):
    """What an attempt means for the event."""

    DELIVERED = "delivered"
    FAILED = "failed"  # Tried again later.
    GONE = "gone"  # The recipient wants no more: its subscription is suspended, its events stay.


def classify(status: int | None) -> Outcome:
    """2xx is delivered and 410 is gone; all else fails: redirects, 4xx, 5xx and no answer (None).

    A 4xx is retried too: a recipient that refuses today what it will accept once it is repaired is
    the usual case, and an event given up cannot be asked for by who does not know of it.
    """
    if status is None:
        return Outcome.FAILED
    if 200 <= status < 300:
        return Outcome.DELIVERED
    return Outcome.GONE if status == 410 else Outcome.FAILED


def next_delay(
    attempt: int, *, retry_after: timedelta | None = None, random: Callable[[], float]
) -> timedelta:
    """How long to wait after failed attempt number `attempt` (from 1); never over LONGEST_DELAY.

    The wait lies between half the schedule's and the whole of it, so that deliveries that failed
    together do not come back together. `retry_after` is honoured as a minimum, with up to a tenth
    on top for the same reason. `random` gives numbers in [0, 1).
    """
    if attempt < 1:
        raise ValueError(f"attempts are counted from 1, got {attempt}")
    longest = min(FIRST_DELAY * (1 << min(attempt - 1, _DOUBLINGS)), LONGEST_DELAY)
    delay = longest * (0.5 + random() / 2)
    if retry_after is None:
        return delay
    return max(delay, min(retry_after * (1 + random() / 10), LONGEST_DELAY))


def is_exhausted(first_attempt_at: datetime, now: datetime) -> bool:
    """Whether the attempt that failed just now was the last.

    Asked after an attempt, not before one: the tries then span the seven days, whatever the last
    wait was.
    """
    return now - first_attempt_at >= RETRIED_FOR


def parse_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """The wait that a `Retry-After` header asks for: seconds or an HTTP date (RFC 9110, 10.2.3).

    None when there is none or it cannot be read; zero for a date that has passed. Cut to one hour,
    the longest wait we promise: a proxy that says "tomorrow" by mistake must not keep the news of
    a right for a day, and asking a closed service once an hour does it no harm.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        # A number of more than nine digits may not fit a timedelta; it is over an hour anyway.
        return min(timedelta(seconds=int(text[:9])), LONGEST_DELAY)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:  # "-0000": UTC without knowing where it was written.
        at = at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta()), LONGEST_DELAY)
