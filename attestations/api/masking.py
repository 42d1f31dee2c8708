"""What of a refused value may be shown back: never a SSIN, never much. Pure."""

from __future__ import annotations

import re
from typing import Any

# Eleven digits in whatever punctuation: more than any spelling of a SSIN needs.
LIKE_SSIN = re.compile(r"(?:\d\D{0,2}){10}\d")
MAX_SHOWN = 100


def shown_value(path: str, value: Any) -> Any:
    """The value, if it is a short scalar that cannot hold a SSIN; otherwise None."""
    if path.lower().endswith(("ssin", "secret")) or isinstance(value, bool | dict | list):
        return None
    if value is None or LIKE_SSIN.search(str(value)) or len(str(value)) > MAX_SHOWN:
        return None
    return value
