"""Why a right applies to a person on a day, or does not, as one recipient may read it.

The engine's steps are cut in two ways. What rests on a member of the household whom the recipient
may not see says only that; and what the authorisation does not open is said without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from attestations.codes import LANGUAGES
from attestations.periods import Span
from attestations.services import persons
from attestations.services.access import Reading
from attestations.ssin import Ssin
from derived_rights import facts as known
from derived_rights.engine import reasons
from derived_rights.engine.catalogue import reach
from derived_rights.engine.catalogue import rights as catalogue
from derived_rights.engine.explanation import Explanation, Step, explain
from derived_rights.engine.figures import Figure
from derived_rights.engine.one import Answer, Derivation
from derived_rights.engine.terms import Attested, HeldInHousehold, PaidAtLeast, PaidShare, Term
from derived_rights.engine.texts import in_language
from derived_rights.services.catalogue import overrides
from partners.models import Authorisation
from partners.right_answers import NOT_AVAILABLE
from partners.services.access import visible_to
from partners.services.consulting import rights_on


def _texts(*texts: str) -> Mapping[str, str]:
    """French, Dutch, German, English."""
    return dict(zip(LANGUAGES, texts, strict=True))


HOUSEHOLD_MEMBER = _texts(
    "Ceci repose sur la situation d'un membre du ménage.",
    "Dit steunt op de toestand van een gezinslid.",
    "Dies beruht auf der Lage eines Haushaltsmitglieds.",
    "This rests on the situation of a member of the household.",
)
# Said in the place of a sentence that would tell what the authorisation does not open.
WITHHELD = {
    True: _texts(
        "Une condition est remplie ; votre autorisation n'en ouvre pas le détail.",
        "Aan een voorwaarde is voldaan; uw machtiging geeft geen toegang tot de bijzonderheden.",
        "Eine Bedingung ist erfüllt; Ihre Ermächtigung öffnet die Einzelheiten nicht.",
        "A condition is met; your authorisation does not open its details.",
    ),
    False: _texts(
        "Une condition n'est pas remplie ; votre autorisation n'en ouvre pas le détail.",
        "Aan een voorwaarde is niet voldaan; uw machtiging geeft geen toegang tot de"
        " bijzonderheden.",
        "Eine Bedingung ist nicht erfüllt; Ihre Ermächtigung öffnet die Einzelheiten nicht.",
        "A condition is not met; your authorisation does not open its details.",
    ),
}
# Of a favour, and of what is none, without a period.
APPLIES = {
    True: _texts(
        "{right} : le droit existe le {day}.",
        "{right}: het recht bestaat op {day}.",
        "{right}: Das Recht besteht am {day}.",
        "{right}: the right exists on {day}.",
    ),
    False: _texts(
        "{right} : les faits visés sont établis le {day}. Ce n'est pas un droit.",
        "{right}: de bedoelde feiten staan vast op {day}. Dit is geen recht.",
        "{right}: Die gemeinten Tatsachen stehen am {day} fest. Dies ist kein Recht.",
        "{right}: the facts meant are established on {day}. This is not a right.",
    ),
}


def explanation(
    authorisation: Authorisation,
    ssin: Ssin,
    right: str,
    *,
    on: date,
    language: str,
    noted: Reading,
) -> dict[str, Any]:
    """The explanation in the language; foreign and absent persons are answered alike."""
    head = {"ssin": ssin.number, "right": right, "date": on}
    number = persons.find(ssin)
    person = persons.root_id(number) if number else None
    day = Span.inclusive(on, on)
    if person is None or not visible_to(authorisation.organisation_id, [person], during=day):
        noted.refused(*([] if person is None else [person]))
        return head | {"outcome": NOT_AVAILABLE}
    noted.served(person)
    if right not in rights_on(authorisation.organisation_id, [right]):
        return head | {"outcome": NOT_AVAILABLE}
    near = known.around([person], reach(catalogue()[right]))
    derivation = Derivation(known.load(near), catalogue(), overrides())
    found = explain(derivation, person, right, on)
    others = set[int]()
    if "household" in authorisation.fields:
        others = visible_to(authorisation.organisation_id, near - {person}, during=day)
    reader = _Reader(frozenset({person}) | others, frozenset(authorisation.fields), language)
    noted.served(*(others & set(_persons(found.steps))))
    return head | {
        "outcome": found.answer.value,
        "language": language,
        "summary": reader.summary(found),
        "steps": reader.explained(found),
        "receipt": derivation.outcome(person, right).receipt,
    }


def _persons(steps: tuple[Step, ...]) -> Iterator[int]:
    for step in steps:
        yield step.person
        yield from _persons(step.steps)


def _fields_of(term: Term) -> frozenset[str]:
    """What an authorisation must open for the sentence about a term to be said."""
    match term:
        case Attested():
            return frozenset({"aidKind"})
        case HeldInHousehold():
            return frozenset({"household"})
        case PaidAtLeast() | PaidShare():
            return frozenset({"aidKind", "amounts"})
        case _:
            return frozenset()


@dataclass(frozen=True)
class _Reader:
    """Whom the recipient may see, which fields are open to it, and its language."""

    visible: frozenset[int]
    fields: frozenset[str]
    language: str

    def summary(self, found: Explanation) -> str:
        if found.answer is Answer.APPLIES and "periods" not in self.fields:
            right = catalogue()[found.right]
            return APPLIES[right.effect.is_favourable][self.language].format(
                right=right.label[self.language],
                day=reasons.day_text(found.day, self.language),
            )
        return reasons.summary(found, catalogue(), self.language)

    def explained(self, found: Explanation) -> list[dict[str, Any]]:
        """First the law that was applied, then the steps."""
        law = {
            "text": reasons.law(found, catalogue(), self.language),
            "holds": found.window is not None,
        }
        return [law, *map(self._step, found.steps)]

    def _step(self, step: Step) -> dict[str, Any]:
        """One step and those below it, without what they tell of a person not to be seen."""
        holds = step.answer is Answer.APPLIES
        body: dict[str, Any] = {"holds": holds}
        if {step.person, *step.others} <= self.visible:
            body = {"text": self._text(step, holds)} | body | self._details(step)
        else:
            body = {"text": HOUSEHOLD_MEMBER[self.language]} | body
        if step.figure is not None and step.person in self.visible:
            body["parameter"] = _parameter(step.figure, self.language)
        below = [self._step(inner) for inner in step.steps if inner.person in self.visible]
        return body | ({"steps": below} if below else {})

    def _text(self, step: Step, holds: bool) -> str:
        needed = _fields_of(step.term) | ({"periods"} if holds else frozenset())
        # What cannot be told is said without any of them.
        if step.answer is not Answer.UNDETERMINED and not needed <= self.fields:
            return WITHHELD[holds][self.language]
        return reasons.sentence(step, catalogue(), self.language)

    def _details(self, step: Step) -> dict[str, Any]:
        details: dict[str, Any] = {}
        if step.span is not None and "periods" in self.fields:
            if step.span.start != date.min:
                details["startDate"] = step.span.start
            if step.span.last_day is not None:
                details["endDate"] = step.span.last_day
        if step.attestation_numbers and "attestationNumber" in self.fields:
            details["attestationNumbers"] = list(step.attestation_numbers)
        return details


def _parameter(figure: Figure, language: str) -> dict[str, Any]:
    value = int(figure) if isinstance(figure, int) else str(figure)
    return {
        "name": figure.parameter.name,
        "value": value,
        "unit": figure.parameter.unit,
        "validFrom": figure.valid_from,
        "reference": in_language(figure.parameter.reference, language),
    }
