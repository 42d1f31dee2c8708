"""The daily manifest: what a recipient's day held, so that it can prove to itself it has it all.

Pure. The digest is SHA-256 over the SHA-256 of each event, in the order of positions; an event is
taken in the bytes that are pushed, which are canonical JSON (RFC 8785) of what is polled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from partners.payloads import encode
from partners.signing import sign_bytes


@dataclass(frozen=True)
class DayOfEvents:
    """A day of one feed. `count` is always `last_position - first_position + 1`: without events
    the last position is the one before the first that would come.
    """

    date: date
    epoch: str
    count: int
    last_position: int
    digest: str

    def signed(self, *, key_id: str, key: str) -> dict[str, Any]:
        """The manifest; `signature` is over its other members, as canonical JSON."""
        content = {
            "date": self.date.isoformat(),
            "epoch": self.epoch,
            "count": self.count,
            "firstPosition": self.last_position - self.count + 1,
            "lastPosition": self.last_position,
            "digest": self.digest,
            "keyId": key_id,
        }
        return content | {"signature": sign_bytes(encode(content), key=key)}


def digest_of(events: Iterable[bytes]) -> str:
    """The digest of events in this order, in hexadecimal."""
    whole = hashlib.sha256()
    for event in events:
        whole.update(hashlib.sha256(event).digest())
    return whole.hexdigest()
