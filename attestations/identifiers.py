"""Public identifiers: UUIDs that sort by the time they were made (RFC 9562, version 7). Pure."""

from __future__ import annotations

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A new UUID of version 7: 48 bits of Unix milliseconds, then 74 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def uuid7_texts(count: int) -> list[str]:
    """So many of them at once, as they are written; they rise, so that an index only grows."""
    time_now = f"{time.time_ns() // 1_000_000:012x}"
    begin = f"{time_now[:8]}-{time_now[8:]}-7"
    digits = os.urandom(10 * count).hex()
    return sorted(
        f"{begin}{digits[at : at + 3]}-{VARIANT[digits[at + 3]]}{digits[at + 4 : at + 7]}"
        f"-{digits[at + 7 : at + 19]}"
        for at in range(0, len(digits), 20)
    )


# The two upper bits of this digit say of which kind of UUID it is.
VARIANT = {f"{digit:x}": f"{digit & 3 | 8:x}" for digit in range(16)}
