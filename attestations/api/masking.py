"""What of a refused value may be shown back: never a SSIN, never much. Pure."""

from __future__ import annotations

import re
from typing import Any

from attestations.ssin import SPELLED

SSIN = re.compile(SPELLED, re.ASCII)
# Eleven digits in whatever punctuation: more than any spelling of a SSIN needs.
LIKE_SSIN = re.compile(r"(?:\d\D{0,2}){10}\d")
MAX_SHOWN = 100


CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def without_ssin(text: str) -> str:
    """The text with stars in the place of whatever reads like a SSIN, and on one line."""
    return SSIN.sub("***********", CONTROL.sub(" ", text))


def shown_value(path: str, value: Any) -> Any:
    """The value, if it is a short scalar that cannot hold a SSIN; otherwise None."""
    if any(word in path.lower() for word in ("ssin", "secret")) or isinstance(
        value, bool | dict | list
    ):
        return None
    text = str(value)
    if value is None or LIKE_SSIN.search(text) or CONTROL.search(text) or len(text) > MAX_SHOWN:
        return None
    return value
