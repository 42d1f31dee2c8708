"""How the log of acts names a value: in one form, so that a page can tell it in any language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

# The log cuts off what is too long, and with it the bracket.
_FORM = re.compile(r"(\w+) = (.+?) from (\d{4}-\d\d-\d\d) \((.*?)\)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ToldValue:
    """A dated value of a parameter, with its legal reference."""

    name: str
    value: str
    valid_from: date
    reference: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value} from {self.valid_from} ({self.reference})"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What was written in this form; None for a text in another one.

        >>> ToldValue.parse("minimum_months = 4 from 2027-01-01 (a decree)").value
        '4'
        """
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        name, value, day, reference = found.groups()
        return cls(name, value, date.fromisoformat(day), reference)
