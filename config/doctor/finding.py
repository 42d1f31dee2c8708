"""One thing that is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """ERROR: something does not work, or would be unsafe. WARNING: it will not for long."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """`code` is stable; `what` says what is wrong, `do` what to do about it."""

    weight: Weight
    code: str
    what: str
    do: str


def error(code: str, what: str, do: str) -> Finding:
    return Finding(Weight.ERROR, code, what, do)


def warning(code: str, what: str, do: str) -> Finding:
    return Finding(Weight.WARNING, code, what, do)
