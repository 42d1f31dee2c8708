"""The files of a right that does not exist yet: its module and its table of scenarios. Pure.

What is written works at once, as a signal that is off: it hands the periods of one kind of aid to
one organisation, and says in every text that it is still to be written.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from attestations.codes import AidKind
from derived_rights.engine.right import Effect

LONGEST_CODE = 64  # as stored


class UnfitRight(ValueError):
    """A right that cannot be made; the message says what to give instead."""


@dataclass(frozen=True, slots=True)
class NewRight:
    """What is known of a right before its law is written; UnfitRight if it cannot work."""

    code: str
    recipient: str
    effect: str
    kind: str
    since: date

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][A-Za-z0-9]*", self.code) or len(self.code) > LONGEST_CODE:
            raise UnfitRight(
                f"{self.code!r} is no code of a right; write lowerCamelCase of at most"
                f" {LONGEST_CODE} letters and digits, as in schoolMeals"
            )
        if keyword.iskeyword(self.module):
            raise UnfitRight(f"{self.code!r} is a word of Python; choose a longer code")
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", self.recipient):
            raise UnfitRight(
                f"{self.recipient!r} is no code of an organisation; write one as in"
                " flemishCareFunds"
            )
        _one_of("an effect", self.effect, Effect)
        _one_of("a kind of aid", self.kind, AidKind)

    @property
    def module(self) -> str:
        """The name of the module: `school_meals` for `schoolMeals`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.code).lower()

    def module_text(self) -> str:
        values = {name: getattr(self, name) for name in ("code", "recipient", "kind")}
        effect = Effect(self.effect).name
        year, month, day = self.since.timetuple()[:3]
        return MODULE.format(**values, effect=effect, since=f"date({year}, {month}, {day})")

    def table_text(self) -> str:
        return TABLE.format(code=self.code, kind=self.kind, since=self.since)


def _one_of(what: str, value: str, known: Iterable[str]) -> None:
    codes = tuple(known)
    if value not in codes:
        raise UnfitRight(f"{value!r} is not {what}; use one of {', '.join(codes)}")


MODULE = '''\
"""To be written: what the law says, for whom, from when, and what could not be confirmed."""

from datetime import date

from derived_rights.engine.facts import FactKind
from derived_rights.engine.figures import Figures, Parameter
from derived_rights.engine.right import Effect, Right, Trust
from derived_rights.engine.terms import Attested, Term

LAW = "To be written: the official text, with its article"
SINCE = {since}

right = Right(
    code="{code}",
    label={{
        "fr": "À nommer",
        "nl": "Nog een naam te geven",
        "de": "Noch zu benennen",
        "en": "To be named",
    }},
    description={{
        "fr": "À décrire en mots simples.",
        "nl": "Nog te beschrijven in eenvoudige woorden.",
        "de": "Noch in einfachen Worten zu beschreiben.",
        "en": "To be described in plain words.",
    }},
    recipient="{recipient}",
    effect=Effect.{effect},
    reference=LAW,
    trust=Trust.SIGNAL,
    needs=(FactKind.ATTESTATIONS,),
    fields=("periods",),
    parameters=(
        Parameter(
            "minimum_months",
            "months",
            LAW,
            {{SINCE: 1}},
            note="to be confirmed by an official text",
        ),
    ),
    active_by_default=False,
)


@right.since(SINCE)
def to_be_named(p: Figures) -> Term:
    """To be written: the condition in force from this day on."""
    return Attested("{kind}").complete_months(p.minimum_months, "spanStart")
'''

TABLE = """\
# To be written: the right in a few words. How to read this table: see bim.yaml.

- title: The days of the aid, once a month of it is complete
  label: settled
  source: to be written
  aid: ["Anna, {kind}, {since} to open"]
  {code}: {{Anna: ["{since} to open by A1"]}}

- title: Without aid, nothing
  label: settled
  source: to be written
  aid: []
  {code}: {{Anna: []}}
"""
