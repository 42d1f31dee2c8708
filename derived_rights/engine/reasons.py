"""The steps of an explanation as sentences in French, Dutch, German and English.

Every sentence has a stable id, `<term>.<answer>`, and all four languages. No sentence holds an
attestation number or says who a person is: whoever shows it adds what the reader may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from attestations.codes import AidKind, HouseholdRelation
from attestations.periods import BEGINNING, Span
from derived_rights.engine.explanation import Explanation, Step
from derived_rights.engine.facts import FactKind, MissingFact
from derived_rights.engine.one import Answer
from derived_rights.engine.right import Right
from derived_rights.engine.sentences import AS_RELATION, DAY, MONTHS, PERIOD, SENTENCES
from derived_rights.engine.terms import (
    Attested,
    CarriedToYearEnd,
    CompleteMonths,
    Derived,
    HeldInHousehold,
    Reported,
    Term,
)


def summary(explanation: Explanation, rights: Mapping[str, Right], language: str) -> str:
    """The answer in one sentence."""
    return _sentence(
        f"summary.{explanation.answer}",
        language,
        right=rights[explanation.right].label[language],
        day=day_text(explanation.day, language),
        period=_period(explanation.span, language),
        missing=_missing(explanation.missing, language),
    )


def law(explanation: Explanation, rights: Mapping[str, Right], language: str) -> str:
    """Which law was applied, or that there was none yet."""
    if explanation.window is None:
        return _sentence("law.none", language, day=day_text(explanation.day, language))
    return _sentence(
        "law.inForce",
        language,
        version=day_text(explanation.window.version, language),
        reference=rights[explanation.right].reference,
    )


def sentence(step: Step, rights: Mapping[str, Right], language: str) -> str:
    """What one step says, without the steps below it."""
    identifier = sentence_id(step)
    return _sentence(
        identifier,
        language,
        day=day_text(step.day, language),
        period=_period(step.span, language),
        missing=_missing(step.missing, language),
        **_values(step.term, rights, language),
    )


def sentence_id(step: Step) -> str:
    """The stable id of the sentence of a step; every undetermined one has the same."""
    if step.answer is Answer.UNDETERMINED:
        return f"any.{step.answer}"
    name = type(step.term).__name__
    return f"{name[0].lower()}{name[1:]}.{step.answer}"


def day_text(day: date, language: str) -> str:
    """A day as it is written in the language, as in 2 March 2026, 2. März 2026 or 1er mars 2026."""
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return DAY[language].format(day=number, month=MONTHS[language][day.month - 1], year=day.year)


def _values(term: Term, rights: Mapping[str, Right], language: str) -> dict[str, str]:
    match term:
        case Attested(kind):
            return {"kind": AidKind(kind).labels[language]}
        case Reported(fact):
            return {"fact": FactKind(fact).labels[language]}
        case Derived(code):
            return {"right": rights[code].label[language]}
        case CompleteMonths(months=months):
            return {"months": str(months)}
        case CarriedToYearEnd(extra_years=years):
            return {"years": str(years)}
        case HeldInHousehold(relations=relations):
            return {"relation": _relations(relations, language)}
        case _:
            return {}


def _relations(relations: Iterable[str] | None, language: str) -> str:
    if relations is None:
        return ""
    names = [HouseholdRelation(relation).labels[language] for relation in relations]
    if language != "de":
        names = [name.lower() for name in names]
    return AS_RELATION[language].format(relations=" / ".join(names))


def _period(span: Span | None, language: str) -> str:
    if span is None:
        return ""
    last = span.last_day
    shape = ("" if span.start == BEGINNING else "from") + ("" if last is None else "To")
    return PERIOD[shape][language].format(
        first=day_text(span.start, language), last="" if last is None else day_text(last, language)
    )


def _missing(missing: Iterable[MissingFact], language: str) -> str:
    named = {f"{m.fact.labels[language]} ({m.supplier.labels[language]})" for m in missing}
    return ", ".join(sorted(named))


def _sentence(identifier: str, language: str, **values: str) -> str:
    return SENTENCES[identifier][language].format(**values)
