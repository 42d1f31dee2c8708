"""The picture of the flow on the first page, in the language of the reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Words:
    """Lines of text one below the other, from a point on; the units are those of the picture."""

    x: int
    y: int
    step: int
    lines: Sequence[str]

    @property
    def placed(self) -> list[tuple[int, str]]:
        """Each line with its own height."""
        return [(self.y + self.step * number, line) for number, line in enumerate(self.lines)]


@dataclass(frozen=True)
class Box:
    title: str
    words: Words


def picture() -> dict[str, object]:
    """What stands where; the template draws the rest."""
    return {
        "boxes": [
            _box(119, _("Decision"), _("A CPAS records the aid it grants to a person")),
            _box(359, _("Attestation"), _("Made at once, numbered; corrected, never changed")),
            _box(601, _("Rights"), _("Derived by rules, one file per right, with their reasons")),
            _box(841, _("Recipients"), _("Told by push and by feed, if they may and hold a file")),
        ],
        "check": Box(
            _("Missing-attestation check"),
            Words(359, 308, 21, wrap(_("what was decided or claimed, less what is attested"), 40)),
        ),
        "flagged": Words(82, 204, 18, wrap(_("flagged to the CPAS, closed when it arrives"), 13)),
    }


def _box(x: int, title: str, text: str) -> Box:
    return Box(title, Words(x, 110, 21, wrap(text, 21)))
